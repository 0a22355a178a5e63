//go:build !failpoint

package sqlite

func failpoint(string) {}
