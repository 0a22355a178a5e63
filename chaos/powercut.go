package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/sqlite"
)

// cut cuts the power of the disk and restores it. The server is stopped before,
// as without power: none of its threads runs any more.
func (w *world) cut() error {
	if err := freeze(w.server.Process()); err != nil {
		return err
	}
	when := fmt.Sprintf("cut %d", w.report.kills)
	err := errors.Join(w.showLog("before "+when, true), w.disk.cut())
	fmt.Fprintln(w.progress, when)
	w.server.Kill()
	return errors.Join(err, w.showLog("after "+when, false), w.disk.off(), w.disk.on())
}

// disk is an ext4 file system in a file, which can be cut off from its storage.
// It needs root and a loop device.
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

// check checks a copy of the database for damage, since opening and closing a
// database changes it. A damaged one is kept.
func (d *disk) check(ctx context.Context) error {
	data := os.DirFS(filepath.Join(d.mount, "data"))
	dir, err := os.MkdirTemp("", "lifeguard-integrity-")
	if err != nil {
		return err
	}
	damage := errors.Join(os.CopyFS(dir, data), integrity(ctx, dir))
	if err := os.RemoveAll(dir); err != nil || damage == nil {
		return errors.Join(damage, err)
	}
	return errors.Join(damage, fmt.Errorf("the database is kept in %s", dir), os.CopyFS(dir, data))
}

// integrity returns an error if SQLite finds damage.
func integrity(ctx context.Context, dir string) error {
	e, err := sqlite.Open(ctx, dir)
	if err != nil {
		return err
	}
	var damage []error
	err = e.View(ctx, func(c engine.Conn) error {
		return c.Each(ctx, func(scan func(...any) error) error {
			var line string
			err := scan(&line)
			if line != "ok" {
				damage = append(damage, fmt.Errorf("integrity_check: %s", line))
			}
			return err
		}, "PRAGMA integrity_check")
	})
	return errors.Join(append(damage, err, e.Close())...)
}

func execute(name string, args ...string) error {
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}
