package store_test

import (
	"errors"
	"sync"
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

// redeem returns whether the code was taken, and what family it had before.
func redeem(t *testing.T, db *store.DB, clientID, mac, origin string) (taken bool, before string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		a, err := tx.RedeemAuthorization("p", clientID, []byte(mac), origin)
		taken = a != nil
		if err != nil || taken {
			return err
		}
		if a, err = tx.Authorization("p", clientID, []byte(mac)); a != nil {
			before = a.Origin
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return taken, before
}

func TestAuthorizationIsTakenOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		put := func(mac string, a *userpool.Authorization) {
			if err := db.Update(t.Context(),
				func(tx *store.Tx) error { return tx.InsertAuthorization(a, []byte(mac)) }); err != nil {
				t.Fatal(err)
			}
		}
		put("one", authorization("ann", "c"))
		if taken, _ := redeem(t, db, "other", "one", "o"); taken {
			t.Error("another client takes it")
		}
		var wins sync.Map
		var group sync.WaitGroup
		for i := range 16 {
			group.Go(func() {
				if taken, _ := redeem(t, db, "c", "one", string(rune('a'+i))); taken {
					wins.Store(i, true)
				}
			})
		}
		group.Wait()
		n := 0
		wins.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("taken %d times", n)
		}
		if _, before := redeem(t, db, "c", "one", "z"); before == "" {
			t.Error("the family of the first use is forgotten")
		}
		put("late", authorization("ann", "c"))
		clk.Advance(userpool.AuthorizationLifetime)
		if taken, _ := redeem(t, db, "c", "late", "o"); taken {
			t.Error("a code that has run out is taken")
		}
	})
}

// What a code stands for goes with its user and with its client.
func TestAuthorizationGoesWithItsOwner(t *testing.T) {
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
			if taken, _ := redeem(t, db, clientID, mac, "o"); taken {
				t.Errorf("%s is still there", mac)
			}
		}
		if taken, _ := redeem(t, db, "x", "stays", "o"); !taken {
			t.Error("somebody else's has gone, too")
		}
	})
}
