// Package sigv4 implements AWS Signature Version 4 in the Authorization
// header: it verifies requests to the cognito-idp API, and signs requests of
// tests and calls of services with an AWS API.
//
// Source: the AWS reference "Create a signed AWS API request"; test vectors
// from botocore. Errors have the code and text of the JSON services of AWS.
//
// The package refuses signatures in the query string, unsigned payloads and
// streamed ones, which no client of this service sends. It does not store
// access keys; the caller looks them up.
package sigv4
