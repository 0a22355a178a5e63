package userpool

import "time"

// Client is an app client of a pool.
type Client struct {
	PoolID, ID        string
	Version           int64
	Created, Modified time.Time
	// Secrets are the active secrets, oldest first. A public client has none.
	Secrets []ClientSecret
	ClientSettings
}

// ClientSecret is one secret of a confidential client.
type ClientSecret struct {
	ID      string
	Value   Secret
	Created time.Time
}

// ClientSettings are the settings of a client: the members of
// CreateUserPoolClient under their API names. A nil pointer or slice was never
// set, and DescribeUserPoolClient omits it.
type ClientSettings struct {
	Name                                     string
	RefreshTokenValidity                     int32
	AccessTokenValidity, IdTokenValidity     *int32
	TokenValidityUnits                       TokenValidityUnits
	ReadAttributes, WriteAttributes          []string
	ExplicitAuthFlows                        []string
	SupportedIdentityProviders               []string
	CallbackURLs, LogoutURLs                 []string
	DefaultRedirectURI                       *string
	AllowedOAuthFlows, AllowedOAuthScopes    []string
	AllowedOAuthFlowsUserPoolClient          bool
	AnalyticsConfiguration                   *AnalyticsConfiguration
	PreventUserExistenceErrors               *string
	EnableTokenRevocation                    bool
	EnablePropagateAdditionalUserContextData bool
	AuthSessionValidity                      int32 // minutes
	RefreshTokenRotation                     *RefreshTokenRotation
	// SSOSessionMinutes is set by an operation of its own.
	SSOSessionMinutes *int32
	// Registered: the client has registered itself, ClientType DCR.
	Registered bool
}

// TokenValidityUnits are the units of the validity numbers: seconds, minutes,
// hours or days. A nil unit means hours for access and ID tokens, days for
// refresh tokens.
type TokenValidityUnits struct {
	AccessToken, IdToken, RefreshToken *string
}

// AnalyticsConfiguration names an Amazon Pinpoint project.
type AnalyticsConfiguration struct {
	ApplicationId, ApplicationArn, RoleArn, ExternalId *string
	UserDataShared                                     *bool
}

// RefreshTokenRotation replaces the refresh token at each use.
type RefreshTokenRotation struct {
	Feature                 string
	RetryGracePeriodSeconds *int32
}

// Confidential reports whether the client has a secret.
func (c *Client) Confidential() bool { return len(c.Secrets) > 0 }

// HidesUsers reports whether responses must not distinguish an unknown user
// from a wrong password (PreventUserExistenceErrors=ENABLED).
func (c *Client) HidesUsers() bool {
	return c.PreventUserExistenceErrors != nil && *c.PreventUserExistenceErrors == "ENABLED"
}

// MaxTokenLifetime is the maximum lifetime of access and ID tokens. Source: API
// reference CreateUserPoolClient, AccessTokenValidity and IdTokenValidity.
const MaxTokenLifetime = 24 * time.Hour

// AccessTokenLifetime is how long an access token is valid.
func (c *Client) AccessTokenLifetime() time.Duration {
	return lifetime(c.AccessTokenValidity, c.TokenValidityUnits.AccessToken, time.Hour)
}

// IDTokenLifetime is how long an ID token is valid.
func (c *Client) IDTokenLifetime() time.Duration {
	return lifetime(c.IdTokenValidity, c.TokenValidityUnits.IdToken, time.Hour)
}

// RefreshTokenLifetime is how long a refresh token is valid.
func (c *Client) RefreshTokenLifetime() time.Duration {
	return lifetime(&c.RefreshTokenValidity, c.TokenValidityUnits.RefreshToken, 24*time.Hour)
}

// SessionLifetime is how long a challenge session is valid.
func (c *Client) SessionLifetime() time.Duration {
	return time.Duration(c.AuthSessionValidity) * time.Minute
}

func lifetime(n *int32, unit *string, fallback time.Duration) time.Duration {
	if n == nil || *n == 0 {
		if fallback == time.Hour {
			return time.Hour
		}
		return 30 * 24 * time.Hour
	}
	u := fallback
	if unit != nil {
		u = map[string]time.Duration{
			"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour,
		}[*unit]
	}
	return time.Duration(*n) * u
}
