// Package fault owns the error type of Lifeguard: a Kind, a message for the
// caller, and a cause for the log.
//
// Every package below the faces returns refusals as a *Fault. Each face has one
// table that maps kinds to awsJson error names, OAuth error codes or messages on
// a page. An error without a Fault is an internal error: its text is only logged.
//
// messages.go has every message that clients are known to match on, once.
//
// HTTP status codes and wire formats are the responsibility of the faces.
package fault
