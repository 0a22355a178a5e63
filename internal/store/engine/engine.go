package engine

import (
	"context"
	"errors"
)

var (
	// ErrUnique is in the chain of an error about a key that exists.
	ErrUnique = errors.New("the key exists")
	// ErrNoRows is returned by One when there is no row.
	ErrNoRows = errors.New("no row")
	// ErrUnknownOutcome is in the chain when a commit was sent and nobody
	// knows what became of it. It is answered as a failure.
	ErrUnknownOutcome = errors.New("the outcome of the commit is unknown")
)

// Conn runs statements with $1, $2 … as placeholders.
type Conn interface {
	// Exec returns how many rows it touched.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
	// Each calls scan for every row.
	Each(ctx context.Context, row func(scan func(...any) error) error, sql string, args ...any) error
}

// One scans the only row of a query, or returns ErrNoRows.
func One(ctx context.Context, c Conn, dest []any, sql string, args ...any) error {
	found := false
	err := c.Each(ctx, func(scan func(...any) error) error {
		found = true
		return scan(dest...)
	}, sql, args...)
	if err == nil && !found {
		return ErrNoRows
	}
	return err
}

// Engine is a database.
type Engine interface {
	// View runs fn over committed data, which it cannot change. SQLite gives it
	// one snapshot; PostgreSQL lets each statement see the latest commit.
	View(ctx context.Context, fn func(Conn) error) error
	// Update runs fn in a transaction and returns when it is durable. fn may
	// run more than once.
	Update(ctx context.Context, fn func(Conn) error) error
	// Parallel reports whether Updates run side by side, each statement of
	// which sees the latest commit: then rows that a decision rests on must be
	// locked. Otherwise they run one after the other.
	Parallel() bool
	// Schema turns the common DDL into the engine's own: /*clustered*/ after
	// a table and /*bytewise*/ after a text column.
	Schema(ddl string) []string
	// MigrationLock runs fn while no other process migrates. The context that
	// fn gets ends when that is no longer certain.
	MigrationLock(ctx context.Context, fn func(context.Context) error) error
	Ping(ctx context.Context) error
	Stats() Stats
	Close() error
}

// Stats counts what an engine has done.
type Stats struct {
	// Updates and Commits tell how well updates share commits.
	Updates, Commits, Retries int64
}
