// Package dev owns the addresses below /_dev/, which only dev mode has: sent
// messages, the clock, recorded trigger calls, keys of custom senders, and the
// callback of a sign-in at the demonstration pool. Since callers need no
// credentials, it also decides which host names a dev server serves and which
// web pages may administer it.
//
// Web pages of other hosts may not change anything. The data shown is that of
// the mailbox, the recorder and the clock in Config.
//
// See docs/divergences DM-2 and DM-4.
package dev
