// Package logtest is a log for tests that read it while the code under test
// writes it. It owns nothing else, and only tests import it.
package logtest
