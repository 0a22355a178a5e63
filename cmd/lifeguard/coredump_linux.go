package main

import "syscall"

// forbidCoreDumps prevents dumps of the process's memory, which has keys. The
// limit prevents core files. PR_SET_DUMPABLE also prevents core dumps that
// core_pattern pipes to a program, and tracing by other processes of the user.
// Source: core(5), prctl(2).
func forbidCoreDumps() error {
	if err := limitCoreDumps(); err != nil {
		return err
	}
	if _, _, no := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); no != 0 {
		return no
	}
	return nil
}
