// Package jose signs and verifies tokens: JWS in compact form (RFC 7515) with
// RS256, and the header that Amazon Cognito writes. Parsing is left to
// go-jose, within the limits that this package sets.
//
// Before it verifies a signature the package refuses other algorithms, JSON
// serializations, headers that contain a key or refer to one, and tokens that
// are longer than any that Lifeguard issues. It does not interpret claims;
// package flow/token does.
package jose
