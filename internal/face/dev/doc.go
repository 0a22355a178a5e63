// Package dev owns the addresses below /_dev/, which only dev mode has: sent
// messages, the clock, recorded calls of triggers, keys of custom senders and
// the end of a sign-in at the demonstration pool. It also owns which host names
// a dev server answers for and which web pages may administer it, since its
// callers need no credentials.
//
// It refuses foreign web pages whatever changes something. What is shown it
// takes from the mailbox, the recorder and the clock that the server hands in.
//
// See docs/divergences DM-2 and DM-4.
package dev
