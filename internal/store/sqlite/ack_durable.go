//go:build !ackearly

package sqlite

func ackEarly(int64) bool { return false }

func pretendDurable() {}
