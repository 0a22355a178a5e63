package store_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Parallel changes of different pools do not fail.
func TestWritersOfDifferentPools(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		const writers, rounds = 8, 40
		for i := range writers {
			p := pool(t, db, fmt.Sprintf("us-east-1_Pool%d", i))
			c := &userpool.Client{PoolID: p.ID, ID: "client" + p.ID}
			update(t, db, func(tx *store.Tx) error { return tx.InsertClient(c) })
		}
		before := db.Stats()
		failures := make([]error, writers)
		var all sync.WaitGroup
		for i := range writers {
			all.Go(func() {
				id := fmt.Sprintf("us-east-1_Pool%d", i)
				for n := range rounds {
					err := db.Update(t.Context(), func(tx *store.Tx) error { return rename(tx, id, fmt.Sprint(n)) })
					if err != nil {
						failures[i] = err
						return
					}
				}
			})
		}
		all.Wait()
		for i, err := range failures {
			if err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		}
		after := db.Stats()
		t.Logf("%d updates, %d retries", after.Updates-before.Updates, after.Retries-before.Retries)
	})
}

// rename changes a pool and its client.
func rename(tx *store.Tx, poolID, name string) error {
	p, err := tx.Pool(poolID)
	if err != nil {
		return err
	}
	changed := *p
	changed.Name = name
	if err := tx.UpdatePool(&changed); err != nil {
		return err
	}
	c, err := tx.Client(poolID, "client"+poolID)
	if err != nil {
		return err
	}
	client := *c
	client.Name = name
	return tx.UpdateClient(&client)
}
