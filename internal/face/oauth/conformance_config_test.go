package oauth_test

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
)

// discoveryVerification checks the discovery document, in the order of the suite.
func discoveryVerification(r *rp) {
	p := r.b.Get("/" + r.w.Pool.ID + "/.well-known/openid-configuration")
	r.fail("EnsureDiscoveryEndpointResponseStatusCodeIs200", p.Status == 200, p)
	r.fail("CheckDiscoveryEndpointReturnedJsonContentType",
		strings.HasPrefix(p.Header.Get("Content-Type"), "application/json"), p.Header)
	types, _ := r.server["response_types_supported"].([]any)
	known := false
	for _, t := range types {
		known = known || t == "code" || t == "id_token" || t == "code id_token"
	}
	r.fail("OIDCCCheckDiscEndpointResponseTypesSupported", known, types)
	r.fail("CheckDiscEndpointIssuer", r.server["issuer"] == hostedtest.PublicURL+"/"+r.w.Pool.ID, r.server)
	for name, value := range r.server {
		r.fail("ValidateServerMetadataAgainstSchema", validMetadata(name, value), name)
		r.warn("CheckForUnexpectedParametersInServerMetadata", metadataNames.MatchString(name), name)
		if strings.HasSuffix(name, "_endpoint") || name == "jwks_uri" {
			address, _ := value.(string)
			r.fail("CheckDiscEndpointAllEndpointsAreHttps", strings.HasPrefix(address, "https://"), name)
		}
	}
	r.fail("CheckDiscEndpointSubjectTypesSupported", r.lists("subject_types_supported", "public"), r.server)
	r.fail("OIDCCCheckDiscEndpointIdTokenSigningAlgValuesSupported",
		r.lists("id_token_signing_alg_values_supported", "RS256"), r.server)
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"} {
		r.fail("CheckDiscEndpoint "+name, r.server[name] != nil, r.server)
	}
	r.keySet()
	r.warn("OIDCCCheckDiscEndpointClaimsSupported", r.server["claims_supported"] != nil, r.server)
	grants, listed := r.server["grant_types_supported"].([]any)
	r.fail("OIDCCCheckDiscEndpointGrantTypesSupported", !listed || len(grants) > 0, grants)
	r.fail("CheckDiscEndpointScopesSupportedContainsOpenId", r.lists("scopes_supported", "openid"), r.server)
	for _, scope := range r.server["scopes_supported"].([]any) {
		r.fail("CheckDiscEndpointScopesSupportedSyntax", scopeText.MatchString(scope.(string)), scope)
	}
	_, isList := r.server["code_challenge_methods_supported"].([]any)
	r.fail("EnsureServerConfigurationCodeChallengeMethodsSupportedIsAnArray", isList, r.server)
}

// scopeText matches a scope (RFC 6749 section 3.3).
var scopeText = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]+$`)

// keySet checks the key set: distinct ids, public keys, strong enough.
func (r *rp) keySet() {
	address, _ := r.server["jwks_uri"].(string)
	p := r.b.Get(strings.TrimPrefix(address, hostedtest.PublicURL))
	r.must("FetchServerKeys", p.Status == 200, p)
	ids := map[any]bool{}
	for _, k := range object(r.w.T, p.Body)["keys"].([]any) {
		key := k.(members)
		r.fail("CheckForKeyIdInServerJWKs", key["kid"] != nil, key)
		r.fail("CheckDistinctKeyIdValueInServerJWKs", !ids[key["kid"]], key)
		ids[key["kid"]] = true
		modulus, _ := key["n"].(string)
		strong := len(decode(r.w.T, modulus)) >= 256
		r.fail("ValidateJwksSequence", key["kty"] == "RSA" && strong && key["d"] == nil, key)
	}
	r.fail("CheckServerKeysIsValid", len(ids) > 0, p)
}

// validMetadata reports whether a member of the discovery document has its type.
// Source: RFC 8414 section 2, OpenID Connect Discovery 1.0 section 3.
func validMetadata(name string, value any) bool {
	switch {
	case name == "issuer" || strings.HasSuffix(name, "_endpoint") || strings.HasSuffix(name, "_uri"):
		text, ok := value.(string)
		u, err := url.Parse(text)
		return ok && err == nil && u.IsAbs()
	case flagNames.MatchString(name):
		_, ok := value.(bool)
		return ok
	}
	list, ok := value.([]any)
	for _, element := range list {
		_, isText := element.(string)
		ok = ok && isText
	}
	return ok && len(list) > 0 // a list without elements is left out (RFC 8414 section 2)
}

// flagNames are the members that are true or false.
var flagNames = regexp.MustCompile(`^(claims|request|request_uri)_parameter_supported$|` +
	`^authorization_response_iss_parameter_supported$|^client_id_metadata_document_supported$|` +
	`^require_pushed_authorization_requests$`)

// metadataNames are the members that the suite knows.
var metadataNames = regexp.MustCompile(`^(issuer|jwks_uri|claims_supported|scopes_supported|acr_values_supported|` +
	`subject_types_supported|grant_types_supported|response_(types|modes)_supported|` +
	`code_challenge_methods_supported|id_token_signing_alg_values_supported|` +
	`(authorization|token|userinfo|revocation|introspection|end_session|registration|device_authorization|` +
	`pushed_authorization_request)_endpoint|(token|revocation|introspection)_endpoint_auth_methods_supported|` +
	`require_pushed_authorization_requests|authorization_response_iss_parameter_supported|` +
	`(claims|request|request_uri)_parameter_supported|ui_locales_supported)$`)
