// Package standardwebhook owns signatures of the Standard Webhooks
// specification, version 1 with a shared secret: HMAC-SHA256 over id,
// timestamp and body. Source: standardwebhooks.com; vectors of its libraries.
//
// The package refuses to make requests and to read the clock.
package standardwebhook
