// Package awsapi is the face that speaks cognito-idp: awsJson 1.1 over one
// POST endpoint, 140 operations.
//
// The gate (gate.go) owns the wire: target, headers, CORS, body limit,
// signature, decoding, validation, encoding, and the table that turns faults
// into error names. Operations holds one method per operation, one file per
// noun; each is a sentence: translate in, say it to a flow or to the store,
// translate out. An operation without a method answers that it is not built.
//
// The package refuses to hash, to speak SQL and to decide anything about a
// sign-in; those belong to flow, store and userpool.
package awsapi
