//go:build unix

package harness

import (
	"syscall"
	"time"
)

// ProcessorTime returns the user and system time that this process has used.
func ProcessorTime() (time.Duration, error) {
	var u syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), err
}
