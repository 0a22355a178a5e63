package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// transaction is the Conn of an Update. It sends BEGIN with the first statement,
// and queued statements with the next one: each batch is one round trip.
type transaction struct {
	pool   *pgxpool.Pool
	tx     pgx.Tx // nil before the first statement
	queued []step
	failed error // error of a queued statement; it fails the Update, whatever fn returns
	taken  bool  // a statement inserted an existing key
}

// step is a statement and the function that reads its result.
type step struct {
	sql  string
	args []any
	read func(pgx.BatchResults) error
}

// maxQueued is the number of queued statements at which they are sent. It limits
// their memory.
const maxQueued = 100

// Queue implements engine.Conn.
func (t *transaction) Queue(ctx context.Context, done engine.Done, sql string, args ...any) error {
	t.queued = append(t.queued, step{sql, args, func(r pgx.BatchResults) error {
		tag, err := r.Exec()
		t.failed = done(tag.RowsAffected(), t.classify(err))
		return t.failed
	}})
	if len(t.queued) < maxQueued {
		return nil
	}
	return t.flush(ctx)
}

// Exec implements engine.Conn.
func (t *transaction) Exec(ctx context.Context, sql string, args ...any) (rows int64, err error) {
	t.queued = append(t.queued, step{sql, args, func(r pgx.BatchResults) error {
		tag, err := r.Exec()
		rows = tag.RowsAffected()
		return t.classify(err)
	}})
	err = t.flush(ctx)
	return rows, err
}

// Each implements engine.Conn.
func (t *transaction) Each(ctx context.Context, row func(func(...any) error) error, sql string, args ...any) error {
	t.queued = append(t.queued, step{sql, args, func(r pgx.BatchResults) error {
		rows, err := r.Query()
		return t.classify(each(rows, err, row))
	}})
	return t.flush(ctx)
}

// flush sends the queued statements in one batch and reads their results, up to
// the first error. The first batch also begins the transaction.
func (t *transaction) flush(ctx context.Context) (err error) {
	steps := t.queued
	t.queued = nil
	if t.failed != nil || len(steps) == 0 {
		return t.failed
	}
	var batch pgx.Batch
	sender := interface {
		SendBatch(context.Context, *pgx.Batch) pgx.BatchResults
	}(t.tx)
	if t.tx == nil {
		sender = t.pool
		batch.BeginTx(pgx.TxOptions{IsoLevel: pgx.ReadCommitted})
	}
	for _, s := range steps {
		batch.Queue(s.sql, s.args...)
	}
	results := sender.SendBatch(ctx, &batch)
	defer func() {
		if closing := results.Close(); err == nil {
			err = closing
		}
	}()
	if t.tx == nil {
		t.tx = results.Tx()
		if _, err := results.Exec(); err != nil {
			return err
		}
	}
	for _, s := range steps {
		if err := s.read(results); err != nil {
			return err
		}
	}
	return nil
}

// each calls row for every row of a query's result.
func each(rows pgx.Rows, err error, row func(func(...any) error) error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// classify makes the error of an existing key an engine.ErrUnique, and records it
// for the retry of the Update.
func (t *transaction) classify(err error) error {
	if code(err) != "23505" {
		return err
	}
	t.taken = true
	return fmt.Errorf("%w: %w", engine.ErrUnique, err)
}

// view is the Conn of a View.
type view struct{ pool *pgxpool.Pool }

// Each implements engine.Conn.
func (v view) Each(ctx context.Context, row func(func(...any) error) error, sql string, args ...any) error {
	rows, err := v.pool.Query(ctx, sql, args...)
	return each(rows, err, row)
}
