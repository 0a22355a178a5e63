package store_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestRiskConfigurations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A").ID
		risk := func(id string) *userpool.RiskConfiguration {
			return &userpool.RiskConfiguration{
				Resource:   userpool.Resource{PoolID: p, ID: id},
				Exceptions: &userpool.RiskExceptions{BlockedIPRangeList: []string{"10.0.0.0/8"}},
			}
		}
		is := func(id string, want bool) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				r, err := tx.RiskConfiguration(p, id)
				if err != nil {
					return err
				}
				if (r.Exceptions == nil) == want || r.PoolID != p || r.ID != id || r.Modified.IsZero() == want {
					t.Errorf("%s is %+v", id, r)
				}
				return nil
			})
		}
		is(userpool.PoolRisk, false)
		update(t, db, func(tx *store.Tx) error {
			c := &userpool.Client{PoolID: p, ID: "client"}
			if err := tx.InsertClient(c); err != nil {
				return err
			}
			if err := store.RiskConfigurations.Put(tx, risk("client")); err != nil {
				return err
			}
			return store.RiskConfigurations.Put(tx, risk(userpool.PoolRisk))
		})
		is(userpool.PoolRisk, true)
		is("client", true)
		update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p, "client") })
		is("client", false)
		is(userpool.PoolRisk, true)
		for range 2 {
			update(t, db, func(tx *store.Tx) error { return tx.RemoveRiskConfiguration(p, userpool.PoolRisk) })
			is(userpool.PoolRisk, false)
		}
	})
}
