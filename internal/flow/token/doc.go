// Package token owns the tokens of a user pool: its signing keys and their
// rotation (Keymaker), the one function that issues (Issue), the one that accepts
// an access token (Authorize), refresh and revocation, and the published key set.
//
// No row is kept for a token. A refresh token is sealed and carries all that a
// refresh needs; what the store knows is the opposite, that something has been
// revoked: one row per revoked family (origin_jti), one moment per user
// (SignedOut) before which everything is dead. Clients that rotate are told
// apart by one row per replaced refresh token, pools that track sessions keep
// one row per sign-in; both are written at the end of Issue (settle). For that moment to be
// comparable, origin_jti is a UUID that carries its time in milliseconds.
//
// The package refuses to decide who may sign in: flow/signin does, and comes
// here at its end. Whether pool, client and user may be used at all is
// userpool.Usable, asked at every issue and every acceptance.
package token
