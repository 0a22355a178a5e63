package userpool

import (
	"slices"
	"strings"
	"time"
)

// Authorization is what a user has let a client have: the content of an
// authorization code, until it is redeemed for tokens.
type Authorization struct {
	PoolID, ClientID, Username string
	Created, Expires           time.Time
	// Origin is the token family that the code was redeemed for, at Redeemed;
	// empty while it was not.
	Origin   string
	Redeemed time.Time
	AuthorizationTerms
}

// AuthorizationTerms is the part of an authorization that is kept as one
// document.
type AuthorizationTerms struct {
	Sub         string
	RedirectURI string
	// RedirectImplied: the request did not name RedirectURI.
	RedirectImplied bool
	Scopes          []string
	Nonce           string
	// Challenge is the PKCE challenge of method S256, or empty.
	Challenge string
	AuthTime  time.Time
	EventID   string
	// Provider is the identity provider that authenticated the user; empty is
	// LocalProvider, as everywhere where a sign-in is remembered.
	Provider string
}

// AuthorizationLifetime is how long a code can be redeemed. Source: guide page
// authorization-endpoint.
const AuthorizationLifetime = 5 * time.Minute

// The flows of AllowedOAuthFlows.
const (
	FlowCode              = "code"
	FlowImplicit          = "implicit"
	FlowClientCredentials = "client_credentials"
)

// The scopes that no resource server has to define.
const (
	ScopeOpenID  = "openid"
	ScopeEmail   = "email"
	ScopePhone   = "phone"
	ScopeProfile = "profile"
	ScopeAdmin   = "aws.cognito.signin.user.admin"
)

// LocalProvider names the pool's own users among identity providers.
const LocalProvider = "COGNITO"

// AllowsOAuth reports whether the client may use a flow of AllowedOAuthFlows,
// which AllowedOAuthFlowsUserPoolClient switches on and off as a whole.
func (c *Client) AllowsOAuth(flow string) bool {
	return c.AllowedOAuthFlowsUserPoolClient && slices.Contains(c.AllowedOAuthFlows, flow)
}

// Supports reports whether users of the provider may sign in to the client.
func (c *Client) Supports(provider string) bool {
	return slices.Contains(c.SupportedIdentityProviders, provider)
}

// CustomScope reports whether a scope is one that a resource server defines.
func CustomScope(scope string) bool { return !slices.Contains(builtInScopes, scope) }

// ScopesRead reports whether the scopes of a grant let the client read an
// attribute: openid alone all of them, openid beside email, phone or profile
// only those of these. Sources: guide pages
// cognito-user-pools-define-resource-servers and userinfo-endpoint.
func ScopesRead(scopes []string, attribute string) bool {
	has := func(scope string) bool { return slices.Contains(scopes, scope) }
	if attribute == "sub" || attribute == IdentitiesAttribute {
		return true
	}
	if !has(ScopeEmail) && !has(ScopePhone) && !has(ScopeProfile) {
		return true
	}
	switch attribute {
	case "email", "email_verified":
		return has(ScopeEmail)
	case "phone_number", "phone_number_verified":
		return has(ScopePhone)
	}
	return has(ScopeProfile) && (attribute == "updated_at" || strings.HasPrefix(attribute, "custom:") ||
		slices.Contains(profileAttributes, attribute))
}
