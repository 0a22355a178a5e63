//go:build nosync

package sqlite

import "time"

// The nosync build answers before it commits. It exists so that the crash
// harness can prove that it notices lost writes; never ship it.
const (
	synchronous = "OFF"
	ackEarly    = true
)

func pretendDurable() { time.Sleep(100 * time.Millisecond) }
