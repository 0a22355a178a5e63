// Package logtest provides a log that tests can read while the code under test
// writes it. Only tests import it.
package logtest
