package userpool

import (
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// MachineScopes returns the scopes of a client credentials grant: the requested
// ones, or all of the client's custom scopes if none are requested. Each
// requested scope must be a custom scope of the client. Source: API reference
// GetClientToken, guide page cognito-user-pools-define-resource-servers.
func (c *Client) MachineScopes(requested []string) ([]string, error) {
	custom := slices.DeleteFunc(slices.Clone(c.AllowedOAuthScopes),
		func(s string) bool { return !CustomScope(s) })
	if len(requested) == 0 {
		return custom, nil
	}
	var granted []string
	for _, s := range requested {
		if !slices.Contains(custom, s) {
			return nil, fault.Invalid("Invalid scope requested: %s", s)
		}
		if !slices.Contains(granted, s) {
			granted = append(granted, s)
		}
	}
	return granted, nil
}
