package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// RiskConfigurations are the risk configurations of pools and clients. The id is
// userpool.PoolRisk or a client id.
var RiskConfigurations = Collection[userpool.RiskConfiguration, *userpool.RiskConfiguration]{
	kind: "risk-configuration", shape: record.RiskConfiguration,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "There is no risk configuration for %s.", id)
	},
	taken: func(poolID, id string) error {
		return fault.Invalid("A risk configuration for %s already exists in user pool %s.", id, poolID)
	},
}

// RiskConfiguration returns the risk configuration of a client, or of a pool if
// id is userpool.PoolRisk. If there is none, it returns an empty one.
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

// RemoveRiskConfiguration removes a risk configuration, if there is one.
func (tx *Tx) RemoveRiskConfiguration(poolID, id string) error {
	return tx.queue(`DELETE FROM resource WHERE pool_id = $1 AND kind = $2 AND id = $3`,
		poolID, RiskConfigurations.kind, id)
}
