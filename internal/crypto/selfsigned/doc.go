// Package selfsigned owns X.509 certificates that a key signs for itself, as
// SAML peers exchange them: they carry a public key and a term, and nobody
// vouches for them.
//
// The package refuses to make or keep keys and to read the clock; both come
// as arguments.
package selfsigned
