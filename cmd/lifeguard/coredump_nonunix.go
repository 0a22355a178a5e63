//go:build !unix

package main

// limitCoreDumps does nothing: these systems write no core files by themselves.
func limitCoreDumps() error { return nil }
