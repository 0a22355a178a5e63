package harness

import (
	"syscall"
	"time"
)

// ProcessorTime returns the user and system time that this process has used.
func ProcessorTime() (time.Duration, error) {
	self, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var created, ended, system, user syscall.Filetime
	err = syscall.GetProcessTimes(self, &created, &ended, &system, &user)
	return ticks(system) + ticks(user), err
}

// ticks converts a duration in units of 100 ns.
func ticks(t syscall.Filetime) time.Duration {
	return 100 * time.Duration(uint64(t.HighDateTime)<<32|uint64(t.LowDateTime))
}
