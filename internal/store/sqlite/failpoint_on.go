//go:build failpoint

package sqlite

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// The failpoint build contains faults that the crash harness must detect, and
// points where the process is killed. Never release it. LIFEGUARD_FAILPOINT
// selects one:
//
//	before-commit:N, after-commit:N  SIGKILL when that point is reached for the N-th time
//	ack-early                        updates return before they are committed
//	no-sync                          commits are not synced
var fault, count, _ = strings.Cut(os.Getenv("LIFEGUARD_FAILPOINT"), ":")

var synchronous = map[bool]string{false: "FULL", true: "OFF"}[fault == "no-sync"]

var passes atomic.Int64

func failpoint(name string) {
	if fault != name {
		return
	}
	n, err := strconv.ParseInt(count, 10, 64)
	if err != nil {
		n = 1
	}
	if passes.Add(1) == n {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	}
}

// ackEarly has an effect only after 40 commits, when the schema and the setup of
// the harness are complete.
func ackEarly(commits int64) bool { return fault == "ack-early" && commits > 40 }

func pretendDurable() { time.Sleep(100 * time.Millisecond) }
