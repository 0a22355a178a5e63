package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// extensionsID is the id of the one resource of this kind in a pool.
const extensionsID = "*"

var poolExtensions = Collection[userpool.PoolExtensions, *userpool.PoolExtensions]{
	kind: "pool-extensions", shape: record.PoolExtensions,
	missing: func(poolID, _ string) error {
		return fault.Newf(fault.ResourceNotFound, "User pool %s has no extensions.", poolID)
	},
	taken: func(string, string) error { return conflict },
}

// PoolExtensions returns the settings of an existing pool that Amazon Cognito has
// no member for. They are shared: copy them before changing them. If none are
// stored, all are off.
func (tx *Tx) PoolExtensions(poolID string) (*userpool.PoolExtensions, error) {
	if tx.cached(poolID) {
		if e := tx.db.cache.extensionsOf(poolID); e != nil {
			return e, nil
		}
	}
	found, err := poolExtensions.query(tx, `AND id = $3`, poolID, poolExtensions.kind, extensionsID)
	if err != nil {
		return nil, err
	}
	e := &userpool.PoolExtensions{Resource: userpool.Resource{PoolID: poolID, ID: extensionsID}}
	if len(found) > 0 {
		e = found[0]
	}
	if tx.cached(poolID) {
		tx.db.cache.cacheExtensions(e, tx.gens)
	}
	return e, nil
}

// PutPoolExtensions replaces the settings of the pool in e.PoolID. Use it inside
// Configure only.
func (tx *Tx) PutPoolExtensions(e *userpool.PoolExtensions) error {
	changing(tx, e)
	e.ID = extensionsID
	tx.touch(e.PoolID)
	return poolExtensions.Put(tx, e)
}
