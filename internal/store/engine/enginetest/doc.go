// Package enginetest checks that an engine keeps the contract of engine.Engine.
// Each engine runs it from its own tests. What only one of them promises, such
// as what becomes of a COMMIT that nobody answers, is tested beside that engine.
package enginetest
