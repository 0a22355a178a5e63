// Package awsapi owns the operations of the cognito-idp API: one method of
// Operations per operation, one file per operation or resource. A method
// translates the input, calls a flow or the store, and translates the result. An
// operation without a method returns api.NotBuiltError.
//
// Package gate calls Operations. It owns HTTP, callers, validation, rates, and
// the names of errors. A method gets the caller from its context with
// gate.CallerOf.
//
// The package does not hash, use SQL or decide anything about a sign-in; that is
// the responsibility of flow, store and userpool.
package awsapi
