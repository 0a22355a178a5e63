package engine

import (
	"context"
	"errors"
)

var (
	// ErrUnique is wrapped by the error of a statement that inserts an existing key.
	ErrUnique = errors.New("the key exists")
	// ErrNoRows is returned by One when there is no row.
	ErrNoRows = errors.New("no row")
	// ErrUnknownOutcome is wrapped by the error of a commit that was sent and whose
	// result is unknown. Callers handle it as a failure.
	ErrUnknownOutcome = errors.New("the outcome of the commit is unknown")
)

// Conn runs statements with $1, $2 … as placeholders.
type Conn interface {
	// Exec runs a statement and returns the number of affected rows.
	Exec(ctx context.Context, sql string, args ...any) (int64, error)
	// Queue runs a statement at once or later: before the next Exec or Each, or before
	// the commit. It calls done with the result. Queued statements share a round trip.
	// The error of done is returned by the call that ran the statement. If that was a
	// later call, the error also fails the Update.
	Queue(ctx context.Context, done Done, sql string, args ...any) error
	// Each calls row for every row.
	Each(ctx context.Context, row func(scan func(...any) error) error, sql string, args ...any) error
}

// Done handles the result of a queued statement: the number of affected rows, or
// the error. It can return another error, but not nil for an error: PostgreSQL has
// then aborted the transaction. It may not be called if an earlier statement failed.
type Done func(rows int64, err error) error

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
	// View runs fn, which can only read. On SQLite it sees one snapshot; on
	// PostgreSQL each statement sees the latest commit.
	View(ctx context.Context, fn func(Conn) error) error
	// Update runs fn in a transaction and returns when it is durable. fn may
	// run more than once.
	Update(ctx context.Context, fn func(Conn) error) error
	// Parallel reports whether Updates run in parallel and each statement sees the
	// latest commit. Then an Update must lock the rows that it depends on. Otherwise
	// Updates are serialized.
	Parallel() bool
	// Schema translates the common DDL into statements of the engine. It replaces
	// the markers /*clustered*/ after a table and /*bytewise*/ after a text column.
	Schema(ddl string) []string
	// MigrationLock runs fn while no other process migrates. The context of fn ends
	// when the lock is lost.
	MigrationLock(ctx context.Context, fn func(context.Context) error) error
	Ping(ctx context.Context) error
	Stats() Stats
	Close() error
}

// Stats counts what an engine has done.
type Stats struct {
	// Updates divided by Commits is how many updates share a commit.
	Updates, Commits, Retries int64
}
