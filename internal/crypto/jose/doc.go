// Package jose owns signed tokens: RS256 in compact form (RFC 7515), made with
// the header that Amazon Cognito writes and verified with an allow-list of one
// algorithm. Parsing is go-jose's; what it is allowed to parse is decided here.
//
// The package refuses every other algorithm, JSON serializations, headers that
// bring or point to a key, and tokens too long to be ours, before it looks at
// a signature. It knows nothing of claims; flow/token does.
package jose
