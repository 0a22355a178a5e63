// Package seal encrypts and authenticates values that leave the server's
// memory, in a database column, a token or a page: AES-256-GCM with keys from
// HKDF-SHA256.
//
// Every sealed value is bound to its place: a column value to pool, table, row
// and column; a token to type, pool, client and user, with its expiry in the
// authenticated data. All failures to open a value are the same error, except
// that a token may be expired.
//
// Column values are sealed by a Key. Strings that clients hold are sealed by
// Tokens: each under a key of its own, derived from one of several roots. Docs:
// docs/decisions/0008-sealing-roots.md.
//
// The package does not store or fetch keys and does not read the clock or the
// system's randomness; both are arguments.
package seal
