// Package custom sends messages through a pool's custom sender function, in
// place of the server's own senders. It owns the event's code, which is
// encrypted under the pool's key, and which failures are permanent.
//
// Source: guide pages user-pool-lambda-custom-sender-triggers,
// user-pool-lambda-custom-email-sender, user-pool-lambda-custom-sms-sender. As
// for an asynchronous call of Lambda, a function that returns an error is
// called twice more. A function that could not be called is called until the
// code has expired.
//
// The package never sends a code in plaintext.
package custom
