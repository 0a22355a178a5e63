package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"
)

// disk is an ext4 file system in a file whose power can be cut. It needs root
// and a loop device.
type disk struct{ image, mount string }

func newDisk(dir string) (*disk, error) {
	d := &disk{filepath.Join(dir, "image"), filepath.Join(dir, "mount")}
	f, err := os.Create(d.image)
	if err != nil {
		return nil, err
	}
	err = errors.Join(f.Truncate(256<<20), f.Close(), os.Mkdir(d.mount, 0o700))
	if err != nil {
		return nil, err
	}
	return d, errors.Join(execute("mkfs.ext4", "-q", d.image), d.on())
}

func (d *disk) on() error  { return execute("mount", "-o", "loop", d.image, d.mount) }
func (d *disk) off() error { return execute("umount", d.mount) }

// cut is FS_IOC_SHUTDOWN with FS_SHUTDOWN_FLAGS_NOLOGFLUSH: what was not
// synced is lost, and nothing can be written any more. Source: Linux,
// fs/ext4/ioctl.c, include/uapi/linux/fs.h.
func (d *disk) cut() error {
	f, err := os.Open(d.mount)
	if err != nil {
		return err
	}
	const shutdown, noLogFlush = 0x8004587d, 2
	flag := uint32(noLogFlush)
	_, _, no := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), shutdown, uintptr(unsafe.Pointer(&flag)))
	if no != 0 {
		err = fmt.Errorf("FS_IOC_SHUTDOWN: %w", no)
	}
	return errors.Join(err, f.Close())
}

func execute(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
