// Package enginetest verifies that an engine satisfies the contract of
// engine.Engine. Each engine runs it from its own tests. Behavior of one engine
// only, such as the outcome of a COMMIT without a response, is tested in the
// package of that engine.
package enginetest
