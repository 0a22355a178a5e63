// Package account owns the life of a user: sign-up and confirmation, creation
// by an administrator, passwords and their recovery, disabling, sign-out and
// deletion, second factors and the choice among them, the codes that prove a
// user holds an address, and the devices that a user has confirmed.
//
// Every flow has three beats: it reads in one View, hashes and composes
// messages outside any transaction, and writes in one Update that re-checks
// what the first beat found. Attempts are counted in a write of their own
// before anything is verified, so that a guess costs its attempt even when it
// races with others. Administrators and users run the same flows; what
// differs is who is named and how a refusal is worded.
//
// A client with PreventUserExistenceErrors=ENABLED must not learn who exists.
// For it an absent user, and one who cannot be served, are replaced by a decoy:
// a subject with counters and codes of its own, whose codes are never sent.
//
// The package refuses to issue tokens and to know wire formats; it hands
// messages to the outbox and users to flow/signin and the faces.
package account
