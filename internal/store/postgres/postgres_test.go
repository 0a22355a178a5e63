package postgres_test

import (
	"context"
	"errors"
	"net/url"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/postgres"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

func open(t *testing.T) (e *postgres.Engine, database string) {
	t.Helper()
	database, ok := storetest.Postgres(t)
	if !ok {
		t.Skip("no PostgreSQL")
	}
	e, err := postgres.Open(t.Context(), database, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e, database
}

// A COMMIT may have succeeded if its response is that the server shuts down: it
// is not retried. An Update with that response before the COMMIT is retried.
func TestShutdownAtCommitIsNotRetried(t *testing.T) {
	e, _ := open(t)
	for _, ddl := range []string{
		`CREATE TABLE t (id BIGINT PRIMARY KEY)`,
		`CREATE FUNCTION shut_down() RETURNS trigger LANGUAGE plpgsql AS
			$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(60); RETURN NULL; END $$`,
		`CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
			FOR EACH ROW EXECUTE FUNCTION shut_down()`,
	} {
		if _, err := e.Pool().Exec(t.Context(), ddl); err != nil {
			t.Fatal(err)
		}
	}
	stop := errors.New("stop")
	insert := func(before string) (runs int, err error) {
		err = e.Update(t.Context(), func(c engine.Conn) error {
			if runs++; runs > 1 {
				return stop
			}
			_, err := c.Exec(t.Context(), `INSERT INTO t VALUES (1)`)
			if err == nil && before != "" {
				_, err = c.Exec(t.Context(), before)
			}
			return err
		})
		return runs, err
	}
	if runs, err := insert(""); !errors.Is(err, engine.ErrUnknownOutcome) || runs != 1 {
		t.Errorf("at COMMIT: %d runs, %v", runs, err)
	}
	if runs, err := insert(`SET CONSTRAINTS ALL IMMEDIATE`); !errors.Is(err, stop) || runs != 2 {
		t.Errorf("before COMMIT: %d runs, %v", runs, err)
	}
}

// After COMMIT is sent, cancelling the context has no effect: Update waits for the
// outcome, up to a limit.
func TestContextEndsDuringCommit(t *testing.T) {
	for name, c := range map[string]struct {
		timeout time.Duration
		want    error
	}{
		"the server responds": {time.Hour, nil},
		"the server hangs":    {time.Millisecond, engine.ErrUnknownOutcome},
	} {
		t.Run(name, func(t *testing.T) {
			e, _ := open(t)
			e.SetTimeout(c.timeout)
			hold := lockCommits(t, e)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			outcome := make(chan error, 1)
			go func() {
				outcome <- e.Update(ctx, func(c engine.Conn) error {
					_, err := c.Exec(ctx, `INSERT INTO t VALUES (1)`)
					return err
				})
			}()
			if c.want == nil {
				waitForCommit(t, e)
				cancel()
				release(t, hold)
			}
			if err := <-outcome; !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
			if c.want != nil {
				release(t, hold)
				return
			}
			var n int64
			if err := e.Pool().QueryRow(t.Context(), `SELECT count(*) FROM t`).Scan(&n); err != nil || n != 1 {
				t.Errorf("%d rows, %v", n, err)
			}
		})
	}
}

// If the context ends before COMMIT is sent, nothing changes.
func TestContextEndsBeforeCommit(t *testing.T) {
	e, _ := open(t)
	if _, err := e.Pool().Exec(t.Context(), `CREATE TABLE t (id BIGINT PRIMARY KEY)`); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := e.Update(ctx, func(c engine.Conn) error {
		defer cancel()
		_, err := c.Exec(ctx, `INSERT INTO t VALUES (1)`)
		return err
	})
	if !errors.Is(err, context.Canceled) || errors.Is(err, engine.ErrUnknownOutcome) {
		t.Errorf("%v", err)
	}
	var n int64
	if err := e.Pool().QueryRow(t.Context(), `SELECT count(*) FROM t`).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows, %v", n, err)
	}
}

// lockCommits creates a table t whose inserts wait, at COMMIT, for the
// transaction that it returns.
func lockCommits(t *testing.T, e *postgres.Engine) pgx.Tx {
	t.Helper()
	for _, ddl := range []string{
		`CREATE TABLE t (id BIGINT PRIMARY KEY)`,
		`CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS ` +
			`$$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NULL; END $$`,
		`CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED ` +
			`FOR EACH ROW EXECUTE FUNCTION wait()`,
	} {
		if _, err := e.Pool().Exec(t.Context(), ddl); err != nil {
			t.Fatal(err)
		}
	}
	hold, err := e.Pool().Begin(t.Context())
	if err == nil {
		_, err = hold.Exec(t.Context(), `SET idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock(1)`)
	}
	if err != nil {
		t.Fatal(err)
	}
	return hold
}

func release(t *testing.T, hold pgx.Tx) {
	t.Helper()
	if err := hold.Rollback(t.Context()); err != nil {
		t.Error(err)
	}
}

// waitForCommit returns once a COMMIT waits for the lock.
func waitForCommit(t *testing.T, e *postgres.Engine) {
	t.Helper()
	for n := 0; n == 0; {
		err := e.Pool().QueryRow(t.Context(), `SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database
			WHERE locktype = 'advisory' AND NOT granted AND d.datname = current_database()`).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// pause does not fail for any number of tries.
func TestPauseBeforeAnyTry(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for try := 1; try <= postgres.MaxTries; try++ {
		if err := postgres.Pause(ended, try); err != nil && !errors.Is(err, context.Canceled) {
			t.Errorf("try %d: %v", try, err)
		}
	}
}

// The server ends the idle transactions of lost nodes, after the time in the URL
// if it has one.
func TestIdleTransactionsEnd(t *testing.T) {
	plain, database := open(t)
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	q := u.Query()
	q.Set("idle_in_transaction_session_timeout", "7s")
	u.RawQuery = q.Encode()
	given, err := postgres.Open(t.Context(), u.String(), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer given.Close()
	for want, e := range map[string]*postgres.Engine{"10s": plain, "7s": given} {
		err := e.View(t.Context(), func(c engine.Conn) error {
			var got string
			err := engine.One(t.Context(), c, []any{&got}, `SHOW idle_in_transaction_session_timeout`)
			if got != want {
				t.Errorf("%s, want %s", got, want)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}
