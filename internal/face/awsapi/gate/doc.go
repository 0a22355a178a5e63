// Package gate owns the HTTP side of the cognito-idp API: awsJson 1.1 over one
// POST endpoint. It routes a request, limits its body, authenticates its caller,
// decodes and validates its input, evaluates the policy of the caller's access
// key, applies the rate limits of its account, applies the admission limit, and
// encodes the output or the error. It also owns the table that maps faults to
// error names, headers and HTTP statuses.
//
// The package does not depend on what an operation does. It passes the typed
// input to an api.Service, with a context from which CallerOf reads the caller;
// the service returns the typed output or an error.
package gate
