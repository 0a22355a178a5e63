package store_test

import (
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestCollection(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		a, b := pool(t, db, "us-east-1_A").ID, pool(t, db, "us-east-1_B").ID
		servers := store.ResourceServers
		server := func(pool, id, name string) *userpool.ResourceServer {
			return &userpool.ResourceServer{Resource: userpool.Resource{PoolID: pool, ID: id}, Name: name}
		}
		made := clk.Now()
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(servers.Insert(tx, server(a, "two", "2")), servers.Insert(tx, server(a, "one", "1")),
				servers.Insert(tx, server(b, "one", "b")))
		})
		err := db.Update(t.Context(), func(tx *store.Tx) error { return servers.Insert(tx, server(a, "one", "again")) })
		if !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("a taken id: %v", err)
		}
		clk.Advance(1e9)
		view(t, db, func(tx *store.Tx) error {
			one, err := servers.Get(tx, a, "one")
			if err != nil || one.Name != "1" || one.PoolID != a || !one.Created.Equal(made) {
				t.Fatalf("got %+v, %v", one, err)
			}
			listed, err := servers.List(tx, a, "one", 5)
			n, _ := servers.Count(tx, a)
			if err != nil || len(listed) != 1 || listed[0].ID != "two" || n != 2 {
				t.Errorf("after one: %v of %d, %v", listed, n, err)
			}
			return nil
		})
		// A writer that read an older version is refused.
		stale := server(a, "one", "stale")
		stale.Version = 1
		update(t, db, func(tx *store.Tx) error { return servers.Put(tx, server(a, "one", "put")) })
		err = db.Update(t.Context(), func(tx *store.Tx) error { return servers.Update(tx, stale) })
		if !errors.Is(err, fault.ConcurrentModification) {
			t.Errorf("a stale version: %v", err)
		}
		view(t, db, func(tx *store.Tx) error {
			one, err := servers.Get(tx, a, "one")
			if err != nil || one.Name != "put" || !one.Created.Equal(made) || one.Modified.Equal(made) {
				t.Errorf("put %+v, %v", one, err)
			}
			return nil
		})
		update(t, db, func(tx *store.Tx) error { return servers.Delete(tx, a, "one") })
		get := func(poolID string) func(*store.Tx) error {
			return func(tx *store.Tx) error {
				_, err := servers.Get(tx, poolID, "one")
				return err
			}
		}
		for name, err := range map[string]error{
			"delete": db.Update(t.Context(), func(tx *store.Tx) error { return servers.Delete(tx, a, "one") }),
			"get":    db.View(t.Context(), get(a)),
		} {
			if !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("%s of a deleted resource: %v", name, err)
			}
		}
		view(t, db, get(b))
	})
}
