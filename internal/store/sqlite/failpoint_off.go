//go:build !failpoint

package sqlite

// synchronous=FULL: a commit that has returned survives the power cut.
const synchronous = "FULL"

func failpoint(string) {}

func ackEarly(int64) bool { return false }

func pretendDurable() {}
