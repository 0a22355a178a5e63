// Package seal owns authenticated sealing: AES-256-GCM with HKDF-SHA256 for
// what must not be read or changed on its way through a database column, a
// client or a page.
//
// Everything sealed is bound to its place: a column value to pool, table, row
// and column; a token to type, pool, client and user, with its expiry inside
// the authenticated data. Opening fails alike for everything that is wrong,
// except that an authentic token may be told to be too old.
//
// The package refuses to keep or fetch keys and to read the clock or the
// system's randomness; both come as arguments.
package seal
