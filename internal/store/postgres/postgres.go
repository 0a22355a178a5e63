package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// Engine is a pool of connections to one database.
type Engine struct {
	pool                      *pgxpool.Pool
	timeout                   time.Duration // of a COMMIT
	updates, commits, retries atomic.Int64
}

const (
	maxConns = "pool_max_conns"
	// defaultConns is the default maximum of connections. It exceeds the number of
	// processors, since most connections wait for the disk, and commits share its
	// syncs.
	defaultConns = 16
	// minMaxConns is the lowest accepted maximum.
	minMaxConns = 8

	idleTimeout = "idle_in_transaction_session_timeout"
	// idleInTransaction is when the server ends the idle transaction of a lost node
	// and releases its locks. Transactions of a running node are never idle as long.
	idleInTransaction = "10s"
)

// Open connects to a database. The URL may use a Unix socket (host=/dir). The
// timeout limits a COMMIT, independently of the caller's context, and an attempt
// to connect, unless the URL has a connect_timeout. It thereby limits how long an
// attempt whose packets were lost delays others after a network outage.
func Open(ctx context.Context, url string, timeout time.Duration) (*Engine, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = timeout
	}
	if _, given := c.ConnConfig.RuntimeParams[idleTimeout]; !given {
		// PgBouncer and other poolers refuse it as a startup parameter.
		c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "SET "+idleTimeout+" = '"+idleInTransaction+"'")
			return err
		}
	}
	if !strings.Contains(url, maxConns) {
		c.MaxConns = max(c.MaxConns, defaultConns)
	}
	c.MaxConns = max(c.MaxConns, minMaxConns)
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return &Engine{pool: pool, timeout: timeout}, nil
}

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// View implements engine.Engine. Each statement sees the latest commit.
func (e *Engine) View(_ context.Context, fn func(engine.Conn) error) error {
	return fn(engine.ReadOnly{Rows: view{e.pool}})
}

// maxTries is a safety limit: normally the deadline of the context ends the
// retries.
const maxTries = 200

// Parallel implements engine.Engine.
func (e *Engine) Parallel() bool { return true }

// Update implements engine.Engine with a READ COMMITTED transaction. If it
// inserts an existing key, it runs once more: the key may be that of a
// transaction that committed after fn had read, and then fn finds the row.
func (e *Engine) Update(ctx context.Context, fn func(engine.Conn) error) error {
	e.updates.Add(1)
	lostRace := false
	for try := 1; ; try++ {
		taken := false
		err := e.once(ctx, fn, &taken)
		taken = taken || errors.Is(err, engine.ErrUnique)
		again := retriable(err) || taken && !lostRace
		lostRace = lostRace || taken
		if err == nil || try == maxTries || !again || ctx.Err() != nil {
			return err
		}
		e.retries.Add(1)
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

func (e *Engine) once(ctx context.Context, fn func(engine.Conn) error, taken *bool) error {
	t := transaction{pool: e.pool}
	// End the transaction even if ctx has ended. If the server does not respond in
	// time, pgx closes the connection.
	defer func() {
		*taken = t.taken
		if t.tx != nil {
			ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = t.tx.Rollback(ending)
		}
	}()
	err := fn(&t)
	if t.failed != nil {
		return t.failed
	}
	if err != nil {
		return err
	}
	if err := t.flush(ctx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil || t.tx == nil {
		return err
	}
	// After COMMIT is sent, wait for its outcome even if ctx ends: the caller's later
	// work depends on it.
	committing, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.timeout)
	defer cancel()
	if err := t.tx.Commit(committing); err != nil {
		if !refused(err) {
			return fmt.Errorf("%w: %w", engine.ErrUnknownOutcome, err)
		}
		return err
	}
	e.commits.Add(1)
	return nil
}

// refused reports whether a failed COMMIT certainly changed nothing: it was never
// sent, or the server reported a rollback. Any other error, such as that of a
// server that shuts down, can occur after the commit.
func refused(err error) bool {
	c := code(err)
	rolledBack := c != "40003" && (strings.HasPrefix(c, "40") || strings.HasPrefix(c, "23"))
	return rolledBack || errors.Is(err, pgx.ErrTxCommitRollback) || pgconn.SafeToRetry(err)
}

// retriable reports whether err is a serialization failure, a deadlock, or a
// connection that was lost before COMMIT was sent. An unknown outcome (08007) is
// not retriable.
func retriable(err error) bool {
	if errors.Is(err, engine.ErrUnknownOutcome) {
		return false
	}
	switch c := code(err); c {
	case "40001", "40P01", "57P01", "57P03":
		return true
	case "08007":
		return false
	default:
		return strings.HasPrefix(c, "08") || pgconn.SafeToRetry(err)
	}
}

// pause waits before a retry. The limit grows with try, up to 200 ms. The jitter
// separates transactions that conflict.
func pause(ctx context.Context, try int) error {
	limit := min(200*time.Millisecond, time.Millisecond<<min(try, 8))
	t := time.NewTimer(time.Duration(rand.Int64N(int64(limit))))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Schema implements engine.Engine. Text is compared bytewise, as in SQLite.
func (e *Engine) Schema(ddl string) []string {
	ddl = strings.NewReplacer("/*clustered*/", "", "/*bytewise*/", `COLLATE "C"`).Replace(ddl)
	return engine.Statements(ddl)
}

// Ping implements engine.Engine.
func (e *Engine) Ping(ctx context.Context) error { return e.pool.Ping(ctx) }

// Stats implements engine.Engine.
func (e *Engine) Stats() engine.Stats {
	return engine.Stats{Updates: e.updates.Load(), Commits: e.commits.Load(), Retries: e.retries.Load()}
}

// Close implements engine.Engine.
func (e *Engine) Close() error {
	e.pool.Close()
	return nil
}
