//go:build ackearly

package sqlite

import "time"

// The ackearly build answers before it commits. It exists so that the crash
// harness can prove that it notices lost writes; never ship it. ackEarly
// begins once the schema is there and a harness has set itself up.
func ackEarly(commits int64) bool { return commits > 20 }

func pretendDurable() { time.Sleep(100 * time.Millisecond) }
