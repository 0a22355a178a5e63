package store_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestPoolExtensions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		id := pool(t, db, "us-east-1_A").ID
		is := func(read func(testing.TB, *store.DB, func(*store.Tx) error), want bool) {
			t.Helper()
			read(t, db, func(tx *store.Tx) error {
				e, err := tx.PoolExtensions(id)
				if err == nil && (e.PoolID != id || e.DeviceGrant != want || e.StrictOIDC) {
					t.Errorf("%+v, want DeviceGrant %v", e, want)
				}
				return err
			})
		}
		put := func(on bool) {
			t.Helper()
			err := db.Configure(t.Context(), id, func(tx *store.Tx) error {
				return tx.PutPoolExtensions(&userpool.PoolExtensions{
					Resource: userpool.Resource{PoolID: id}, DeviceGrant: on,
				})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		is(view, false)
		for _, on := range []bool{true, true, false, true} {
			put(on)
			for range 2 { // the second from the cache
				is(view, on)
				is(update, on)
			}
		}
		// A pool that is created again with the same id has none.
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(id) })
		pool(t, db, id)
		is(view, false)
	})
}
