// Package archtest holds the architecture as tests: the stair of imports, the
// never-rules, the size law, the table of third-party modules, and that every
// operation has its test and its line in the documentation.
//
// It parses the source rather than asking the go command, whose answers the
// test cache hides. Each rule is proved to bite on a source made for it.
package archtest

//go:generate go run ./opsdoc
