// Package webhook hands messages to an HTTP server, one JSON object each,
// signed as the Standard Webhooks specification says. It owns the form of that
// object and which answers are final.
//
// The id of a request is the message's, so that a receiver which gets a
// message twice, after a crash or a lost answer, can tell.
package webhook
