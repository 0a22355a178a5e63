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
	updates, commits, retries atomic.Int64
}

// Open connects. The URL may name a Unix socket (host=/dir).
func Open(ctx context.Context, url string) (*Engine, error) {
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, err
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = 10 * time.Second
	}
	if c.MaxConns < 8 {
		c.MaxConns = 8
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, err
	}
	return &Engine{pool: pool}, nil
}

// querier is what a transaction and the pool have in common.
type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

type conn struct{ q querier }

// Exec implements engine.Conn.
func (c conn) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tag, err := c.q.Exec(ctx, sql, args...)
	return tag.RowsAffected(), classify(err)
}

// Each implements engine.Conn.
func (c conn) Each(ctx context.Context, row func(func(...any) error) error, sql string, args ...any) error {
	rows, err := c.q.Query(ctx, sql, args...)
	if err != nil {
		return classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return classify(rows.Err())
}

func classify(err error) error {
	if code(err) == "23505" {
		return fmt.Errorf("%w: %w", engine.ErrUnique, err)
	}
	return err
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
	return fn(conn{e.pool})
}

const maxTries = 12

// Update implements engine.Engine.
func (e *Engine) Update(ctx context.Context, fn func(engine.Conn) error) error {
	e.updates.Add(1)
	for try := 1; ; try++ {
		err := e.once(ctx, fn)
		if err == nil || try == maxTries || !retriable(err) || ctx.Err() != nil {
			return err
		}
		e.retries.Add(1)
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
}

func (e *Engine) once(ctx context.Context, fn func(engine.Conn) error) error {
	tx, err := e.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.Serializable})
	if err != nil {
		return err
	}
	// The caller may have gone; the transaction must end all the same.
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if err := fn(conn{tx}); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		if code(err) == "" {
			return fmt.Errorf("%w: %w", engine.ErrUnknownOutcome, err)
		}
		return err
	}
	e.commits.Add(1)
	return nil
}

// retriable: serialization failure, deadlock, and a server that went away
// before anything was committed.
func retriable(err error) bool {
	if errors.Is(err, engine.ErrUnknownOutcome) {
		return false
	}
	switch c := code(err); c {
	case "40001", "40P01", "57P01", "57P03":
		return true
	default:
		return strings.HasPrefix(c, "08") || pgconn.SafeToRetry(err)
	}
}

// pause waits a little longer each time, with jitter so that rivals part.
func pause(ctx context.Context, try int) error {
	limit := min(200*time.Millisecond, time.Millisecond<<try)
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

// migrationLease is a row that the migrating node holds.
const migrationLease = 30 * time.Second

// MigrationLock implements engine.Engine with a lease row: advisory locks are
// not to be had on every PostgreSQL.
func (e *Engine) MigrationLock(ctx context.Context, fn func() error) error {
	_, err := e.pool.Exec(ctx, `CREATE TABLE IF NOT EXISTS migration_lease (id BIGINT PRIMARY KEY, until_ms BIGINT NOT NULL)`)
	// Two nodes that create it at once clash in the catalogue; either is right.
	if err != nil && code(err) != "23505" && code(err) != "42P07" {
		return err
	}
	if _, err := e.pool.Exec(ctx, `INSERT INTO migration_lease (id, until_ms) VALUES (1, 0) ON CONFLICT (id) DO NOTHING`); err != nil {
		return err
	}
	for try := 1; ; try++ {
		// The database's own clock: nodes need not agree on the time.
		tag, err := e.pool.Exec(ctx, `UPDATE migration_lease SET until_ms = $1 + (extract(epoch FROM clock_timestamp()) * 1000)::bigint
			WHERE id = 1 AND until_ms < (extract(epoch FROM clock_timestamp()) * 1000)::bigint`, migrationLease.Milliseconds())
		if err != nil {
			return err
		}
		if tag.RowsAffected() == 1 {
			break
		}
		if err := pause(ctx, min(try, 7)); err != nil {
			return err
		}
	}
	err = fn()
	_, free := e.pool.Exec(context.WithoutCancel(ctx), `UPDATE migration_lease SET until_ms = 0 WHERE id = 1`)
	return errors.Join(err, free)
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
