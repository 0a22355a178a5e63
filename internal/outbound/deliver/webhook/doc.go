// Package webhook posts messages to an HTTP server, one JSON object each,
// signed by the Standard Webhooks specification. It owns the form of that
// object and which errors are permanent.
//
// The id of a request is the message's, so that a receiver can detect a message
// that is sent twice after a crash or a lost response.
package webhook
