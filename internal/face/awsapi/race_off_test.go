//go:build !race

package awsapi_test

// slower: see race_on_test.go.
const slower = 1
