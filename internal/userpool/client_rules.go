package userpool

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// ClientContext are the facts about its pool that the rules of a client depend
// on.
type ClientContext struct {
	Pool *Pool
	// Providers are the identity providers that exist, Scopes the scopes beyond the
	// built-in ones.
	Providers, Scopes []string
	// Confidential: the client has a secret or will get one.
	Confidential bool
	// Verb is "creating" or "updating", for error messages.
	Verb string
}

// Complete sets defaults and refuses invalid settings. Every create and update
// of a client calls it. Source: API reference CreateUserPoolClient.
func (s *ClientSettings) Complete(in ClientContext) error {
	if s.RefreshTokenValidity == 0 {
		s.RefreshTokenValidity = 30
		s.TokenValidityUnits.RefreshToken = orDays(s.TokenValidityUnits.RefreshToken)
	}
	if s.AuthSessionValidity == 0 {
		s.AuthSessionValidity = 3
	}
	for _, rule := range []func(*ClientSettings, ClientContext) error{
		validityRules, attributeListRules, flowRules, oauthRules, callbackRules,
		providerRules, analyticsRules, rotationRules,
	} {
		if err := rule(s, in); err != nil {
			return err
		}
	}
	return nil
}

// orDays returns the unit for a refresh validity of 0, which means thirty days
// whatever the unit.
func orDays(unit *string) *string {
	if unit == nil {
		return nil
	}
	days := "days"
	return &days
}

func validityRules(s *ClientSettings, _ ClientContext) error {
	if u := &s.TokenValidityUnits; *u != (TokenValidityUnits{}) {
		// If one unit is given, the API returns defaults for the others.
		for _, d := range []struct {
			unit     **string
			fallback string
		}{{&u.AccessToken, "hours"}, {&u.IdToken, "hours"}, {&u.RefreshToken, "days"}} {
			if *d.unit == nil {
				fallback := d.fallback
				*d.unit = &fallback
			}
		}
	}
	c := Client{ClientSettings: *s}
	within := func(d, low, high time.Duration) bool { return d >= low && d <= high }
	access, id, refresh := c.AccessTokenLifetime(), c.IDTokenLifetime(), c.RefreshTokenLifetime()
	if !within(access, 5*time.Minute, MaxTokenLifetime) || !within(id, 5*time.Minute, MaxTokenLifetime) ||
		!within(refresh, time.Hour, 3650*24*time.Hour) || access > refresh || id > refresh {
		return fault.Invalid("Invalid range for token validity.")
	}
	return nil
}

func attributeListRules(s *ClientSettings, in ClientContext) error {
	for _, name := range s.ReadAttributes {
		if !listable(in.Pool, name) {
			return fault.Invalid("Invalid read attributes specified while %s a client", in.Verb)
		}
	}
	if s.WriteAttributes == nil {
		return nil
	}
	bad := fault.Invalid("Invalid write attributes specified while %s a client", in.Verb)
	for _, name := range s.WriteAttributes {
		if !listable(in.Pool, name) || serviceOwned(name) {
			return bad
		}
	}
	for _, a := range in.Pool.Schema {
		if a.Required && a.Name != "sub" && !slices.Contains(s.WriteAttributes, a.Name) {
			return bad
		}
	}
	return nil
}

func listable(p *Pool, name string) bool {
	a, ok := p.Attribute(name)
	return name == profileScope || ok && !a.DeveloperOnlyAttribute
}

func flowRules(s *ClientSettings, in ClientContext) error {
	legacy := slices.ContainsFunc(s.ExplicitAuthFlows, isLegacyFlow)
	modern := slices.ContainsFunc(s.ExplicitAuthFlows, func(f string) bool { return strings.HasPrefix(f, "ALLOW_") })
	if legacy && modern {
		return fault.Invalid("Legacy and ALLOW_ values cannot be mixed in ExplicitAuthFlows.")
	}
	if slices.Contains(s.ExplicitAuthFlows, "ALLOW_CLIENT_TOKEN_AUTH") &&
		(len(s.ExplicitAuthFlows) > 1 || !in.Confidential) {
		return fault.Invalid("ALLOW_CLIENT_TOKEN_AUTH must be the only explicit auth flow of a client with a secret.")
	}
	if s.EnablePropagateAdditionalUserContextData && !in.Confidential {
		return fault.Invalid("EnablePropagateAdditionalUserContextData needs a client with a secret.")
	}
	return nil
}

// builtInScopes are the scopes that no resource server has to define.
var builtInScopes = []string{ScopePhone, ScopeEmail, ScopeOpenID, ScopeProfile, ScopeAdmin}

func oauthRules(s *ClientSettings, in ClientContext) error {
	has := func(flow string) bool { return slices.Contains(s.AllowedOAuthFlows, flow) }
	oauth := func(text string) error { return fault.New(fault.InvalidOAuthFlow, text) }
	switch {
	case s.AllowedOAuthFlowsUserPoolClient && (len(s.AllowedOAuthFlows) == 0 || len(s.AllowedOAuthScopes) == 0):
		return fault.Invalid(
			"AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.",
		)
	case has("client_credentials") && (has("code") || has("implicit")):
		return oauth("client_credentials flow can not be selected along with code flow or implicit flow.")
	case has("client_credentials") && !in.Confidential:
		return oauth("client_credentials flow can not be selected if client does not have a client secret.")
	case has("client_credentials") && slices.Contains(s.AllowedOAuthScopes, ScopeOpenID):
		return oauth("openid is not supported with client_credentials flow")
	case (has("code") || has("implicit")) && len(s.CallbackURLs) == 0:
		return oauth("CallbackUrls can not be empty when code flow or implicit flow is selected")
	}
	if s.Registered && slices.Contains(s.AllowedOAuthScopes, ScopeRegister) {
		return fault.Invalid("A client that was registered dynamically cannot have the scope %s.", ScopeRegister)
	}
	for _, scope := range s.AllowedOAuthScopes {
		if !slices.Contains(builtInScopes, scope) && !slices.Contains(in.Scopes, scope) {
			return fault.Newf(fault.ScopeDoesNotExist, "Invalid scope requested: %s", scope)
		}
	}
	return nil
}

func callbackRules(s *ClientSettings, _ ClientContext) error {
	for _, u := range append(slices.Clone(s.CallbackURLs), s.LogoutURLs...) {
		if err := checkCallback(u); err != nil {
			return err
		}
	}
	if d := s.DefaultRedirectURI; d != nil && !slices.Contains(s.CallbackURLs, *d) {
		return fault.Invalid("The default redirect URI %s is not in the callback URIs list.", *d)
	}
	return nil
}

// scriptSchemes are URL schemes that run code or read local data.
var scriptSchemes = []string{"javascript", "data", "vbscript", "blob", "file", "about"}

// checkCallback accepts https, http to localhost, and the schemes of apps.
// Source: guide page user-pool-settings-client-apps.
func checkCallback(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' }):
		return fault.Invalid("%s is not a valid callback URL.", text)
	case strings.Contains(text, "#"):
		return fault.Invalid("%s cannot contain a fragment.", text)
	case slices.Contains(scriptSchemes, strings.ToLower(u.Scheme)):
		return fault.Invalid("%s cannot use the %s scheme.", text, strings.ToUpper(u.Scheme))
	case u.Scheme == "https" && u.Host == "", u.User != nil:
		return fault.Invalid("%s is not a valid callback URL.", text)
	case u.Scheme == "http" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()):
		return fault.Invalid("%s cannot use the HTTP protocol.", text)
	}
	return nil
}

func providerRules(s *ClientSettings, in ClientContext) error {
	for _, name := range s.SupportedIdentityProviders {
		if name != "COGNITO" && !slices.Contains(in.Providers, name) {
			return fault.Invalid("The provider %s does not exist for User Pool %s", name, in.Pool.ID)
		}
	}
	return nil
}

func analyticsRules(s *ClientSettings, _ ClientContext) error {
	a := s.AnalyticsConfiguration
	if a == nil || a.ApplicationArn != nil || a.ApplicationId != nil && a.RoleArn != nil && a.ExternalId != nil {
		return nil
	}
	return fault.Invalid("Invalid analytics configuration given, " +
		"either <application arn> or <application id, role arn, external id> are valid")
}

func rotationRules(s *ClientSettings, _ ClientContext) error {
	r := s.RefreshTokenRotation
	if r == nil || r.Feature != "ENABLED" {
		return nil
	}
	c := Client{ClientSettings: *s}
	if c.Allows("REFRESH_TOKEN_AUTH") {
		return fault.Invalid("ALLOW_REFRESH_TOKEN_AUTH cannot be enabled together with refresh token rotation.")
	}
	return nil
}
