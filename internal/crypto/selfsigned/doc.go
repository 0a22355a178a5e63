// Package selfsigned makes self-signed X.509 certificates, as SAML peers
// exchange them: they contain a public key and a validity period, and are not
// signed by an authority.
//
// The package does not make or store keys and does not read the clock; both
// are arguments.
package selfsigned
