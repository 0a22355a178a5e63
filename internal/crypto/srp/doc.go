// Package srp implements Amazon Cognito's variant of SRP-6a: RFC 5054 with the
// group of 3072 bits and SHA-256, HKDF with the info "Caldera Derived Key", and
// proofs over a secret block and a timestamp. It computes verifiers of
// passwords, and verifies proofs and plain passwords with them.
//
// Source of the formulas: the client libraries amazon-cognito-identity-js and
// pycognito, which agree; the test vector was made with the latter.
//
// The arithmetic of math/big is not constant time. The risk is accepted for
// these reasons: the server's secret b is random for each exchange and used
// once; a verifier is only raised to a public exponent; so the time of an
// exchange depends on a private exponent that is never used again. Proofs and
// verifiers are compared in constant time.
//
// The package has no users, storage or sessions. Randomness is an argument.
package srp
