//go:build failpoint

package sqlite

import (
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
)

var passes atomic.Int64

// failpoint kills the process the hard way when LIFEGUARD_FAILPOINT=name:n
// names this place and it is passed for the n-th time.
func failpoint(name string) {
	want, count, _ := strings.Cut(os.Getenv("LIFEGUARD_FAILPOINT"), ":")
	if want != name {
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
