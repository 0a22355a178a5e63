package postgres_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store/postgres"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// The lease of a migration belongs to whoever took it last: an earlier holder neither renews nor frees it.
func TestMigrationLeaseIsFenced(t *testing.T) {
	url, ok := storetest.Postgres(t)
	if !ok {
		t.Skip("no PostgreSQL")
	}
	e, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	until := func() (ms int64) {
		t.Helper()
		if err := e.Pool().QueryRow(t.Context(), `SELECT until_ms FROM migration_lease WHERE id = 1`).Scan(&ms); err != nil {
			t.Fatal(err)
		}
		return ms
	}
	var held int64
	err = e.MigrationLock(t.Context(), func(ctx context.Context) error {
		held = until()
		next, err := e.SetLease(ctx, held)
		if err != nil || next < held {
			t.Errorf("renewing %d: %d, %v", held, next, err)
		}
		// Another node has taken over, with the token next.
		if _, err := e.SetLease(ctx, held); !errors.Is(err, postgres.ErrLeaseLost) && next != held {
			t.Errorf("renewing with an old token: %v", err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if now := until(); now != 0 && now <= held {
		t.Errorf("the lease is %d, which the first holder had to leave alone", now)
	}
	if _, err := e.Pool().Exec(t.Context(), `UPDATE migration_lease SET until_ms = 0`); err != nil {
		t.Fatal(err)
	}
	ran := false
	if err := e.MigrationLock(t.Context(), func(context.Context) error { ran = true; return nil }); err != nil || !ran || until() != 0 {
		t.Errorf("positive control: ran %v, until %d, %v", ran, until(), err)
	}
}
