package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ownPool returns a pool of the caller's account and region. The error for
// another account's pool is the same as for a pool that does not exist.
func (o *Operations) ownPool(ctx context.Context, tx *store.Tx, poolID string) (*userpool.Pool, error) {
	p, err := tx.Pool(poolID)
	if err != nil {
		return nil, err
	}
	if c := gate.CallerOf(ctx); p.Account != c.Account || p.Region != c.Region {
		return nil, fault.PoolDoesNotExist(poolID)
	}
	return p, nil
}
