package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// migrationLease is how long a node may migrate without renewing its lease.
const migrationLease = 30 * time.Second

// nowMillis is the clock of the database, so that the clocks of nodes need not
// agree.
const nowMillis = `(extract(epoch FROM clock_timestamp()) * 1000)::bigint`

var errLeaseLost = errors.New("another node took over the migration")

// MigrationLock implements engine.Engine with a lease row: advisory locks are not
// available on every PostgreSQL. The end of the lease is the token of its holder.
// It is unique, so only the holder can renew and release the lease. If a renewal
// fails, the context of fn is cancelled.
func (e *Engine) MigrationLock(ctx context.Context, fn func(context.Context) error) error {
	token, err := e.takeLease(ctx)
	if err != nil {
		return err
	}
	held, lose := context.WithCancelCause(ctx)
	renewed := make(chan int64)
	// The goroutine ends when fn has returned or the lease is lost. The receive from
	// renewed below waits for it.
	go func() {
		token := token
		defer func() { renewed <- token }()
		tick := time.NewTicker(migrationLease / 3)
		defer tick.Stop()
		for {
			select {
			case <-held.Done():
				return
			case <-tick.C:
			}
			next, err := e.setLease(held, token)
			if err != nil {
				lose(err)
				return
			}
			token = next
		}
	}()
	err = fn(held)
	if lost := context.Cause(held); err != nil && lost != nil {
		err = errors.Join(err, lost)
	}
	lose(nil)
	token = <-renewed
	_, free := e.pool.Exec(context.WithoutCancel(ctx),
		`UPDATE migration_lease SET until_ms = 0 WHERE id = 1 AND until_ms = $1`,
		token)
	return errors.Join(err, free)
}

// takeLease waits until the lease is free, takes it and returns its token.
func (e *Engine) takeLease(ctx context.Context) (int64, error) {
	_, err := e.pool.Exec(ctx,
		`CREATE TABLE IF NOT EXISTS migration_lease (id BIGINT PRIMARY KEY, until_ms BIGINT NOT NULL)`)
	// If two nodes create the table at once, one gets a conflict in the catalog. It
	// can be ignored.
	if err != nil && code(err) != "23505" && code(err) != "42P07" {
		return 0, err
	}
	if _, err := e.pool.Exec(ctx,
		`INSERT INTO migration_lease (id, until_ms) VALUES (1, 0) ON CONFLICT (id) DO NOTHING`); err != nil {
		return 0, err
	}
	for try := 1; ; try++ {
		var until int64
		if err := e.pool.QueryRow(ctx, `SELECT until_ms FROM migration_lease WHERE id = 1 AND until_ms < `+nowMillis+
			` UNION ALL SELECT -1 LIMIT 1`).Scan(&until); err != nil {
			return 0, err
		}
		if until >= 0 {
			token, err := e.setLease(ctx, until)
			if !errors.Is(err, errLeaseLost) {
				return token, err
			}
		}
		if err := pause(ctx, min(try, 7)); err != nil {
			return 0, err
		}
	}
}

// setLease replaces the lease of the token with one that begins now, and returns
// its token. It returns errLeaseLost if the token is not the current one.
func (e *Engine) setLease(ctx context.Context, token int64) (int64, error) {
	var next int64
	rows, err := e.pool.Query(ctx, `UPDATE migration_lease SET until_ms = $1 + `+nowMillis+`
		WHERE id = 1 AND until_ms = $2
		RETURNING until_ms`, migrationLease.Milliseconds(), token)
	if err != nil {
		return 0, fmt.Errorf("the lease of the migration: %w", err)
	}
	defer rows.Close()
	found := false
	for rows.Next() {
		found = true
		if err := rows.Scan(&next); err != nil {
			return 0, err
		}
	}
	if err := rows.Err(); err != nil || found {
		return next, err
	}
	return 0, errLeaseLost
}
