// Package passkeytest is an authenticator in software, with the browser around
// it: it answers the options that the server makes, honestly or spoiled in one
// place. Tests of every floor use it. It refuses to know what is right: it
// signs whatever it is told to.
package passkeytest
