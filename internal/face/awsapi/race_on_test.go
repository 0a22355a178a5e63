//go:build race

package awsapi_test

// slower is roughly the factor by which the race detector slows down a request.
const slower = 5
