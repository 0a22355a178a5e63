// Package jose signs and verifies tokens: JWS in compact form (RFC 7515) with
// RS256, and the header that Amazon Cognito writes.
//
// Tokens of other issuers are not its responsibility. Before it verifies a
// signature it refuses every header of another form than it writes: other
// algorithms, keys or references to one, extensions. It also refuses JSON
// serializations and tokens that are longer than any that Lifeguard issues. It
// decodes claims but does not interpret them; package flow/token does.
package jose
