//go:build !linux

package main

// forbidCoreDumps keeps the process's memory, which holds keys, out of files.
func forbidCoreDumps() error { return limitCoreDumps() }
