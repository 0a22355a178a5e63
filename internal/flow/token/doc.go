// Package token owns the tokens of a user pool: its signing keys and their
// rotation (Keymaker), issuing (Issue), verification of access tokens
// (Authorize), refresh, revocation, and the published key set.
//
// Valid tokens have no row. A refresh token is sealed and carries all that a
// refresh needs. The store holds revocations only: one row per revoked family
// (origin_jti), and one time per user (SignedOut), at and before which every
// token is revoked. To be comparable with that time, origin_jti is a UUID that
// carries its time in milliseconds. Clients that rotate have one row per
// replaced refresh token, and pools that track sessions have one row per
// sign-in; commit writes both at the end of Issue.
//
// The package does not decide who may sign in: flow/signin does, and calls this
// package last. userpool.Usable decides whether pool, client and user may be
// used; it is called at every issue and every verification.
package token
