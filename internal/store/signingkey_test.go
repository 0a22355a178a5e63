package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// signingPair returns a key for each use, whose ids and secrets end with name.
func signingPair(p *userpool.Pool, name string, signs time.Time) (pair []userpool.SigningKey) {
	for _, use := range userpool.KeyUses {
		id := string(use) + "-" + name
		pair = append(pair, userpool.SigningKey{
			PoolID: p.ID, Use: use, KeyID: id, PKCS8: []byte(id), Created: storetest.Start, Signs: signs,
		})
	}
	return pair
}

// signingKeyIDs returns the ids of a pool's keys, and verifies their secrets.
func signingKeyIDs(t *testing.T, db *store.DB, p *userpool.Pool) (ids []string) {
	t.Helper()
	view(t, db, func(tx *store.Tx) error {
		keys, err := tx.SigningKeys(p.ID)
		ids = nil
		for _, k := range keys {
			if string(k.PKCS8) != k.KeyID {
				t.Errorf("the secret of %s is %s", k.KeyID, k.PKCS8)
			}
			ids = append(ids, k.KeyID)
		}
		return err
	})
	return ids
}

// rotateKeys retires the keys of a pool and adds others. It reports whether there
// were keys to retire.
func rotateKeys(tx *store.Tx, p *userpool.Pool, name string, signs, expires time.Time) (bool, error) {
	n, err := tx.RetireSigningKeys(p.ID, expires)
	if err != nil || n == 0 {
		return false, err
	}
	return true, tx.InsertSigningKeys(signingPair(p, name, signs))
}

// First keys are inserted once. Keys are listed in the order in which they sign,
// retired once, and removed when they have expired.
func TestSigningKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p, other := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
		for _, name := range []string{"first", "late"} {
			update(t, db, func(tx *store.Tx) error { return tx.InsertSigningKeys(signingPair(p, name, time.Time{})) })
		}
		update(t, db, func(tx *store.Tx) error {
			return tx.InsertSigningKeys(signingPair(other, "other", time.Time{}))
		})
		has := func(want ...string) {
			t.Helper()
			if got := signingKeyIDs(t, db, p); !slices.Equal(got, want) {
				t.Errorf("keys %v, want %v", got, want)
			}
		}
		has("id-first", "access-first")
		signs := clk.Now().Add(time.Hour)
		rotates := func(name string, want bool) {
			t.Helper()
			update(t, db, func(tx *store.Tx) error {
				done, err := rotateKeys(tx, p, name, signs, signs.Add(time.Hour))
				if done != want {
					t.Errorf("%s: rotated %v, want %v", name, done, want)
				}
				return err
			})
		}
		rotates("second", true)
		rotates("early", false)
		has("id-first", "access-first", "id-second", "access-second")
		view(t, db, func(tx *store.Tx) error {
			keys, err := tx.SigningKeys(p.ID)
			for i, k := range keys {
				if first := i < 2; k.Signs.IsZero() != first || k.Expires.IsZero() == first {
					t.Errorf("%s signs from %v and expires %v", k.KeyID, k.Signs, k.Expires)
				}
			}
			return err
		})
		clk.Advance(2*time.Hour - time.Millisecond)
		sweep(t, db)
		has("id-first", "access-first", "id-second", "access-second")
		clk.Advance(time.Millisecond)
		sweep(t, db)
		has("id-second", "access-second")

		signs = clk.Now().Add(time.Hour)
		rotates("third", true)
		update(t, db, func(tx *store.Tx) error {
			n, err := tx.DeleteSigningKeys(p.ID)
			if n != 4 {
				t.Errorf("%d keys were deleted", n)
			}
			return err
		})
		has()
		view(t, db, func(tx *store.Tx) error {
			ids, err := tx.PoolsWithSigningKeys()
			if !slices.Equal(ids, []string{other.ID}) {
				t.Errorf("pools with keys: %v", ids)
			}
			return err
		})
		if got := signingKeyIDs(t, db, other); !slices.Equal(got, []string{"id-other", "access-other"}) {
			t.Errorf("the other pool has %v", got)
		}
	})
}

// A node of a version without rotation reads the first keys of a pool that newer
// nodes have created, also if there are later keys. Newer nodes read the keys that
// it creates.
func TestSigningKeysOfAnOlderNode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p, other := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
		first := signingPair(p, "first", time.Time{})
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertSigningKeys(first); err != nil {
				return err
			}
			_, err := rotateKeys(tx, p, "second", clk.Now().Add(time.Hour), clk.Now().Add(2*time.Hour))
			return err
		})
		update(t, db, func(tx *store.Tx) error {
			older := append(signingPair(p, "older", time.Time{}), signingPair(other, "older", time.Time{})...)
			for _, k := range older {
				if err := store.InsertSigningKeyBeforeRotation(tx, k); err != nil {
					return err
				}
			}
			return nil
		})
		view(t, db, func(tx *store.Tx) error {
			keys, err := store.SigningKeysBeforeRotation(tx, p.ID)
			for _, k := range first {
				if got := keys[k.Use]; got.KeyID != k.KeyID || string(got.PKCS8) != k.KeyID {
					t.Errorf("the key for %s tokens is %s, want %s", k.Use, got.KeyID, k.KeyID)
				}
			}
			return err
		})
		if got := signingKeyIDs(t, db, other); !slices.Equal(got, []string{"id-older", "access-older"}) {
			t.Errorf("read %v of the older node's keys", got)
		}
	})
}
