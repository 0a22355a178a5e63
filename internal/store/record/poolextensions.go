package record

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// PoolExtensions are the settings of a pool for which Amazon Cognito has no
// member.
var PoolExtensions = of("pool_extensions", 1, fromPoolExtensions, toPoolExtensions)

type poolExtensions struct {
	userpool.Resource `json:"-"`
	StrictOIDC        bool `json:"StrictOIDC,omitempty"`
	DeviceGrant       bool `json:"DeviceGrant,omitempty"`
	PushedRequests    bool `json:"PushedRequests,omitempty"`
	ClientIDMetadata  bool `json:"ClientIDMetadata,omitempty"`
}

func fromPoolExtensions(e userpool.PoolExtensions) poolExtensions { return poolExtensions(e) }

func toPoolExtensions(e poolExtensions) userpool.PoolExtensions { return userpool.PoolExtensions(e) }
