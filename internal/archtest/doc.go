// Package archtest tests the rules of the architecture: the import order,
// restricted imports and names, limits on size, the table of third-party
// modules, and that every operation has a test and a row in the documentation.
//
// It parses the source instead of running the go command, whose output the test
// cache would not track. Each rule has a test with source that breaks it.
package archtest

//go:generate go run ./opsdoc
