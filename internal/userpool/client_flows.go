package userpool

import "slices"

// legacyFlows are the explicit auth flows without the prefix ALLOW_. A client
// with any of them may also refresh, and use SRP unless CUSTOM_AUTH_FLOW_ONLY
// is listed.
var legacyFlows = []string{"ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY", "USER_PASSWORD_AUTH"}

// defaultFlows are the flows of a client that lists none. Source: API reference
// CreateUserPoolClient.
var defaultFlows = []string{"REFRESH_TOKEN_AUTH", "USER_SRP_AUTH", "CUSTOM_AUTH"}

// Allows reports whether the client may use a flow, named without ALLOW_.
func (c *Client) Allows(flow string) bool {
	switch {
	case len(c.ExplicitAuthFlows) == 0:
		return slices.Contains(defaultFlows, flow)
	case slices.Contains(c.ExplicitAuthFlows, "ALLOW_"+flow):
		return true
	case !slices.ContainsFunc(c.ExplicitAuthFlows, isLegacyFlow):
		return false
	}
	customOnly := slices.Contains(c.ExplicitAuthFlows, "CUSTOM_AUTH_FLOW_ONLY")
	switch flow {
	case "REFRESH_TOKEN_AUTH":
		return true
	case "USER_SRP_AUTH":
		return !customOnly
	case "CUSTOM_AUTH":
		return customOnly
	case "ADMIN_USER_PASSWORD_AUTH":
		return slices.Contains(c.ExplicitAuthFlows, "ADMIN_NO_SRP_AUTH")
	default:
		return slices.Contains(c.ExplicitAuthFlows, flow)
	}
}

func isLegacyFlow(flow string) bool { return slices.Contains(legacyFlows, flow) }

// profileScope in attribute lists means the standard profile claims. Source:
// guide page user-pool-settings-attributes.
const profileScope = "oidc:profile"

var profileAttributes = []string{
	"name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile",
	"picture", "website", "gender", "birthdate", "zoneinfo", "locale",
}

// CanRead reports whether the client may read the attribute. A client without a
// list may read all, including custom ones. sub and identities are always
// readable. Source: guide pages user-pool-settings-client-apps and
// cognito-user-pools-identity-federation-consolidate-users.
func (c *Client) CanRead(p *Pool, attribute string) bool {
	return attribute == "sub" || attribute == IdentitiesAttribute || permits(p, c.ReadAttributes, attribute)
}

// CanWrite reports whether the client may set the attribute. Attributes that
// the pool requires are writable by every client.
func (c *Client) CanWrite(p *Pool, attribute string) bool {
	if a, ok := p.Attribute(attribute); ok && a.Required {
		return true
	}
	return permits(p, c.WriteAttributes, attribute)
}

func permits(p *Pool, list []string, attribute string) bool {
	if a, ok := p.Attribute(attribute); ok && a.DeveloperOnlyAttribute {
		return false
	}
	return list == nil || slices.Contains(list, attribute) ||
		slices.Contains(list, profileScope) && slices.Contains(profileAttributes, attribute)
}
