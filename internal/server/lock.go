package server

import (
	"os"
	"path/filepath"
	"sync"
)

// lockData locks a data directory for one server until unlock is called or the
// process ends. It creates a missing directory. Commands do not take the lock:
// they can run beside a server. A store in memory or in PostgreSQL needs no lock.
func lockData(dir string) (unlock func() error, err error) {
	if dir == "" || dir == ":memory:" {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(dir, "lifeguard.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return sync.OnceValue(f.Close), nil
}
