// Package clock provides the current time. Every package that needs it takes a
// Clock as a constructor field. No other package calls time.Now.
//
// System is the system clock. Driven can be frozen or advanced, for tests and
// for the clock endpoint of dev mode.
package clock
