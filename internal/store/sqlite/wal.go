package sqlite

import "os"

// maxWAL is the size in bytes at which the write-ahead log is truncated. SQLite
// copies the log into the database every 1,000 pages, but restarts it only when
// no reader uses it: under steady load the file would grow without limit.
const maxWAL = 64 << 20

// A connection waits up to busyTimeout for other processes, but only briefTimeout
// to truncate the log: all updates wait for that, and a process that copies the
// database may read for minutes.
const (
	busyTimeout  = "busy_timeout(10000)"
	briefTimeout = "busy_timeout(250)"
)

// wal is the write-ahead log of a database file. The zero value is that of a
// database in memory, which has no log.
type wal struct {
	path string
	// limit is the size in bytes at which the log is truncated next.
	limit int64
}

// bound truncates the log if it has reached its limit. If readers prevent it, the
// next attempt is made after another maxWAL bytes. Errors are ignored: the log is
// a valid part of the database, so they only cost space, and a lasting error
// fails the next commit.
func (w *wal) bound(c *conn) {
	if w.path == "" {
		return
	}
	info, err := os.Stat(w.path)
	if err != nil || info.Size() < w.limit {
		return
	}
	if c.run("PRAGMA "+briefTimeout) == nil {
		_ = w.empty(c)
		_ = c.run("PRAGMA " + busyTimeout)
	}
	w.limit = maxWAL
	if info, err := os.Stat(w.path); err == nil {
		w.limit += info.Size()
	}
}

// empty copies the log into the database and truncates it. While another process
// reads the log, it copies what it can and does not truncate.
func (w *wal) empty(c *conn) error {
	if w.path == "" {
		return nil
	}
	return c.run("PRAGMA wal_checkpoint(TRUNCATE)")
}
