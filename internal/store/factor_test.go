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

// tokens returns the verified and the pending secret of ann.
func tokens(t *testing.T, db *store.DB, p *userpool.Pool) (verified, pending *userpool.SoftwareToken) {
	t.Helper()
	view(t, db, func(tx *store.Tx) (err error) {
		if verified, err = tx.SoftwareToken(p.ID, "ann"); err != nil {
			return err
		}
		pending, err = tx.PendingSoftwareToken(p.ID, "ann")
		return err
	})
	return verified, pending
}

// A new secret is pending beside the verified one and replaces it when it is
// adopted. It can be adopted once.
func TestSoftwareTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		one, two := &userpool.SoftwareToken{ID: "one", Secret: "ONE"}, &userpool.SoftwareToken{ID: "two", Secret: "TWO"}
		adopt := func(of *userpool.SoftwareToken, step int64) (first bool) {
			t.Helper()
			update(t, db, func(tx *store.Tx) (err error) {
				first, err = tx.AdoptSoftwareToken(p.ID, "ann", of, step)
				return err
			})
			return first
		}
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(p, user(p, "ann", nil)), tx.PutPendingSoftwareToken(p.ID, "ann", one))
		})
		if v, w := tokens(t, db, p); v != nil || w == nil || w.ID != "one" || w.Secret != "ONE" ||
			!w.Created.Equal(storetest.Start) {
			t.Fatalf("before adoption: %v, %+v", v, w)
		}
		if !adopt(one, 7) || adopt(one, 8) {
			t.Error("a secret was not adopted exactly once")
		}
		update(t, db, func(tx *store.Tx) error { return tx.PutPendingSoftwareToken(p.ID, "ann", two) })
		if v, w := tokens(t, db, p); v == nil || v.ID != "one" || v.Secret != "ONE" || v.Spent != 7 || w == nil ||
			w.ID != "two" {
			t.Errorf("with a second one pending: %+v, %+v", v, w)
		}
		if adopt(one, 9) || !adopt(two, 3) {
			t.Error("the wrong secret was adopted")
		}
		if v, w := tokens(t, db, p); v == nil || v.ID != "two" || v.Secret != "TWO" || v.Spent != 3 || w != nil {
			t.Errorf("after the second adoption: %+v, %+v", v, w)
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		if v, w := tokens(t, db, p); v != nil || w != nil {
			t.Errorf("the secrets of a deleted user: %+v, %+v", v, w)
		}
	})
}

// The last used step only increases, only for the user's current secret, and of
// parallel calls only one succeeds.
func TestSpendingSteps(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		one := &userpool.SoftwareToken{ID: "one", Secret: "ONE"}
		update(t, db, func(tx *store.Tx) error {
			if err := tx.PutPendingSoftwareToken(p.ID, "ann", one); err != nil {
				return err
			}
			_, err := tx.AdoptSoftwareToken(p.ID, "ann", one, 10)
			return err
		})
		for _, c := range []struct {
			id   string
			step int64
			want bool
		}{
			{"one", 10, false}, {"one", 9, false}, {"other", 11, false}, {"one", 12, true}, {"one", 11, false},
			{"one", 12, false},
		} {
			update(t, db, func(tx *store.Tx) error {
				got, err := tx.SpendSoftwareTokenStep(p.ID, "ann", c.id, c.step)
				if got != c.want {
					t.Errorf("step %d of %s: %v, want %v", c.step, c.id, got, c.want)
				}
				return err
			})
		}
		var won atomic.Int64
		var done sync.WaitGroup
		for range 20 {
			done.Go(func() {
				var first bool
				err := db.Update(t.Context(), func(tx *store.Tx) (err error) {
					first, err = tx.SpendSoftwareTokenStep(p.ID, "ann", "one", 20)
					return err
				})
				if err != nil {
					t.Error(err)
				}
				if first {
					won.Add(1)
				}
			})
		}
		done.Wait()
		if won.Load() != 1 {
			t.Errorf("one step was spent %d times", won.Load())
		}
	})
}

func TestDeletingSoftwareTokens(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		one := &userpool.SoftwareToken{ID: "one", Secret: "ONE"}
		remove := func() (had bool) {
			t.Helper()
			update(t, db, func(tx *store.Tx) (err error) {
				had, err = tx.DeleteSoftwareToken(p.ID, "ann")
				return err
			})
			return had
		}
		put := func() {
			update(t, db, func(tx *store.Tx) error { return tx.PutPendingSoftwareToken(p.ID, "ann", one) })
		}
		put()
		if remove() {
			t.Error("a pending secret counts as verified")
		}
		put()
		update(t, db, func(tx *store.Tx) error {
			_, err := tx.AdoptSoftwareToken(p.ID, "ann", one, 1)
			return err
		})
		put()
		if !remove() || remove() {
			t.Error("the secret was not removed exactly once")
		}
		if v, w := tokens(t, db, p); v != nil || w != nil {
			t.Errorf("left: %+v, %+v", v, w)
		}
	})
}
