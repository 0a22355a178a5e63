package userpool

import (
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// ResourceServer is an API whose access tokens can carry scopes of its own.
// Its ID is the identifier. Source: guide page
// cognito-user-pools-define-resource-servers.
type ResourceServer struct {
	Resource
	Name   string
	Scopes []ResourceServerScope
}

// ResourceServerScope is one scope of a resource server.
type ResourceServerScope struct{ Name, Description string }

// MaxResourceServers is how many resource servers a pool may have. Source:
// guide page quotas.
const MaxResourceServers = 25

// ScopeNames returns the scopes as clients and tokens write them.
func (r *ResourceServer) ScopeNames() []string {
	names := make([]string, len(r.Scopes))
	for i, s := range r.Scopes {
		names[i] = r.ID + "/" + s.Name
	}
	return names
}

// Check refuses duplicate scopes.
func (r *ResourceServer) Check() error {
	for i, s := range r.Scopes {
		if slices.ContainsFunc(r.Scopes[:i], func(o ResourceServerScope) bool { return o.Name == s.Name }) {
			return fault.Invalid("Duplicate scope name %s.", s.Name)
		}
	}
	return nil
}
