package token

import (
	"context"
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ErrRotating refuses to rotate the keys of a pool whose next keys do not sign
// yet. ErrNoKeys is for a pool that has none: its first token makes them.
var (
	ErrRotating = errors.New("new keys wait already for their time to sign")
	ErrNoKeys   = errors.New("the pool has no signing keys; its first token makes them")
)

// keyRest is for how long a key verifies after it has stopped signing: its last
// token lives a day, and the node that signed it may have had a slow clock.
const keyRest = userpool.MaxTokenLifetime + time.Hour

// Keymaker replaces the signing keys of pools. Every node follows within a
// second. See docs/divergences TS-23.
type Keymaker struct {
	Store *store.DB
	Stock *Stock
}

// Rotate gives a pool new keys, which are published at once and sign after the
// overlap; the old ones then verify for as long as their tokens live. An
// unknown pool is fault.ResourceNotFound; others that are refused are
// ErrRotating and ErrNoKeys. It returns when the new keys sign.
func (m Keymaker) Rotate(ctx context.Context, poolID string, overlap time.Duration) (signs time.Time, err error) {
	err = m.replace(ctx, poolID, func(tx *store.Tx) (time.Time, int, error) {
		signs = tx.Now.Add(overlap)
		n, err := tx.RetireSigningKeys(poolID, signs.Add(keyRest))
		return signs, n, err
	})
	return signs, err
}

// Replace removes every key of a pool, those that wait included, and gives it
// new ones that sign at once. Tokens that have been signed are no longer valid;
// refresh tokens are. Refusals are those of Rotate without ErrRotating.
func (m Keymaker) Replace(ctx context.Context, poolID string) error {
	return m.replace(ctx, poolID, func(tx *store.Tx) (time.Time, int, error) {
		n, err := tx.DeleteSigningKeys(poolID)
		return tx.Now, n, err
	})
}

// replace puts new keys into the place of those that end ends, which returns
// from when the new ones sign and how many it has ended.
func (m Keymaker) replace(ctx context.Context, poolID string, end func(*store.Tx) (time.Time, int, error)) error {
	pair, err := m.Stock.pair(poolID)
	if err != nil {
		return err
	}
	return m.Store.Configure(ctx, poolID, func(tx *store.Tx) error {
		if _, err := tx.Pool(poolID); err != nil {
			return err
		}
		there, err := tx.SigningKeys(poolID)
		if err != nil {
			return err
		}
		if len(there) == 0 {
			return ErrNoKeys
		}
		signs, ended, err := end(tx)
		if err != nil {
			return err
		}
		if ended == 0 {
			return ErrRotating
		}
		return tx.InsertSigningKeys(dated(pair, tx.Now, signs))
	})
}
