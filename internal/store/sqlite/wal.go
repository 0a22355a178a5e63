package sqlite

import "os"

// maxWAL is the size in bytes at which the write-ahead log is emptied. SQLite
// copies the log into the database every 1,000 pages, but starts it anew only
// when no reader uses it: under steady load the file would grow without end.
const maxWAL = 64 << 20

// A connection waits busyTimeout for other processes. Emptying the log waits
// briefTimeout only: all updates wait with it, and a process that copies the
// database may read for minutes.
const (
	busyTimeout  = "busy_timeout(10000)"
	briefTimeout = "busy_timeout(250)"
)

// wal is the write-ahead log of a database file; the zero value, that of a
// database in memory, has none.
type wal struct {
	path string
	// limit is the size in bytes at which it is emptied next.
	limit int64
}

// bound empties the log if it has reached its limit. Where readers prevent it,
// the next attempt is made maxWAL later. The log is a valid part of the
// database, so that an error costs space only, and shows at the next commit.
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

// empty copies the log into the database and truncates it. While another
// process reads the log, it copies what it can.
func (w *wal) empty(c *conn) error {
	if w.path == "" {
		return nil
	}
	return c.run("PRAGMA wal_checkpoint(TRUNCATE)")
}
