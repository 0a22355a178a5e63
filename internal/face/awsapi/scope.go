package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ownPool returns a pool of the caller; see gate.Caller.Pool.
func (o *Operations) ownPool(ctx context.Context, tx *store.Tx, poolID string) (*userpool.Pool, error) {
	return gate.CallerOf(ctx).Pool(tx, poolID)
}
