//go:build !failpoint

package sqlite

// With synchronous=FULL a commit that has returned survives a power failure.
const synchronous = "FULL"

func failpoint(string) {}

func ackEarly(int64) bool { return false }

func pretendDurable() {}
