// Package awsapi owns the operations of the cognito-idp API: one method of
// Operations per operation, one file per operation or noun. A method translates
// the input, calls a flow or the store, and translates the result. An operation
// without a method answers that it is not built.
//
// The package hands Operations to its subfolder gate, which owns the wire: HTTP,
// callers, validation, rates, and the names of errors. A method reads who
// calls from its context by gate.CallerOf.
//
// The package refuses to hash, to speak SQL and to decide anything about a
// sign-in; those belong to flow, store and userpool.
package awsapi
