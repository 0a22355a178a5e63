package sqlite_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/sqlite"
)

// each runs a test on a database in memory and on one in a file.
func each(t *testing.T, test func(*testing.T, *sqlite.Engine)) {
	t.Helper()
	for name, dir := range map[string]string{"memory": ":memory:", "file": t.TempDir()} {
		t.Run(name, func(t *testing.T) {
			e := open(t, dir)
			if err := e.Update(t.Context(), exec("CREATE TABLE t (v)")); err != nil {
				t.Fatal(err)
			}
			test(t, e)
		})
	}
}

func open(t *testing.T, dir string) *sqlite.Engine {
	t.Helper()
	e, err := sqlite.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return e
}

func exec(statement string, args ...any) func(engine.Conn) error {
	return func(c engine.Conn) error {
		_, err := c.Exec(context.Background(), statement, args...)
		return err
	}
}

func count(t *testing.T, e *sqlite.Engine) (n int64) {
	t.Helper()
	err := e.View(t.Context(), func(c engine.Conn) error {
		return engine.One(t.Context(), c, []any{&n}, "SELECT count(*) FROM t")
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// An Update that waits for another returns when its context ends. Its function
// does not run.
func TestWaitingUpdateEndsWithItsContext(t *testing.T) {
	each(t, func(t *testing.T, e *sqlite.Engine) {
		begun, release, first := make(chan struct{}), make(chan struct{}), make(chan error)
		go func() {
			first <- e.Update(context.Background(), func(c engine.Conn) error {
				close(begun)
				<-release
				return exec("INSERT INTO t VALUES (1)")(c)
			})
		}()
		<-begun
		ctx, cancel := context.WithCancel(t.Context())
		waiting := make(chan error)
		go func() { waiting <- e.Update(ctx, exec("INSERT INTO t VALUES (2)")) }()
		cancel()
		if err := <-waiting; !errors.Is(err, context.Canceled) {
			t.Errorf("the Update that waits: %v", err)
		}
		close(release)
		if err := <-first; err != nil {
			t.Error(err)
		}
		if n := count(t, e); n != 1 {
			t.Errorf("%d rows", n)
		}
	})
}

// An Update that has begun when its context ends returns its outcome.
func TestRunningUpdateReturnsItsOutcome(t *testing.T) {
	each(t, func(t *testing.T, e *sqlite.Engine) {
		ctx, cancel := context.WithCancel(t.Context())
		err := e.Update(ctx, func(c engine.Conn) error {
			cancel()
			return exec("INSERT INTO t VALUES (1)")(c)
		})
		if n := count(t, e); err != nil || n != 1 {
			t.Errorf("%v, %d rows", err, n)
		}
	})
}

// After Close the database file contains all data, also while another process has
// it open.
func TestCloseLeavesEverythingInTheFile(t *testing.T) {
	for name, shared := range map[string]bool{"alone": false, "with another process": true} {
		t.Run(name, func(t *testing.T) {
			dir, copied := t.TempDir(), t.TempDir()
			e := open(t, dir)
			if shared {
				open(t, dir)
			}
			for _, s := range []string{"CREATE TABLE t (v)", "INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"} {
				if err := e.Update(t.Context(), exec(s)); err != nil {
					t.Fatal(err)
				}
			}
			if err := e.Close(); err != nil {
				t.Fatal(err)
			}
			if !shared {
				if left, err := filepath.Glob(filepath.Join(dir, "*-wal")); err != nil || len(left) > 0 {
					t.Errorf("left %q, %v", left, err)
				}
			}
			file, err := os.ReadFile(filepath.Join(dir, "lifeguard.db"))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(copied, "lifeguard.db"), file, 0o600); err != nil {
				t.Fatal(err)
			}
			if n := count(t, open(t, copied)); n != 2 {
				t.Errorf("%d rows in the copy", n)
			}
		})
	}
}

// The write-ahead log is truncated after the reader that prevented it has ended.
func TestWriteAheadLogIsBounded(t *testing.T) {
	const bound = 64 << 20
	dir := t.TempDir()
	e := open(t, dir)
	if err := e.Update(t.Context(), exec("CREATE TABLE t (v)")); err != nil {
		t.Fatal(err)
	}
	big := make([]byte, 8<<20)
	write := func(mib int) {
		t.Helper()
		for range mib / 8 {
			if err := e.Update(t.Context(), func(c engine.Conn) error {
				return errors.Join(exec("DELETE FROM t")(c), exec("INSERT INTO t VALUES ($1)", big)(c))
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	size := func() int64 {
		t.Helper()
		info, err := os.Stat(filepath.Join(dir, "lifeguard.db-wal"))
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	err := e.View(t.Context(), func(c engine.Conn) error {
		var n int64
		if err := engine.One(t.Context(), c, []any{&n}, "SELECT count(*) FROM t"); err != nil {
			return err
		}
		write(80) // the reader prevents truncation
		if size() <= bound {
			t.Errorf("the log has %d bytes: the test does not reach the bound", size())
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	write(16)
	if size() > bound {
		t.Errorf("the log has %d bytes after the reader has ended", size())
	}
}

// When the disk is full, SQLite rolls back the whole transaction, including the
// other updates of the group. Each Update must return its real outcome.
func TestUpdatesReturnTheirOutcomeOnAFullDisk(t *testing.T) {
	each(t, func(t *testing.T, e *sqlite.Engine) {
		if err := e.Update(t.Context(), exec("PRAGMA max_page_count = 50")); err != nil {
			t.Fatal(err)
		}
		big := make([]byte, 1<<20)
		updates := []func(engine.Conn) error{
			exec("INSERT INTO t VALUES (1)"),
			exec("INSERT INTO t VALUES ($1)", big),
			exec("INSERT INTO t VALUES (2)"),
			func(c engine.Conn) error { // it continues after the error
				_ = exec("INSERT INTO t VALUES ($1)", big)(c)
				return exec("INSERT INTO t VALUES (3)")(c)
			},
			exec("INSERT INTO t VALUES (4)"),
		}
		outcomes, begun, released := make([]error, len(updates)), make(chan struct{}), make(chan struct{})
		var all sync.WaitGroup
		all.Go(func() {
			_ = e.Update(context.Background(), func(engine.Conn) error {
				close(begun)
				<-released
				return nil
			})
		})
		<-begun
		for i, update := range updates {
			all.Go(func() { outcomes[i] = e.Update(context.Background(), update) })
			for e.Waiting() <= i {
				runtime.Gosched()
			}
		}
		close(released)
		all.Wait()
		kept := int64(0)
		for i, err := range outcomes {
			if err == nil {
				kept++
			}
			t.Logf("update %d: %v", i, err)
		}
		if n := count(t, e); n != kept {
			t.Errorf("%d updates returned no error, but there are %d rows", kept, n)
		}
		if err := e.Update(t.Context(), exec("INSERT INTO t VALUES (5)")); err != nil {
			t.Errorf("the next update: %v", err)
		}
	})
}
