// Package gate owns the wire of the cognito-idp API: awsJson 1.1 over one POST
// endpoint. It routes a request, bounds its body, authenticates its caller,
// decodes and validates its input, asks the policy of the caller's access key,
// counts the request against the rates of its account, admits it, and encodes
// the output or the error. It also owns the table that turns faults into error
// names, headers and HTTP statuses.
//
// The package refuses to know what an operation does. It hands the typed input
// to an api.Service, with a context from which CallerOf reads the caller; the
// service returns the typed output or an error.
package gate
