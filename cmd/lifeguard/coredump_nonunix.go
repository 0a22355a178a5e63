//go:build !unix

package main

// limitCoreDumps does nothing: these systems write no core files by default.
func limitCoreDumps() error { return nil }
