// Package selfsigned makes self-signed X.509 certificates, as SAML peers
// exchange them: they contain a public key and a period of validity, and no
// authority has signed them.
//
// The package does not make or store keys and does not read the clock; both
// are arguments.
package selfsigned
