// Package srp owns Amazon Cognito's variant of SRP-6a (RFC 5054 group 15,
// SHA-256, an HKDF with "Caldera Derived Key", and proofs over a secret block
// and a time stamp). It verifies proofs, makes verifiers and judges plain
// passwords against them.
//
// Source of the formulas: the client libraries amazon-cognito-identity-js and
// pycognito, which agree; the vector in the tests was made with the latter.
//
// math/big is not constant time. That is borne here: the server's secret b is
// drawn afresh for each exchange and used once, a verifier is only ever raised
// to a public exponent, and what a remote caller could time is a private
// exponent that never comes again. Comparisons of proofs and verifiers are in
// constant time.
//
// The package refuses to know users, stores and sessions; randomness comes as
// an io.Reader.
package srp
