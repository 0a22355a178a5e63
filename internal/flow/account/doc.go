// Package account owns the accounts of users: sign-up and confirmation,
// creation by an administrator, passwords and their recovery, disabling,
// sign-out and deletion, second factors and the choice among them, the codes
// that verify an address, and the devices that a user has confirmed.
//
// Every flow has three beats: it reads in one View, hashes and composes
// messages outside any transaction, and writes in one Update that checks again
// what the read found. Attempts are counted in an Update of their own before
// anything is verified, so that concurrent guesses all count. Administrators
// and users run the same flows, with other ways to name the user and other
// error messages.
//
// A client with PreventUserExistenceErrors=ENABLED must not learn which users
// exist. For it an unknown user, and one who cannot be served, is replaced by a
// decoy, with counters and codes of its own. The codes of a decoy are never
// sent.
//
// The package does not issue tokens or parse wire formats. It passes
// messages to the outbox and users to flow/signin and the faces.
package account
