// Package passkeytest implements an authenticator and its browser in software,
// for tests: it responds to the options of the server. A test can change one
// part of a response. The package signs any input.
package passkeytest
