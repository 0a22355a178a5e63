// Package deliver owns what users are sent: the texts of messages (Compose),
// how a destination is shown (DeliveryOf), and what an attempt to deliver is: a
// Worker, which is one of package after, takes messages from the outbox to a
// Sender, one for each medium.
//
// Flows compose a message before their Update and enqueue it within; nothing
// is sent inside a transaction, and a mail server that hangs holds up nobody
// but its own mail. A message that fails is tried again until its code could
// no longer be used.
//
// The package refuses to log a body, a code or a full address, and to pass a
// line break in an address on to a sender. It hands messages to its adapters, a
// folder each: the senders that the table in package config lists, custom for
// the functions of pools, and mailbox for dev mode.
//
// See docs/divergences MS-1.
package deliver
