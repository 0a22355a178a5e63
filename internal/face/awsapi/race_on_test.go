//go:build race

package awsapi_test

// slower is how much the race detector slows a request down, roughly.
const slower = 5
