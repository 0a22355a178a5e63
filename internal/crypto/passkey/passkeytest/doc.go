// Package passkeytest implements an authenticator and its browser in software,
// for tests: it answers the options that the server makes. A test can change
// one part of an answer. The package signs whatever it is given.
package passkeytest
