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

// The failpoint build has faults that the crash harness must notice, and
// places where it is killed; never ship it. LIFEGUARD_FAILPOINT names one:
//
//	before-commit:N, after-commit:N  SIGKILL where that is passed for the N-th time
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

// ackEarly begins once the schema is there and a harness has set itself up.
func ackEarly(commits int64) bool { return fault == "ack-early" && commits > 40 }

func pretendDurable() { time.Sleep(100 * time.Millisecond) }
