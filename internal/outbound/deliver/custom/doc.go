// Package custom hands messages to the function that a pool has for sending
// them, in place of the server's own senders. It owns the event's code, which
// is encrypted under the pool's key, and which failures are final.
//
// Source: guide pages user-pool-lambda-custom-sender-triggers,
// user-pool-lambda-custom-email-sender, user-pool-lambda-custom-sms-sender. As
// an asynchronous call at Lambda, a function that throws is asked twice more;
// one that could not be asked is asked until the code has run out.
//
// The package refuses to let a code leave in clear.
package custom
