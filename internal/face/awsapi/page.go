package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// pageSize returns limit if it is positive, else largest.
func pageSize(limit *int32, largest int) int {
	if n := int(number(limit)); n > 0 {
		return n
	}
	return largest
}

// listing is one request for a page of a pool's resources.
type listing struct {
	operation, pool string
	limit           int
	token           *string
}

// resources returns a page of a pool's resources by id, and the token of the
// next page.
func resources[T any, P interface {
	*T
	Head() *userpool.Resource
}](ctx context.Context, o *Operations, of store.Collection[T, P], l listing) (found []P, next *string, err error) {
	scope := page.Scope{Operation: l.operation, Pool: l.pool, Caller: gate.CallerOf(ctx).Account}
	after, err := o.openPage(ctx, scope, l.token)
	if err != nil {
		return nil, nil, err
	}
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, l.pool); err != nil {
			return err
		}
		found, err = of.List(tx, l.pool, after, l.limit+1)
		return err
	})
	if err != nil || len(found) <= l.limit {
		return found, nil, err
	}
	found = found[:l.limit]
	next, err = o.sealPage(scope, found[l.limit-1].Head().ID)
	return found, next, err
}
