// Package clock owns time. Every package that needs the hour takes a Clock as
// a constructor field; nothing else calls time.Now.
//
// System is the machine's clock. Driven is a clock that only moves when told
// to, for tests and for dev mode's clock endpoint.
package clock
