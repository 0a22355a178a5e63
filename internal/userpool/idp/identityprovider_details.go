package idp

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// maxProviderDetails bounds the number of details of a provider.
const maxProviderDetails = 50

// endpointKeys are the details that are URLs of the provider.
var endpointKeys = []string{"oidc_issuer", "authorize_url", "token_url", "attributes_url", "jwks_uri"}

// discoverable are the endpoints that a discovery document may provide instead.
var discoverable = []string{"authorize_url", "token_url", "attributes_url", "jwks_uri"}

// completeDetails checks the details that each type requires and adds those
// that the service derives. A caller's value for a derived key is kept; so are
// unknown keys. Source: API reference CreateIdentityProvider, ProviderDetails.
func (ip *Provider) completeDetails(plain Plain) error {
	if len(ip.Details) > maxProviderDetails {
		return fault.Invalid("ProviderDetails cannot have more than %d keys.", maxProviderDetails)
	}
	var err error
	switch ip.Type {
	case SAML:
		err = ip.checkSAML(plain)
	case OIDC:
		err = ip.checkOIDC()
	case SignInWithApple:
		err = ip.need("clientId, privateKey, teamId, and keyId are all required idp details.",
			"client_id", "private_key", "team_id", "key_id")
	default:
		err = ip.need("clientId, clientSecret and authorizeScopes are all required idp details.",
			"client_id", "client_secret", "authorize_scopes")
	}
	if err != nil {
		return err
	}
	if v := ip.Details["api_version"]; v != "" && !graphVersion.MatchString(v) {
		return fault.Invalid("api_version %s is not valid.", v)
	}
	for key, value := range ip.derivedDetails() {
		if ip.Details[key] == "" {
			ip.Details = with(ip.Details, key, value)
		}
	}
	return ip.checkEndpoints(plain)
}

func (ip *Provider) need(refusal string, keys ...string) error {
	if slices.ContainsFunc(keys, func(k string) bool { return ip.Details[k] == "" }) {
		return fault.Invalid("%s", refusal)
	}
	return nil
}

func (ip *Provider) checkOIDC() error {
	if err := ip.need("clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
		"client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"); err != nil {
		return err
	}
	if m := ip.Details["attributes_request_method"]; m != "GET" && m != "POST" {
		return fault.Invalid("attributes_request_method must be one of [POST, GET].")
	}
	return nil
}

// samlSwitches are the boolean details of a SAML provider.
var samlSwitches = []string{"IDPSignout", "IDPInit", "EncryptedResponses"}

func (ip *Provider) checkSAML(plain Plain) error {
	link, file := ip.Details["MetadataURL"], ip.Details["MetadataFile"]
	switch {
	case link == "" && file == "":
		return fault.Invalid("At least one of the MetadataURL or MetadataFile should be provided.")
	case link != "" && file != "":
		return fault.Invalid("Only one of the MetadataURL or MetadataFile should be provided.")
	case link != "" && !plain.allows(link):
		return fault.Invalid("MetadataURL must start with https://")
	}
	for _, key := range samlSwitches {
		if v := strings.ToLower(ip.Details[key]); v != "" && v != "true" && v != "false" {
			return fault.Invalid("%s must be true or false.", key)
		}
	}
	if v := ip.Details["RequestSigningAlgorithm"]; v != "" && v != "rsa-sha256" {
		return fault.Invalid("RequestSigningAlgorithm must be rsa-sha256.")
	}
	return nil
}

func (ip *Provider) checkEndpoints(plain Plain) error {
	for _, key := range endpointKeys {
		if v := ip.Details[key]; v != "" && !plain.allows(v) {
			return fault.Invalid("OIDC endpoint must start with https://")
		}
	}
	return nil
}

// Plain reports whether a URL may have the scheme http; nil allows none. It may
// resolve the host.
type Plain func(*url.URL) bool

// allows reports whether text is an absolute URL without user information or
// fragment, with https, or with http where plain allows it.
func (plain Plain) allows(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Hostname() != "" && u.User == nil && u.Fragment == "" &&
		!strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == '\\' || r == 0x7f }) &&
		(u.Scheme == "https" || u.Scheme == "http" && plain != nil && plain(u))
}

// NeedsDiscovery reports whether endpoints of an OIDC provider must be read
// from its discovery document.
func (ip *Provider) NeedsDiscovery() bool {
	return ip.Type == OIDC && ip.Discovered == nil &&
		slices.ContainsFunc(discoverable, func(k string) bool { return ip.Details[k] == "" })
}

// DiscoveryURL is where an OIDC issuer publishes its endpoints. Source: OpenID
// Connect Discovery 1.0 section 4.
func (ip *Provider) DiscoveryURL() string {
	return strings.TrimSuffix(ip.Details["oidc_issuer"], "/") + "/.well-known/openid-configuration"
}

// Discovery are the members used of an issuer's discovery document.
type Discovery struct {
	Issuer    string
	Authorize string
	Token     string
	UserInfo  string
	JWKS      string
}

// Discover sets the endpoints from a discovery document, whose issuer must be
// the configured one (OpenID Connect Discovery 1.0 section 4.3; a final slash
// may differ). The attributes endpoint may be missing. See docs/divergences
// PC-9.
func (ip *Provider) Discover(d Discovery, plain Plain) error {
	issuer := ip.Details["oidc_issuer"]
	if strings.TrimSuffix(d.Issuer, "/") != strings.TrimSuffix(issuer, "/") {
		return fault.Invalid("The discovery document of %s names another issuer.", issuer)
	}
	found := map[string]string{
		"authorize_url": d.Authorize, "token_url": d.Token, "attributes_url": d.UserInfo, "jwks_uri": d.JWKS,
	}
	for _, key := range discoverable {
		switch v := found[key]; {
		case v == "" && key == "attributes_url":
			delete(found, key)
		case v == "" && ip.Details[key] == "":
			return fault.Invalid("The discovery document of %s lacks %s.", issuer, key)
		case v != "" && !plain.allows(v):
			return fault.Invalid("OIDC endpoint must start with https://")
		}
	}
	ip.Discovered = found
	return nil
}

// graphVersion matches Facebook's API versions, which become part of URLs.
var graphVersion = regexp.MustCompile(`^v[0-9]{1,3}\.[0-9]{1,2}$`)

// defaultGraphVersion is Facebook's API version if the caller gives none.
const defaultGraphVersion = "v17.0"

// derivedDetails returns the details that the service adds to a provider's.
// Source: API reference IdentityProviderType.
func (ip *Provider) derivedDetails() map[string]string {
	switch ip.Type {
	case OIDC:
		return map[string]string{"attributes_url_add_attributes": "false"}
	case Google:
		return map[string]string{
			"attributes_url":                "https://people.googleapis.com/v1/people/me?personFields=",
			"attributes_url_add_attributes": "true", "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
			"oidc_issuer": "https://accounts.google.com", "token_request_method": "POST",
			"token_url": "https://www.googleapis.com/oauth2/v4/token",
		}
	case Facebook:
		v := ip.Details["api_version"]
		if v == "" {
			v = defaultGraphVersion
		}
		return map[string]string{
			"attributes_url":                "https://graph.facebook.com/" + v + "/me?fields=",
			"attributes_url_add_attributes": "true",
			"authorize_url":                 "https://www.facebook.com/" + v + "/dialog/oauth",
			"token_request_method":          "GET",
			"token_url":                     "https://graph.facebook.com/" + v + "/oauth/access_token",
		}
	case LoginWithAmazon:
		return map[string]string{
			"attributes_url": "https://api.amazon.com/user/profile", "attributes_url_add_attributes": "false",
			"authorize_url": "https://www.amazon.com/ap/oa", "token_request_method": "POST",
			"token_url": "https://api.amazon.com/auth/o2/token",
		}
	case SignInWithApple:
		return map[string]string{
			"attributes_url_add_attributes": "false", "authorize_url": "https://appleid.apple.com/auth/authorize",
			"oidc_issuer": "https://appleid.apple.com", "token_request_method": "POST",
			"token_url": "https://appleid.apple.com/auth/token",
		}
	}
	return nil
}

// Text returns the certificate as the API does: base64 without PEM lines.
func (c *CertificateKey) Text() string { return base64.StdEncoding.EncodeToString(c.Certificate) }
