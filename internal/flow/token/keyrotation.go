package token

import (
	"context"
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ErrRotating is returned for a pool whose next keys do not sign yet. ErrNoKeys
// is returned for a pool without keys: the first use makes them.
var (
	ErrRotating = errors.New("a rotation is in progress: the next keys do not sign yet")
	ErrNoKeys   = errors.New("the pool has no signing keys; its first token makes them")
)

// keyRest is how long a key verifies after it has stopped signing. Its last
// token is valid for up to a day, and the clock of the node that signed it may
// be behind.
const keyRest = userpool.MaxTokenLifetime + time.Hour

// Keymaker replaces the signing keys of pools. Every node uses the new keys
// within a second. See docs/divergences TS-23.
type Keymaker struct {
	Store *store.DB
	Stock *Stock
}

// Rotate gives a pool new keys, which are published at once and sign after the
// overlap. The old keys verify until the last of their tokens has expired. It
// returns the time from which the new keys sign. An unknown pool is
// fault.ResourceNotFound; other refusals are ErrRotating and ErrNoKeys.
func (m Keymaker) Rotate(ctx context.Context, poolID string, overlap time.Duration) (signs time.Time, err error) {
	err = m.replace(ctx, poolID, func(tx *store.Tx) (time.Time, int, error) {
		signs = tx.Now.Add(overlap)
		n, err := tx.RetireSigningKeys(poolID, signs.Add(keyRest))
		return signs, n, err
	})
	return signs, err
}

// Replace removes every key of a pool, also those that do not sign yet, and
// gives it new ones that sign at once. Access and ID tokens signed before are
// no longer valid; refresh tokens stay valid. Errors are those of Rotate without
// ErrRotating.
func (m Keymaker) Replace(ctx context.Context, poolID string) error {
	return m.replace(ctx, poolID, func(tx *store.Tx) (time.Time, int, error) {
		n, err := tx.DeleteSigningKeys(poolID)
		return tx.Now, n, err
	})
}

// replace inserts new keys after end has retired the old ones. end returns the
// time from which the new ones sign and the number of keys that it retired.
func (m Keymaker) replace(ctx context.Context, poolID string, end func(*store.Tx) (time.Time, int, error)) error {
	pair, err := m.Stock.pair(poolID)
	if err != nil {
		return err
	}
	return m.Store.Configure(ctx, poolID, func(tx *store.Tx) error {
		if _, err := tx.Pool(poolID); err != nil {
			return err
		}
		old, err := tx.SigningKeys(poolID)
		if err != nil {
			return err
		}
		if len(old) == 0 {
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
