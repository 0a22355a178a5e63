//go:build unix

package harness

import (
	"syscall"
	"time"
)

// ProcessorTime is what this process has used so far, user and system.
func ProcessorTime() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
