package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func authorization(username, clientID string) *userpool.Authorization {
	return &userpool.Authorization{
		PoolID: "p", ClientID: clientID, Username: username, Created: storetest.Start,
		Expires:            storetest.Start.Add(userpool.AuthorizationLifetime),
		AuthorizationTerms: userpool.AuthorizationTerms{Sub: "sub", Scopes: []string{"openid"}},
	}
}

// redeem reports whether the code was redeemed, and otherwise returns the family
// of its first use.
func redeem(t *testing.T, db *store.DB, clientID, mac, origin string) (redeemed bool, before string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		var err error
		if redeemed, err = tx.RedeemAuthorization("p", clientID, []byte(mac), origin); err != nil || redeemed {
			return err
		}
		a, err := tx.Authorization("p", clientID, []byte(mac))
		if a != nil {
			before = a.Origin
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return redeemed, before
}

func TestAuthorizationIsRedeemedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		put := func(mac string, a *userpool.Authorization) {
			if err := db.Update(t.Context(),
				func(tx *store.Tx) error { return tx.InsertAuthorization(a, []byte(mac)) }); err != nil {
				t.Fatal(err)
			}
		}
		put("one", authorization("ann", "c"))
		if redeemed, _ := redeem(t, db, "other", "one", "o"); redeemed {
			t.Error("redeemed by another client")
		}
		var redemptions atomic.Int64
		var all sync.WaitGroup
		for i := range 16 {
			all.Go(func() {
				if redeemed, _ := redeem(t, db, "c", "one", string(rune('a'+i))); redeemed {
					redemptions.Add(1)
				}
			})
		}
		all.Wait()
		if n := redemptions.Load(); n != 1 {
			t.Errorf("redeemed %d times", n)
		}
		if _, before := redeem(t, db, "c", "one", "z"); before == "" {
			t.Error("the family of the first use is lost")
		}
		put("late", authorization("ann", "c"))
		clk.Advance(userpool.AuthorizationLifetime)
		if redeemed, _ := redeem(t, db, "c", "late", "o"); redeemed {
			t.Error("an expired code is redeemed")
		}
	})
}

// An authorization is deleted with its user and with its client.
func TestAuthorizationIsDeletedWithItsOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := &userpool.Pool{ID: "p", Account: "a", Region: "r"}
		c := &userpool.Client{PoolID: "p", ID: "c"}
		u := &userpool.User{PoolID: "p", Username: "ann", Sub: "sub", Enabled: true}
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.InsertPool(p), tx.InsertClient(c), tx.InsertUser(p, u),
				tx.InsertAuthorization(authorization("ann", "x"), []byte("of ann")),
				tx.InsertAuthorization(authorization("bob", "c"), []byte("of c")),
				tx.InsertAuthorization(authorization("bob", "x"), []byte("stays")))
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(t.Context(), func(tx *store.Tx) error {
			return errors.Join(tx.DeleteUser(p, "ann"), tx.DeleteClient("p", "c"))
		})
		if err != nil {
			t.Fatal(err)
		}
		for mac, clientID := range map[string]string{"of ann": "x", "of c": "c"} {
			if redeemed, _ := redeem(t, db, clientID, mac, "o"); redeemed {
				t.Errorf("%s was not deleted", mac)
			}
		}
		if redeemed, _ := redeem(t, db, "x", "stays", "o"); !redeemed {
			t.Error("the authorization of another user and client was deleted")
		}
	})
}
