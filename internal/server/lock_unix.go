//go:build unix

package server

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// flock locks a file without waiting. The kernel unlocks it when its last
// descriptor is closed; child processes do not inherit the descriptor.
func flock(f *os.File) error {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return &config.FieldError{
			Field: "data", Problem: "another server runs on " + filepath.Dir(f.Name()),
			Cure: "stop it or name another directory; several servers can share a PostgreSQL with --database",
		}
	}
	if err != nil {
		return &os.PathError{Op: "flock", Path: f.Name(), Err: err}
	}
	return nil
}
