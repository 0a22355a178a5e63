package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// UICustomizations are the customizations of the classic hosted UI, by client id
// or brand.AllClients.
var UICustomizations = Collection[brand.UICustomization, *brand.UICustomization]{
	kind: "ui-customization", shape: record.UICustomization,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "There is no UI customization for %s.", id)
	},
	taken: func(poolID, id string) error {
		return fault.Invalid("A UI customization for %s already exists in user pool %s.", id, poolID)
	},
}

// UICustomization returns the customization of a client's pages: the client's,
// else the pool's, else nil.
func (tx *Tx) UICustomization(poolID, clientID string) (*brand.UICustomization, error) {
	for _, id := range []string{clientID, brand.AllClients} {
		found, err := UICustomizations.query(tx, `AND id = $3`, poolID, UICustomizations.kind, id)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			return found[0], nil
		}
	}
	return nil, nil
}

// RemoveUICustomization removes the customization of a client, or of the pool if
// id is brand.AllClients, if there is one.
func (tx *Tx) RemoveUICustomization(poolID, id string) error {
	return tx.queue(`DELETE FROM resource WHERE pool_id = $1 AND kind = $2 AND id = $3`,
		poolID, UICustomizations.kind, id)
}
