package store_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestProvisionedRates(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		rate := func(account, category string, n int) userpool.ProvisionedRate {
			return userpool.ProvisionedRate{Account: account, Region: "us-east-1", Category: category, PerSecond: n}
		}
		for _, r := range []userpool.ProvisionedRate{
			rate("1", "UserRead", 200), rate("1", "UserToken", 300),
			rate("2", "UserRead", 400), rate("1", "UserRead", 250),
		} {
			update(t, db, func(tx *store.Tx) error { return tx.ProvisionRate(r) })
		}
		ten := 10
		update(t, db, func(tx *store.Tx) error {
			return tx.SetAccountQuota("1", "us-east-1", userpool.QuotaUserPools, &ten)
		})
		view(t, db, func(tx *store.Tx) error {
			all, err := tx.ProvisionedRates()
			if err != nil {
				return err
			}
			for _, want := range []userpool.ProvisionedRate{
				rate("1", "UserRead", 250), rate("1", "UserToken", 300), rate("2", "UserRead", 400),
			} {
				if !slices.Contains(all, want) || len(all) != 3 {
					t.Errorf("rates %v: want 3, with %v", all, want)
				}
			}
			for _, c := range []struct {
				account, region, category string
				want                      int
			}{
				{"1", "us-east-1", "UserRead", 250},
				{"1", "eu-west-1", "UserRead", 0},
				{"2", "us-east-1", "UserToken", 0},
				{"1", "us-east-1", "UserPools", 0},
			} {
				if got, err := tx.ProvisionedRate(c.account, c.region, c.category); err != nil || got != c.want {
					t.Errorf("%v: %d %v", c, got, err)
				}
			}
			return nil
		})
		if err := db.Reset(t.Context()); err != nil {
			t.Fatal(err)
		}
		view(t, db, func(tx *store.Tx) error {
			rates, err := tx.ProvisionedRates()
			quotas, err2 := tx.AccountQuotas("1", "us-east-1")
			if len(rates) != 0 || quotas[userpool.QuotaUserPools] != 10 {
				t.Errorf("after a reset: %v %v", rates, quotas)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestAccountQuotasAndCounts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		seven, eight := 7, 8
		set := func(q userpool.Quota, n *int) {
			update(t, db, func(tx *store.Tx) error { return tx.SetAccountQuota("1", "us-east-1", q, n) })
		}
		is := func(region string, want userpool.Quotas) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				got, err := tx.AccountQuotas("1", region)
				if !maps.Equal(got, want) {
					t.Errorf("quotas %v, want %v", got, want)
				}
				return err
			})
		}
		set(userpool.QuotaUserPools, &seven)
		set(userpool.QuotaCustomDomains, &seven)
		set(userpool.QuotaUserPools, &eight)
		is("us-east-1", userpool.Quotas{userpool.QuotaUserPools: 8, userpool.QuotaCustomDomains: 7})
		set(userpool.QuotaCustomDomains, nil)
		is("us-east-1", userpool.Quotas{userpool.QuotaUserPools: 8})
		is("eu-west-1", userpool.Quotas{})

		p := pool(t, db, "us-east-1_A", func(p *userpool.Pool) { p.Quotas = userpool.Quotas{userpool.QuotaGroups: 5} })
		pool(t, db, "us-east-1_B")
		update(t, db, func(tx *store.Tx) error {
			for _, id := range []string{"a", "b"} {
				if err := tx.InsertClient(&userpool.Client{PoolID: p.ID, ID: id}); err != nil {
					return err
				}
			}
			return tx.InsertGroup(&userpool.Group{PoolID: p.ID, Name: "g"})
		})
		view(t, db, func(tx *store.Tx) error {
			read, err := tx.Pool(p.ID)
			if err != nil || read.Quotas.Limit(userpool.QuotaGroups) != 5 {
				t.Errorf("quotas of the pool %v %v", read, err)
			}
			clients, err1 := tx.CountClients(p.ID)
			groups, err2 := tx.CountGroups(p.ID)
			pools, err3 := tx.CountPools(p.Account, p.Region)
			none, err4 := tx.CountPools(p.Account, "eu-west-1")
			if clients != 2 || groups != 1 || pools != 2 || none != 0 {
				t.Errorf("%d clients, %d groups, %d pools, %d elsewhere", clients, groups, pools, none)
			}
			return errors.Join(err1, err2, err3, err4)
		})
	})
}

func TestPolicyOfAccessKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		update(t, db, func(tx *store.Tx) error {
			return tx.InsertAccessKey(&userpool.AccessKey{
				ID: "AKIAONE", Secret: "s", Account: "1", Policy: `{"a":1}`, Created: tx.Now,
			})
		})
		is := func(want string) {
			t.Helper()
			view(t, db, func(tx *store.Tx) error {
				k, err := tx.AccessKey("AKIAONE")
				if err == nil && (k.Policy != want || k.Secret.Reveal() != "s" || k.Account != "1") {
					t.Errorf("key %+v, want policy %s", k, want)
				}
				return err
			})
		}
		is(`{"a":1}`)
		update(t, db, func(tx *store.Tx) error { return tx.SetAccessKeyPolicy("AKIAONE", `{"b":2}`) })
		is(`{"b":2}`)
		update(t, db, func(tx *store.Tx) error { return tx.RevokeAccessKey("AKIAONE") })
		for _, id := range []string{"AKIAONE", "AKIANONE"} {
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.SetAccessKeyPolicy(id, "") })
			if !errors.Is(err, fault.ResourceNotFound) {
				t.Errorf("policy of the unusable key %s: %v", id, err)
			}
		}
		is(`{"b":2}`)
	})
}
