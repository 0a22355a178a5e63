// Package fault owns the one error type of Lifeguard: a Kind, a sentence for
// the caller, and a cause for the log.
//
// Every package below the faces reports refusals as a *Fault. Each face owns
// one table that turns kinds into its own words: an awsJson error name, an
// OAuth error code, a message on a page. An error that is no Fault is an
// internal error: its text stays in the log.
//
// messages.go holds every sentence that clients are known to match on, once.
//
// The package refuses to know HTTP status codes and wire formats; it hands
// those to the faces.
package fault
