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
	commitPatience            time.Duration
	updates, commits, retries atomic.Int64
}

const (
	// connectTimeout bounds an attempt to connect, and so for how long a
	// network that is whole again waits for attempts that it has swallowed.
	connectTimeout = 3 * time.Second

	// commitPatience is how long a COMMIT may take, whatever became of the caller.
	commitPatience = 3 * time.Second

	maxConns = "pool_max_conns"
	// usualConns is more than a few processors can use, since most connections wait
	// for the disk at any time, and commits share its syncs.
	usualConns  = 16
	fewestConns = 8

	idleTimeout = "idle_in_transaction_session_timeout"
	// idleInTransaction is after how long the server ends the transaction of a
	// node that has vanished, and frees its locks. Ours are never idle so long.
	idleInTransaction = "10s"
)

// Open connects. The URL may name a Unix socket (host=/dir).
func Open(ctx context.Context, url string) (*Engine, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = connectTimeout
	}
	if _, given := c.ConnConfig.RuntimeParams[idleTimeout]; !given {
		// Not a parameter of the start, which poolers such as PgBouncer refuse.
		c.AfterConnect = func(ctx context.Context, conn *pgx.Conn) error {
			_, err := conn.Exec(ctx, "SET "+idleTimeout+" = '"+idleInTransaction+"'")
			return err
		}
	}
	if !strings.Contains(url, maxConns) {
		c.MaxConns = max(c.MaxConns, usualConns)
	}
	c.MaxConns = max(c.MaxConns, fewestConns)
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return &Engine{pool: pool, commitPatience: commitPatience}, nil
}

// querier is what a transaction and the pool have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// conn runs statements; taken is set when one of them met a key that exists.
type conn struct {
	q     querier
	taken *bool
}

// Exec implements engine.Conn.
func (c conn) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := c.q.Exec(ctx, sql, args...)
	return tag.RowsAffected(), c.classify(err)
}

// Each implements engine.Conn.
func (c conn) Each(ctx context.Context, row func(func(...any) error) error, sql string, args ...any) error {
	rows, err := c.q.Query(ctx, sql, args...)
	if err != nil {
		return c.classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return c.classify(rows.Err())
}

func (c conn) classify(err error) error {
	if code(err) != "23505" {
		return err
	}
	if c.taken != nil {
		*c.taken = true
	}
	return fmt.Errorf("%w: %w", engine.ErrUnique, err)
}

func code(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// View implements engine.Engine; each statement sees the latest commit.
func (e *Engine) View(_ context.Context, fn func(engine.Conn) error) error {
	return fn(engine.ReadOnly{Conn: conn{q: e.pool}})
}

// maxTries is a backstop: tries end with the context's deadline.
const maxTries = 200

// Parallel implements engine.Engine.
func (e *Engine) Parallel() bool { return true }

// Update implements engine.Engine by a READ COMMITTED transaction. One that
// meets a key which exists runs once more: the key may be that of a transaction
// which committed meanwhile, and then fn finds its row before it writes.
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
	tx, err := e.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	if err != nil {
		return err
	}
	// The caller may have gone; the transaction must end all the same. A server that does not answer is not waited for:
	// its connection is closed then.
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = tx.Rollback(ending)
	}()
	if err := fn(conn{q: tx, taken: taken}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	// Once COMMIT is sent its outcome counts, for the caller's later work too, even if the client has gone.
	committing, cancel := context.WithTimeout(context.WithoutCancel(ctx), e.commitPatience)
	defer cancel()
	if err := tx.Commit(committing); err != nil {
		if !refused(err) {
			return fmt.Errorf("%w: %w", engine.ErrUnknownOutcome, err)
		}
		return err
	}
	e.commits.Add(1)
	return nil
}

// refused reports whether a COMMIT that failed certainly changed nothing: the
// server never saw it, or said that it rolled back. Any other error, such as
// that of a server which shuts down, can come after the commit.
func refused(err error) bool {
	c := code(err)
	rolledBack := c != "40003" && (strings.HasPrefix(c, "40") || strings.HasPrefix(c, "23"))
	return rolledBack || errors.Is(err, pgx.ErrTxCommitRollback) || pgconn.SafeToRetry(err)
}

// retriable: serialization failure, deadlock, and a server that went away
// before anything was committed. Where nobody knows (08007) it is not.
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

// pause waits a little longer each time, with jitter so that rivals part.
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

// Schema implements engine.Engine. Text is compared by bytes, as SQLite does.
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
