// Package seal encrypts and authenticates values that leave the server's
// memory, in a database column, a token or a page: AES-256-GCM with keys from
// HKDF-SHA256.
//
// Every sealed value is bound to its place: a column value to pool, table, row
// and column; a token to type, pool, client and user, with its expiry in the
// authenticated data. All failures to open a value are the same error, except
// that an authentic token may be expired.
//
// The package does not store or fetch keys and does not read the clock or the
// system's randomness; both are arguments.
package seal
