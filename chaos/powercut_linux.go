package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
	"unsafe"
)

// freeze sends SIGSTOP and waits until no thread of a process can run outside
// of the kernel: each is stopped, or waits for the disk, and stops before it
// returns from there. The process may have ended.
func freeze(p *os.Process) error {
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		if errors.Is(err, os.ErrProcessDone) {
			return nil
		}
		return err
	}
	for deadline := time.Now().Add(timeout); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if frozen(p.Pid) {
			return nil
		}
	}
	return fmt.Errorf("the server did not stop in %s", timeout)
}

func frozen(pid int) bool {
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			continue // the thread has ended
		}
		// The state follows the command's name. Source: proc_pid_stat(5).
		_, state, _ := bytes.Cut(text[bytes.LastIndexByte(text, ')'):], []byte(" "))
		if !bytes.ContainsAny(state[:1], "TDZX") {
			return false
		}
	}
	return true
}

// cut is FS_IOC_SHUTDOWN with FS_SHUTDOWN_FLAGS_NOLOGFLUSH: data that was not
// synced is lost, and nothing can be written any more. Source: Linux,
// fs/ext4/ioctl.c, include/uapi/linux/fs.h.
func (d *disk) cut() error {
	f, err := os.Open(d.mount)
	if err != nil {
		return err
	}
	const shutdown, noLogFlush = 0x8004587d, 2
	flag := uint32(noLogFlush)
	_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flag)))
	if errno != 0 {
		err = fmt.Errorf("FS_IOC_SHUTDOWN: %w", errno)
	}
	return errors.Join(err, f.Close())
}
