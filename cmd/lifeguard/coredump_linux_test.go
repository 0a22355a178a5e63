package main

import (
	"syscall"
	"testing"
)

func TestForbidCoreDumps(t *testing.T) {
	if err := forbidCoreDumps(); err != nil {
		t.Fatal(err)
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &limit); err != nil || limit != (syscall.Rlimit{}) {
		t.Errorf("core files may have %d bytes, and up to %d: %v", limit.Cur, limit.Max, err)
	}
	dumpable, _, no := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_GET_DUMPABLE, 0, 0)
	if no != 0 || dumpable != 0 {
		t.Errorf("dumpable is %d: %v", dumpable, no)
	}
}
