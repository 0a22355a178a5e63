// Package sigv4 owns AWS Signature Version 4 in the Authorization header: it
// verifies requests of the native API, and signs them for tests and for our
// own calls to AWS-shaped services.
//
// Source: the AWS reference "Create a signed AWS API request"; vectors from
// botocore. Refusals carry the code and text of AWS's JSON services.
//
// The package refuses query-string authentication, unsigned payloads and
// streamed ones: no client of this service sends them. It does not know who
// has which key.
package sigv4
