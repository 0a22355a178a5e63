package oauth

import (
	"maps"
	"net/http"
	"net/url"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/locale"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// discovery is the metadata of a pool as OpenID Connect provider and as OAuth
// authorization server (OpenID Connect Discovery 1.0 section 3, RFC 8414 section
// 2): the members of Amazon Cognito, and those that newer
// clients read. See docs/divergences OA-3.
type discovery struct {
	AcrValues             []string       `json:"acr_values_supported"`
	AuthorizationEndpoint string         `json:"authorization_endpoint"`
	IssParameter          bool           `json:"authorization_response_iss_parameter_supported"`
	ClientIDMetadata      *bool          `json:"client_id_metadata_document_supported,omitempty"`
	ChallengeMethods      []string       `json:"code_challenge_methods_supported"`
	DeviceEndpoint        string         `json:"device_authorization_endpoint,omitempty"`
	EndSessionEndpoint    string         `json:"end_session_endpoint"`
	GrantTypes            []string       `json:"grant_types_supported"`
	IDTokenSigningAlgs    []string       `json:"id_token_signing_alg_values_supported"`
	IntrospectionEndpoint string         `json:"introspection_endpoint"`
	IntrospectionMethods  []string       `json:"introspection_endpoint_auth_methods_supported"`
	Issuer                string         `json:"issuer"`
	JWKSURI               string         `json:"jwks_uri"`
	PushEndpoint          string         `json:"pushed_authorization_request_endpoint,omitempty"`
	PushRequired          *bool          `json:"require_pushed_authorization_requests,omitempty"`
	RegistrationEndpoint  string         `json:"registration_endpoint,omitempty"`
	ResponseModes         []responseMode `json:"response_modes_supported"`
	ResponseTypes         []string       `json:"response_types_supported"`
	RevocationEndpoint    string         `json:"revocation_endpoint"`
	Scopes                []string       `json:"scopes_supported"`
	SubjectTypes          []string       `json:"subject_types_supported"`
	TokenEndpoint         string         `json:"token_endpoint"`
	AuthMethods           []string       `json:"token_endpoint_auth_methods_supported"`
	UILocales             []string       `json:"ui_locales_supported"`
	UserInfoEndpoint      string         `json:"userinfo_endpoint"`
	*strictMembers
	// elsewhere is whether the addresses are for the client of this request alone.
	elsewhere bool
}

// strictMembers are the further members of pools that follow OpenID Connect
// strictly. See docs/divergences OA-100.
type strictMembers struct {
	Claims          []string `json:"claims_supported"`
	ClaimsParameter bool     `json:"claims_parameter_supported"`
	Request         bool     `json:"request_parameter_supported"`
	RequestURI      bool     `json:"request_uri_parameter_supported"`
}

// protocolClaims are the claims of ID tokens that are no attributes.
var protocolClaims = []string{
	"iss", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "jti", "username", "cognito:username",
	"cognito:groups", "cognito:roles", "cognito:preferred_role",
}

// authMethods are the methods by which a confidential client authenticates.
var authMethods = []string{"client_secret_basic", "client_secret_post"}

// discover returns the metadata of a pool for the client that has sent a
// request. The addresses are where the client can reach them, whatever the form
// of the issuer. See docs/divergences OA-111.
func (f *Face) discover(r *http.Request, poolID string) (*discovery, error) {
	p, domains, err := f.poolWithDomains(r.Context(), poolID)
	if err != nil {
		return nil, err
	}
	on, err := f.extensions(r.Context(), poolID)
	if err != nil {
		return nil, err
	}
	at := f.Addresses.HomeFor(r, p, domains)
	d := &discovery{
		AcrValues:             p.AcrNames(),
		AuthorizationEndpoint: at + authorizePath,
		IssParameter:          true,
		ChallengeMethods:      []string{challengeMethod},
		EndSessionEndpoint:    at + LogoutPath,
		GrantTypes:            grantTypes(on),
		IDTokenSigningAlgs:    []string{"RS256"},
		IntrospectionEndpoint: at + introspectPath,
		IntrospectionMethods:  authMethods,
		Issuer:                f.Tokens.Name(p),
		JWKSURI:               f.Addresses.IssuerFor(r) + "/" + poolID + keysPath,
		ResponseModes:         responseModes,
		ResponseTypes:         slices.Sorted(maps.Keys(responseTypes)),
		RevocationEndpoint:    at + revokePath,
		Scopes: []string{
			userpool.ScopeOpenID, userpool.ScopeEmail, userpool.ScopePhone, userpool.ScopeProfile,
		},
		SubjectTypes:     []string{"public"},
		TokenEndpoint:    at + tokenPath,
		AuthMethods:      authMethods,
		UILocales:        locale.Tags(),
		UserInfoEndpoint: at + userInfoPath,
		elsewhere:        at != f.Addresses.Home(domains),
	}
	if on.DeviceGrant {
		d.DeviceEndpoint = at + devicePath
	}
	if on.PushedRequests {
		d.PushEndpoint, d.PushRequired = at+pushPath, new(bool)
	}
	if on.StrictOIDC {
		d.Scopes = append(d.Scopes, userpool.ScopeAddress)
		d.strictMembers = &strictMembers{Claims: claimNames(p), ClaimsParameter: true}
	}
	named := "?" + poolParam + "=" + url.QueryEscape(poolID)
	if p.DcrConfiguration.Enabled() {
		d.RegistrationEndpoint = at + registerPath + named
		d.AuthMethods = append(slices.Clone(authMethods), "none")
	}
	if on.ClientIDMetadata {
		d.ClientIDMetadata = new(true)
		d.AuthMethods = append(slices.Clone(authMethods), "none")
		d.AuthorizationEndpoint += named
		d.TokenEndpoint += named
		d.RevocationEndpoint += named
		if on.PushedRequests {
			d.PushEndpoint += named
		}
	}
	return d, nil
}

// claimNames returns the names of the claims of a pool: those of the protocol and
// the attributes that users can read.
func claimNames(p *userpool.Pool) []string {
	names := slices.Clone(protocolClaims)
	for _, a := range p.Schema {
		if !a.DeveloperOnlyAttribute {
			names = append(names, a.Name)
		}
	}
	return names
}

// grantTypes returns the grant types of the token endpoint and those of the
// response types.
func grantTypes(on *userpool.PoolExtensions) []string {
	names := slices.Collect(maps.Keys(grants))
	if !on.DeviceGrant {
		names = slices.DeleteFunc(names, func(name string) bool { return name == deviceGrantType })
	}
	for _, t := range responseTypes {
		names = append(names, t.grantType)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
