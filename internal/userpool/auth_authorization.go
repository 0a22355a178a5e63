package userpool

import (
	"slices"
	"strings"
	"time"
)

// Authorization is what a user has granted to a client: the content of an
// authorization code until it is redeemed for tokens.
type Authorization struct {
	PoolID, ClientID, Username string
	Created, Expires           time.Time
	// Origin is the token family that the code was redeemed for. It is empty until
	// then; Redeemed is the time.
	Origin   string
	Redeemed time.Time
	AuthorizationTerms
}

// AuthorizationTerms is the part of an authorization that is stored as one
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
	// Provider is the identity provider that authenticated the user; empty means
	// LocalProvider, as in every stored sign-in.
	Provider string
	// Resource is the resource that the authorization is bound to; empty means
	// none.
	Resource string
	// TokenChanges is the response of the pool's PreTokenGeneration function, as a
	// record. It is empty if the function was not called for the code.
	TokenChanges string
	// SSOSession is the id of the SSO session that granted it, or empty.
	SSOSession string
	// ACR and AMR are the claims acr and amr of the tokens.
	ACR string
	AMR []string
	// InfoClaims and IDClaims are the attributes that the request names, beside those
	// of its scopes, for userInfo and for the ID token.
	InfoClaims, IDClaims []string
	// DeviceKey is the key of the browser, if it is a remembered device.
	DeviceKey string
}

// maxResource is the limit of the length of a resource, in bytes: that of a
// callback URL.
const maxResource = 1024

// ValidResource reports whether a client can bind an authorization to the
// resource. It follows the rules of callback URLs and does not have to be the
// identifier of a resource server. Source: guide page
// cognito-user-pools-define-resource-servers, "Resource binding".
func ValidResource(resource string) bool {
	return len(resource) <= maxResource && checkCallback(resource) == nil
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
	// ScopeAddress exists in pools that follow OpenID Connect strictly; Amazon
	// Cognito lacks it. See docs/divergences OA-100.
	ScopeAddress = "address"
)

// LocalProvider is the name of the pool itself as an identity provider.
const LocalProvider = "COGNITO"

// AllowsOAuth reports whether the client may use a flow of AllowedOAuthFlows,
// which AllowedOAuthFlowsUserPoolClient turns on and off together.
func (c *Client) AllowsOAuth(flow string) bool {
	return c.AllowedOAuthFlowsUserPoolClient && slices.Contains(c.AllowedOAuthFlows, flow)
}

// Supports reports whether users of the provider may sign in to the client.
func (c *Client) Supports(provider string) bool {
	return slices.Contains(c.SupportedIdentityProviders, provider)
}

// CustomScope reports whether the scope is none of those with a meaning for users.
func CustomScope(scope string) bool {
	return scope != ScopeAddress && !slices.Contains(builtInScopes, scope)
}

// ScopesRead reports whether the scopes of a grant let the client read an
// attribute. Without email, phone and profile, openid covers all attributes;
// otherwise each of them covers its own. Sources: guide pages
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

// StrictScopesRead is ScopesRead in a pool that follows OpenID Connect strictly:
// each scope covers its own claims, openid only sub, and profile also what OpenID
// Connect does not define. Source: OpenID Connect Core section 5.4. See
// docs/divergences OA-100.
func StrictScopesRead(scopes []string, attribute string) bool {
	scope := ScopeProfile
	switch attribute {
	case "sub":
		return true
	case "email", "email_verified":
		scope = ScopeEmail
	case "phone_number", "phone_number_verified":
		scope = ScopePhone
	case "address":
		scope = ScopeAddress
	}
	return slices.Contains(scopes, scope)
}
