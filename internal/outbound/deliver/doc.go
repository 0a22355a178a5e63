// Package deliver owns messages to users: their texts (Compose), the masked
// destinations (DeliveryOf), and delivery: a Worker, built on package after,
// passes messages from the outbox to a Sender per medium.
//
// Flows compose a message before their Update and enqueue it in the Update.
// Nothing is sent inside a transaction, and a hanging mail server delays its
// own mail only. A failed message is retried until its code expires.
//
// The package does not log a body, a code or a full address, and does not pass
// a line break in an address to a sender. The adapters have a folder each: the
// senders in the table of package config, custom for the functions of pools,
// and mailbox for dev mode.
//
// See docs/divergences MS-1.
package deliver
