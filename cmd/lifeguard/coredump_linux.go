package main

import "syscall"

// forbidCoreDumps keeps the process's memory, which holds keys, out of files:
// the limit stops the kernel's own dumps, PR_SET_DUMPABLE also those that
// core_pattern pipes to a program, and other processes of the user that would
// trace this one. Source: core(5), prctl(2).
func forbidCoreDumps() error {
	if err := limitCoreDumps(); err != nil {
		return err
	}
	if _, _, no := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); no != 0 {
		return no
	}
	return nil
}
