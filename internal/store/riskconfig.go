package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// RiskConfigurations are the risk configurations of pools
// (userpool.PoolRisk) and of clients, by client id.
var RiskConfigurations = Collection[userpool.RiskConfiguration, *userpool.RiskConfiguration]{
	kind: "risk-configuration", shape: record.RiskConfiguration,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "There is no risk configuration for %s.", id)
	},
	taken: func(poolID, id string) error {
		return fault.Invalid("A risk configuration for %s already exists in user pool %s.", id, poolID)
	},
}

// RiskConfiguration returns the one of a client or of a pool
// (userpool.PoolRisk), or one that says nothing.
func (tx *Tx) RiskConfiguration(poolID, id string) (*userpool.RiskConfiguration, error) {
	found, err := RiskConfigurations.query(tx, `AND id = $3`, poolID, RiskConfigurations.kind, id)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return &userpool.RiskConfiguration{Resource: userpool.Resource{PoolID: poolID, ID: id}}, nil
	}
	return found[0], nil
}

// RemoveRiskConfiguration deletes one; that there is none is no mistake.
func (tx *Tx) RemoveRiskConfiguration(poolID, id string) error {
	_, err := tx.exec(`DELETE FROM resource WHERE pool_id = $1 AND kind = $2 AND id = $3`,
		poolID, RiskConfigurations.kind, id)
	return err
}
