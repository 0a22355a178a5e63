package store_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func pendingChallenge(handle string) *userpool.PendingChallenge {
	return &userpool.PendingChallenge{
		PoolID: "us-east-1_A", ClientID: "c", Username: "ann", Handle: []byte(handle),
		Expires: storetest.Start.Add(time.Minute), State: "PLANTED-private-parameters",
	}
}

// redeemChallenge redeems the challenge that c identifies and returns its state.
func redeemChallenge(t *testing.T, db *store.DB, c *userpool.PendingChallenge) (state string, redeemed bool) {
	t.Helper()
	named := *c
	named.State = ""
	err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
		redeemed, err = tx.RedeemPendingChallenge(&named)
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return named.State.Reveal(), redeemed
}

// Reading a challenge does not consume it. A later one with the same handle
// replaces it.
func TestPendingChallengeState(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		pool(t, db, "us-east-1_A")
		state := func(c *userpool.PendingChallenge) (text string, found bool) {
			view(t, db, func(tx *store.Tx) error {
				s, there, err := tx.PendingChallengeState(c)
				text, found = s.Reveal(), there
				return err
			})
			return text, found
		}
		first, second := pendingChallenge("one"), pendingChallenge("one")
		second.State, second.Expires = "another state", first.Expires.Add(time.Minute)
		for _, c := range []*userpool.PendingChallenge{first, second} {
			update(t, db, func(tx *store.Tx) error { return tx.PutPendingChallenge(c) })
			for range 2 {
				if text, found := state(c); !found || text != c.State.Reveal() {
					t.Errorf("%q, %v", text, found)
				}
			}
		}
		for what, alter := range alterations {
			other := pendingChallenge("one")
			alter(other)
			if _, found := state(other); found {
				t.Errorf("found with another %s", what)
			}
		}
		clk.Advance(time.Minute)
		if _, found := state(second); !found {
			t.Error("the challenge expires with the one that it replaced")
		}
		clk.Advance(time.Minute)
		if _, found := state(second); found {
			t.Error("an expired challenge is found")
		}
	})
}

// alterations make pendingChallenge("one") another challenge.
var alterations = map[string]func(*userpool.PendingChallenge){
	"pool":   func(c *userpool.PendingChallenge) { c.PoolID = "us-east-1_B" },
	"client": func(c *userpool.PendingChallenge) { c.ClientID = "d" },
	"user":   func(c *userpool.PendingChallenge) { c.Username = "bob" },
	"handle": func(c *userpool.PendingChallenge) { c.Handle = []byte("two") },
}

func TestPendingChallengeIsRedeemedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		pool(t, db, "us-east-1_A")
		put := func(handle string) {
			update(t, db, func(tx *store.Tx) error { return tx.PutPendingChallenge(pendingChallenge(handle)) })
		}
		put("one")
		for what, alter := range alterations {
			other := pendingChallenge("one")
			alter(other)
			if _, redeemed := redeemChallenge(t, db, other); redeemed {
				t.Errorf("redeemed with another %s", what)
			}
		}
		var redemptions atomic.Int32
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				if state, redeemed := redeemChallenge(t, db, pendingChallenge("one")); redeemed {
					redemptions.Add(1)
					if state != "PLANTED-private-parameters" {
						t.Errorf("state %q", state)
					}
				}
			})
		}
		all.Wait()
		if redemptions.Load() != 1 {
			t.Errorf("redeemed %d times", redemptions.Load())
		}

		put("late")
		clk.Advance(time.Minute)
		if _, redeemed := redeemChallenge(t, db, pendingChallenge("late")); redeemed {
			t.Error("an expired challenge is redeemed")
		}
		if n, err := db.Sweep(t.Context()); err != nil || n != 1 {
			t.Errorf("swept %d rows, %v", n, err)
		}
	})
}

// Challenges are deleted with their user, client and pool.
func TestPendingChallengeIsDeletedWithItsOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		named := func(handle, client, username string) *userpool.PendingChallenge {
			c := pendingChallenge(handle)
			c.ClientID, c.Username = client, username
			return c
		}
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(
				tx.InsertClient(&userpool.Client{PoolID: p.ID, ID: "c"}),
				tx.InsertUser(p, user(p, "ann", nil)),
				tx.PutPendingChallenge(named("of ann", "x", "ann")),
				tx.PutPendingChallenge(named("of c", "c", "bob")),
				tx.PutPendingChallenge(named("stays", "x", "bob")),
				tx.PutPendingChallenge(named("of the pool", "x", "bob")))
		})
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.DeleteUser(p, "ann"), tx.DeleteClient(p.ID, "c"))
		})
		for _, gone := range []*userpool.PendingChallenge{named("of ann", "x", "ann"), named("of c", "c", "bob")} {
			if _, redeemed := redeemChallenge(t, db, gone); redeemed {
				t.Errorf("%s was not deleted", gone.Handle)
			}
		}
		if _, redeemed := redeemChallenge(t, db, named("stays", "x", "bob")); !redeemed {
			t.Error("the challenge of another user and client was deleted")
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if _, err := db.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		pool(t, db, "us-east-1_A")
		if _, redeemed := redeemChallenge(t, db, named("of the pool", "x", "bob")); redeemed {
			t.Error("the challenge of a deleted pool was not deleted")
		}
	})
}

// ForgiveFailure removes a failure that was recorded before its attempt succeeded,
// and the lock that it caused. It keeps the failures and locks of other attempts.
func TestForgivenFailures(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		fail := func() (before, counted userpool.Lockout) {
			update(t, db, func(tx *store.Tx) (err error) {
				if before, err = tx.Lockout(p.ID, "ann"); err == nil {
					counted, err = tx.RecordFailure(p.ID, "ann")
				}
				return err
			})
			return before, counted
		}
		forgive := func(before, counted userpool.Lockout) (l userpool.Lockout) {
			update(t, db, func(tx *store.Tx) error { return tx.ForgiveFailure(p.ID, "ann", before, counted) })
			view(t, db, func(tx *store.Tx) (err error) {
				l, err = tx.Lockout(p.ID, "ann")
				return err
			})
			return l
		}
		if l := forgive(fail()); l != (userpool.Lockout{}) {
			t.Errorf("the first: %+v", l)
		}
		before, counted := fail()
		for range 4 {
			fail()
		}
		if l := forgive(before, counted); l.Failures != 4 || l.Locked(clk.Now()) {
			t.Errorf("the first of five: %+v", l)
		}
		if _, l := fail(); !l.Locked(clk.Now()) {
			t.Fatalf("positive control: five failures do not lock: %+v", l)
		}
		clk.Advance(2 * time.Second)
		before, counted = fail()
		if !counted.Locked(clk.Now()) {
			t.Fatalf("positive control: the sixth does not lock: %+v", counted)
		}
		if l := forgive(before, counted); l.Failures != 5 || l.Locked(clk.Now()) {
			t.Errorf("the sixth: %+v", l)
		}
		// A later failure of another attempt keeps its lock.
		before, counted = fail()
		clk.Advance(time.Minute)
		fail()
		if l := forgive(before, counted); l.Failures != 6 || !l.Locked(clk.Now()) {
			t.Errorf("one before the last: %+v", l)
		}
	})
}
