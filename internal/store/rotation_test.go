package store_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func refreshToken(p *userpool.Pool, n int64) store.RefreshToken {
	return store.RefreshToken{
		PoolID: p.ID, Origin: "origin", Generation: n, Username: "ann", Sub: "sub-ann", ClientID: "client",
		Expires: storetest.Start.Add(time.Hour),
	}
}

func rotate(t testing.TB, db *store.DB, token store.RefreshToken) (first bool) {
	t.Helper()
	update(t, db, func(tx *store.Tx) (err error) {
		first, err = tx.Rotate(token)
		return err
	})
	return first
}

func family(t testing.TB, db *store.DB, p *userpool.Pool) (revoked bool, r userpool.Rotation) {
	t.Helper()
	view(t, db, func(tx *store.Tx) (err error) {
		revoked, r, err = tx.Family(p.ID, "origin")
		return err
	})
	return revoked, r
}

func TestRefreshTokenIsReplacedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		won := parallel(t, 20, func() (first bool, err error) {
			err = db.Update(t.Context(), func(tx *store.Tx) (err error) {
				first, err = tx.Rotate(refreshToken(p, 0))
				return err
			})
			return first, err
		})
		if won != 1 {
			t.Errorf("%d calls were first", won)
		}
		clk.Advance(time.Second)
		if !rotate(t, db, refreshToken(p, 1)) ||
			rotate(t, db, refreshToken(p, 0)) || rotate(t, db, refreshToken(p, 1)) {
			t.Error("an older token was replaced, or the newest was not")
		}
		revoked, r := family(t, db, p)
		if revoked || r.Current() != 2 ||
			!r[0].Equal(storetest.Start) || !r[1].Equal(storetest.Start.Add(time.Second)) {
			t.Errorf("revoked %v, known %v", revoked, r)
		}
		// The next rotation deletes rows that no retry can use any more.
		clk.Advance(2 * time.Minute)
		if !rotate(t, db, refreshToken(p, 2)) {
			t.Error("the newest token was not replaced")
		}
		if _, r = family(t, db, p); len(r) != 1 || r.Current() != 3 {
			t.Errorf("known after the last rotation: %v", r)
		}
		if rotate(t, db, refreshToken(p, 0)) || rotate(t, db, refreshToken(p, 1)) {
			t.Error("a token whose row was deleted was replaced")
		}
		update(t, db, func(tx *store.Tx) error {
			return tx.RevokeOrigin(p.ID, "origin", storetest.Start.Add(time.Hour))
		})
		if revoked, r = family(t, db, p); !revoked || r.Current() != 3 {
			t.Errorf("revoked %v, known %v", revoked, r)
		}
	})
}

func TestRotationRequiresTheSameUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		reused := refreshToken(p, 0)
		reused.Sub = "sub-of-an-earlier-ann"
		if rotate(t, db, reused) {
			t.Error("rotated for a deleted user because a new one has the name")
		}
		if !rotate(t, db, refreshToken(p, 0)) {
			t.Error("positive control: not rotated for the user")
		}
	})
}

// Rows are deleted with their user and their client, and when they have expired,
// those of sessions when codes of the session cannot be redeemed any more.
func TestRowsOfFamiliesAreDeleted(t *testing.T) {
	for _, c := range []struct {
		what string
		end  func(t *testing.T, db *store.DB, clk *clock.Driven, p *userpool.Pool)
		gone bool // rotation rows
		kept bool // session rows nevertheless
	}{
		{"nothing happens", func(*testing.T, *store.DB, *clock.Driven, *userpool.Pool) {}, false, false},
		{"the user is deleted", func(t *testing.T, db *store.DB, _ *clock.Driven, p *userpool.Pool) {
			update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		}, true, false},
		{"another user is deleted", func(t *testing.T, db *store.DB, _ *clock.Driven, p *userpool.Pool) {
			update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "bob") })
		}, false, false},
		{"the client is deleted", func(t *testing.T, db *store.DB, _ *clock.Driven, p *userpool.Pool) {
			update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "client") })
		}, true, false},
		{"another client is deleted", func(t *testing.T, db *store.DB, _ *clock.Driven, p *userpool.Pool) {
			update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "other") })
		}, false, false},
		{"the pool is deleted", func(t *testing.T, db *store.DB, _ *clock.Driven, p *userpool.Pool) {
			update(t, db, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		}, true, false},
		{"they have expired", func(_ *testing.T, _ *store.DB, clk *clock.Driven, _ *userpool.Pool) {
			clk.Advance(time.Hour + userpool.AuthorizationLifetime)
		}, true, false},
		{"codes can still be redeemed", func(_ *testing.T, _ *store.DB, clk *clock.Driven, _ *userpool.Pool) {
			clk.Advance(time.Hour)
		}, true, true},
		{"a code can barely be redeemed", func(_ *testing.T, _ *store.DB, clk *clock.Driven, _ *userpool.Pool) {
			clk.Advance(time.Hour + userpool.AuthorizationLifetime - time.Millisecond)
		}, true, true},
		{"they have nearly expired", func(_ *testing.T, _ *store.DB, clk *clock.Driven, _ *userpool.Pool) {
			clk.Advance(time.Hour - time.Millisecond)
		}, false, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
				p := pool(t, db, "us-east-1_A")
				for _, name := range []string{"ann", "bob"} {
					update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, name, nil)) })
				}
				for _, id := range []string{"client", "other"} {
					c := &userpool.Client{PoolID: p.ID, ID: id}
					update(t, db, func(tx *store.Tx) error { return tx.InsertClient(c) })
				}
				rotate(t, db, refreshToken(p, 0))
				s := session(p, "ann", "tkn1", "origin")
				update(t, db, func(tx *store.Tx) error { return tx.InsertSession(&s) })
				c.end(t, db, clk, p)
				for range 2 {
					if _, err := db.Sweep(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				_, r := family(t, db, p)
				var count int
				view(t, db, func(tx *store.Tx) (err error) {
					count, err = store.CountRows(tx, "user_session")
					return err
				})
				if gone := len(r) == 0; gone != c.gone {
					t.Errorf("rotation rows: %v", r)
				}
				if gone := count == 0; gone != (c.gone && !c.kept) {
					t.Errorf("%d session rows", count)
				}
			})
		})
	}
}

// Sweep keeps the rows of a new client with the id of a deleted one.
func TestSweepKeepsRowsOfARecreatedClient(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		add := func() {
			c := &userpool.Client{PoolID: p.ID, ID: "client"}
			update(t, db, func(tx *store.Tx) error { return tx.InsertClient(c) })
		}
		add()
		rotate(t, db, refreshToken(p, 0))
		update(t, db, func(tx *store.Tx) error { return tx.DeleteClient(p.ID, "client") })
		clk.Advance(time.Second)
		add()
		rotate(t, db, refreshToken(p, 1))
		if _, err := db.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, r := family(t, db, p); len(r) != 1 || r.Current() != 2 {
			t.Errorf("known after the sweep: %v", r)
		}
	})
}
