package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ResourceServers are the resource servers of pools, by identifier.
var ResourceServers = Collection[userpool.ResourceServer, *userpool.ResourceServer]{
	kind: "resource-server", shape: record.ResourceServer,
	missing: func(_, id string) error {
		return fault.Newf(fault.ResourceNotFound, "Resource server %s does not exist.", id)
	},
	taken: func(poolID, id string) error {
		return fault.Invalid("%s already exists in user pool %s.", id, poolID)
	},
}
