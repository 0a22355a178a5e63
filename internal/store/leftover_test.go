package store_test

import (
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// plant inserts a row with the value in the column into every table that has the
// column, and returns those tables. leftOut are tables that the test fills itself
// or that have no rows of its subject.
func plant(t *testing.T, db *store.DB, column, value string, leftOut ...string) (tables []string) {
	t.Helper()
	far := storetest.Start.Add(365 * 24 * time.Hour).UnixMilli()
	all := store.Schema(t, db)
	for _, table := range slices.Sorted(maps.Keys(all)) {
		columns := all[table].Columns
		if columns[column] == "" || slices.Contains(leftOut, table) {
			continue
		}
		tables = append(tables, table)
		row := map[string]any{
			"pool_id": "us-east-1_A", "expires": far, "window_end": far, "last_attempt": far, column: value,
		}
		update(t, db, func(tx *store.Tx) error { return store.Plant(tx, table, columns, row) })
	}
	if found := holding(t, db, column, value, tables); !slices.Equal(found, tables) {
		t.Fatalf("%s %s was inserted into %v, but is found in %v", column, value, tables, found)
	}
	return tables
}

// holding returns the tables that have a row with the value in the column.
func holding(t *testing.T, db *store.DB, column, value string, tables []string) (found []string) {
	t.Helper()
	if len(tables) == 0 {
		t.Fatal("no tables")
	}
	view(t, db, func(tx *store.Tx) error {
		found = nil
		for _, table := range tables {
			n, err := store.CountWhere(tx, table, column, value)
			if err != nil {
				return err
			}
			if n > 0 {
				found = append(found, table)
			}
		}
		return nil
	})
	return found
}

// gone verifies that none of the tables has a row with the value in the column.
func gone(t *testing.T, db *store.DB, column, value string, tables []string) {
	t.Helper()
	if left := holding(t, db, column, value, tables); left != nil {
		t.Errorf("%s %s is left in %v", column, value, left)
	}
}

func sweep(t *testing.T, db *store.DB) {
	t.Helper()
	if _, err := db.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// A deleted user has no row in any table.
func TestDeletedUserLeavesNoRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		planted := map[string][]string{}
		for _, column := range []string{"username", "owner", "subject"} {
			// Aliases and search rows are deleted by the attributes of the user.
			planted[column] = plant(t, db, column, "ann", "users", "user_alias", "user_search")
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		for column, tables := range planted {
			gone(t, db, column, "ann", tables)
		}
		gone(t, db, "username", "ann", []string{"users", "user_alias", "user_search"})
	})
}

// A deleted client has no row in any table once Sweep has run.
func TestDeletedClientLeavesNoRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertClient(&userpool.Client{PoolID: p.ID, ID: "app"}) })
		own := []string{"app_client", "client_pool", "purge_client"}
		tables := plant(t, db, "client_id", "app", own...)
		update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "app") })
		sweep(t, db)
		gone(t, db, "client_id", "app", append(tables, own...))
	})
}

// A deleted pool has no row in any table once Sweep has run after the end of all
// Updates that had begun before the deletion.
func TestDeletedPoolLeavesNoRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		own := []string{"user_pool", "data_key", "purge"}
		tables := plant(t, db, "pool_id", p.ID, own...)
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		clk.Advance(2 * time.Hour)
		sweep(t, db)
		gone(t, db, "pool_id", p.ID, append(tables, own...))
	})
}

// Sweep removes the expired rows of every table whose rows expire, and no others.
func TestSweepCoversEveryTableThatExpires(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		var tables []string
		for table, shape := range store.Schema(t, db) {
			columns := shape.Columns
			// Waiting messages are removed by the worker.
			if columns["expires"] == "" || table == "outbox" {
				continue
			}
			tables = append(tables, table)
			old := clk.Now()
			if table == "user_session" { // a code of the session can be redeemed for longer
				old = old.Add(-userpool.AuthorizationLifetime)
			}
			update(t, db, func(tx *store.Tx) error {
				return errors.Join(
					store.Plant(tx, table, columns, map[string]any{"pool_id": "old", "expires": old.UnixMilli()}),
					store.Plant(tx, table, columns,
						map[string]any{"pool_id": "new", "expires": clk.Now().Add(time.Second).UnixMilli()}))
			})
		}
		sweep(t, db)
		gone(t, db, "pool_id", "old", tables)
		if found := holding(t, db, "pool_id", "new", tables); !slices.Equal(found, tables) {
			t.Errorf("rows that have not expired are left in %v, want %v", found, tables)
		}
	})
}
