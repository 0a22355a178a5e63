//go:build !linux

package main

// forbidCoreDumps prevents dumps of the process's memory, which has keys.
func forbidCoreDumps() error { return limitCoreDumps() }
