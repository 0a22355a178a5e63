// Package standardwebhook signs requests by the Standard Webhooks
// specification, version 1 with a shared secret: HMAC-SHA256 over id, timestamp
// and body. Source: standardwebhooks.com; test vectors from its libraries.
//
// The package does not send requests and does not read the clock.
package standardwebhook
