package postgres_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/postgres"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// Only the last node that took the migration lease holds it: an earlier holder
// can neither renew nor release it.
func TestMigrationLeaseIsFenced(t *testing.T) {
	url, ok := storetest.Postgres(t)
	if !ok {
		t.Skip("no PostgreSQL")
	}
	e, err := postgres.Open(t.Context(), url, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	until := func() (ms int64) {
		t.Helper()
		err := e.Pool().QueryRow(t.Context(), `SELECT until_ms FROM migration_lease WHERE id = 1`).Scan(&ms)
		if err != nil {
			t.Fatal(err)
		}
		return ms
	}
	var taken int64
	err = e.MigrationLock(t.Context(), func(ctx context.Context) error {
		held, err := e.SetLease(ctx, until())
		if err != nil {
			t.Errorf("positive control: the holder cannot renew: %v", err)
		}
		// Another node takes over the lease, with its own token.
		taken = held + 1
		if _, err := e.Pool().Exec(ctx, `UPDATE migration_lease SET until_ms = $1`, taken); err != nil {
			return err
		}
		if _, err := e.SetLease(ctx, held); !errors.Is(err, postgres.ErrLeaseLost) {
			t.Errorf("renewal with an old token: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if now := until(); now != taken {
		t.Errorf("the lease after the first holder is %d, want %d of the node that took over", now, taken)
	}
	if _, err := e.Pool().Exec(t.Context(), `UPDATE migration_lease SET until_ms = 0`); err != nil {
		t.Fatal(err)
	}
	ran := false
	err = e.MigrationLock(t.Context(), func(context.Context) error {
		ran = true
		return nil
	})
	if err != nil || !ran || until() != 0 {
		t.Errorf("positive control: ran %v, until %d, %v", ran, until(), err)
	}
}
