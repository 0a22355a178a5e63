package awsapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
)

// resolves are the addresses of the names in these tests.
var resolves = map[string]string{
	"inside.test": "127.0.0.1", "outside.test": "93.184.216.34", "metadata.test": "169.254.169.254",
	"both.test": "127.0.0.1 169.254.169.254",
}

// near is a server with http on loopback, in place of providers in the operator's
// network, of which allowed prefixes may be called.
func (w *world) near(h http.HandlerFunc, allowed ...string) (port string) {
	w.t.Helper()
	s := httptest.NewServer(h)
	w.t.Cleanup(s.Close)
	config := fetch.Config{Lookup: func(_ context.Context, host string) (addrs []netip.Addr, err error) {
		for _, a := range strings.Fields(resolves[host]) {
			addrs = append(addrs, netip.MustParseAddr(a))
		}
		return addrs, nil
	}}
	for _, p := range allowed {
		config.Allow = append(config.Allow, netip.MustParsePrefix(p))
	}
	rand := entropy.System()
	w.gate.Service.(*awsapi.Operations).Federation = federation.New(federation.Config{
		Store: w.db, Clock: w.clk, Entropy: rand, Stock: tokentest.Stock(), Fetch: fetch.New(config),
	})
	return strings.TrimPrefix(s.URL, "http://127.0.0.1")
}

// Providers with http are accepted where the operator allows every address of
// their host; elsewhere the refusal is that for http.
func TestProvidersOverHTTP(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	var issuer, tokenURL string
	samlDocument := w.samlMetadata(pool, "")
	serve := func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/metadata" {
			_, _ = rw.Write([]byte(samlDocument))
			return
		}
		_, _ = rw.Write([]byte(asJSON(t, object{
			"issuer": issuer, "authorization_endpoint": issuer + "/a", "token_endpoint": tokenURL,
			"jwks_uri": issuer + "/j",
		})))
	}
	port := w.near(serve, "127.0.0.0/8")
	ref := object{"UserPoolId": pool, "ProviderName": "Corp"}
	oidc := func(details object) object {
		return with(ref, object{"ProviderType": "OIDC", "ProviderDetails": with(object{
			"client_id": "c", "authorize_scopes": "openid", "attributes_request_method": "GET", "oidc_issuer": issuer,
		}, details)})
	}
	saml := func(host string) object {
		return with(ref, object{
			"ProviderType": "SAML", "ProviderDetails": object{"MetadataURL": "http://" + host + port + "/metadata"},
		})
	}
	endpoints := func(host string) object {
		at := "http://" + host + port
		return object{"oidc_issuer": at, "authorize_url": at, "token_url": at, "attributes_url": at, "jwks_uri": at}
	}
	const notOIDC, notSAML = "InvalidParameterException: OIDC endpoint must start with https://",
		"InvalidParameterException: MetadataURL must start with https://"
	issuer = "http://inside.test" + port
	for _, host := range []string{"outside.test", "metadata.test", "both.test", "unknown.test", "169.254.169.254"} {
		tokenURL = "http://" + host + port
		w.refusal("CreateIdentityProvider", saml(host), notSAML)
		w.refusal("CreateIdentityProvider", oidc(endpoints(host)), notOIDC)
		w.refusal("CreateIdentityProvider", oidc(nil), notOIDC) // the discovered token endpoint
		mixed := with(endpoints("inside.test"), object{"token_url": tokenURL})
		w.refusal("CreateIdentityProvider", oidc(mixed), notOIDC)
	}
	tokenURL = issuer + "/t"
	w.must("CreateIdentityProvider", oidc(nil))
	if got := w.storedProvider(pool, "Corp").Endpoint("token_url"); got != tokenURL {
		t.Errorf("token_url %s", got)
	}
	update := func(details object) object {
		return with(ref, object{"ProviderDetails": oidc(details)["ProviderDetails"]})
	}
	w.must("UpdateIdentityProvider", update(endpoints("127.0.0.1")))
	w.refusal("UpdateIdentityProvider", update(endpoints("metadata.test")), notOIDC)
	w.must("DeleteIdentityProvider", ref)

	samlDocument = strings.Replace(samlDocument, "https://idp.example.com/sso", issuer+"/sso", 1)
	created := w.must("CreateIdentityProvider", saml("inside.test"))
	if got := at(created, "IdentityProvider.ProviderDetails.SSORedirectBindingURI"); got != issuer+"/sso" {
		t.Errorf("SSORedirectBindingURI %v", got)
	}
	w.refusal("UpdateIdentityProvider", with(ref,
		object{"ProviderDetails": object{"MetadataURL": "http://metadata.test" + port + "/metadata"}}), notSAML)
	w.must("DeleteIdentityProvider", ref)

	// Without the setting nothing is allowed.
	port = w.near(serve)
	w.refusal("CreateIdentityProvider", saml("inside.test"), notSAML)
	w.refusal("CreateIdentityProvider", saml("127.0.0.1"), notSAML)
	w.refusal("CreateIdentityProvider", oidc(endpoints("inside.test")), notOIDC)
}
