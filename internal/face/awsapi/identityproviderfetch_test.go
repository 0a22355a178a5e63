package awsapi_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/fetch"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

// nowhere resolves no name, so that tests do not use the network.
func nowhere(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("no such host") }

// outside is a TLS server in place of the internet: every name resolves to it.
func (w *world) outside(h http.HandlerFunc) *httptest.Server {
	w.t.Helper()
	s := httptest.NewTLSServer(h)
	w.t.Cleanup(s.Close)
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	rand := entropy.System()
	w.gate.Service.(*awsapi.Operations).Federation = federation.New(federation.Config{
		Store: w.db, Clock: w.clk, Entropy: rand, Stock: tokentest.Stock(),
		Fetch: fetch.New(fetch.Config{
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Roots: roots, Lookup: nowhere,
		}),
	})
	return s
}

func (w *world) storedProvider(pool, name string) (ip *idp.Provider) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		ip, err = store.IdentityProviders.Get(tx, pool, name)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return ip
}

func TestMetadataFromAURL(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	document := w.samlMetadata(pool, "")
	s := w.outside(func(rw http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/metadata":
			_, _ = rw.Write([]byte(document))
		case "/internal":
			http.Redirect(rw, r, "https://169.254.169.254/latest/meta-data/", http.StatusFound)
		default:
			rw.WriteHeader(http.StatusForbidden)
			_, _ = rw.Write([]byte("inner secret"))
		}
	})
	create := func(link string) object {
		return object{
			"UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "SAML",
			"ProviderDetails": object{"MetadataURL": link},
		}
	}
	w.refusal("CreateIdentityProvider", create(s.URL+"/missing"), "InvalidParameterException: "+
		"Non-ok status code 403 returned from remote metadata source "+s.URL+"/missing")
	for link, want := range map[string]string{
		s.URL + "/internal":                     "its address is not public.",
		"https://127.0.0.2/":                    "its address is not public.",
		"https://[::ffff:169.254.169.254]/":     "its address is not public.",
		"https://idp.example.com/metadata/saml": "it cannot be reached.",
	} {
		w.refusal("CreateIdentityProvider", create(link),
			"InvalidParameterException: Error retrieving metadata from "+link+": "+want)
	}
	created := w.must("CreateIdentityProvider", create(s.URL+"/metadata"))
	if at(created, "IdentityProvider.ProviderDetails.SSORedirectBindingURI") != "https://idp.example.com/sso" {
		t.Errorf("CreateIdentityProvider returned %s", asJSON(t, created))
	}
}

func TestDiscovery(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(nil)
	var answer string
	requests := 0
	s := w.outside(func(rw http.ResponseWriter, r *http.Request) {
		requests++
		if r.URL.Path != "/.well-known/openid-configuration" {
			rw.WriteHeader(http.StatusNotFound)
		}
		_, _ = rw.Write([]byte(answer))
	})
	details := object{
		"client_id": "c", "authorize_scopes": "openid", "attributes_request_method": "GET", "oidc_issuer": s.URL,
	}
	create := object{"UserPoolId": pool, "ProviderName": "Corp", "ProviderType": "OIDC", "ProviderDetails": details}
	good := object{
		"issuer": s.URL, "authorization_endpoint": s.URL + "/a", "token_endpoint": s.URL + "/t",
		"userinfo_endpoint": s.URL + "/u", "jwks_uri": s.URL + "/j",
	}
	wellKnown := s.URL + "/.well-known/openid-configuration"
	for _, c := range []struct{ answer, want string }{
		{"<html>", "Unable to contact well-known endpoint " + wellKnown + ": it does not answer with a JSON object."},
		{asJSON(t, with(good, object{"issuer": "https://evil.example.com"})),
			"The discovery document of " + s.URL + " names another issuer."},
		{asJSON(t, with(good, object{"token_endpoint": nil})),
			"The discovery document of " + s.URL + " lacks token_url."},
		{asJSON(t, with(good, object{"jwks_uri": "http://op.example.com/"})),
			"OIDC endpoint must start with https://"},
	} {
		answer = c.answer
		w.refusal("CreateIdentityProvider", create, "InvalidParameterException: "+c.want)
	}
	w.refusal("CreateIdentityProvider",
		with(create, object{"ProviderDetails": with(details, object{"oidc_issuer": s.URL + "/tenant"})}),
		"InvalidParameterException: Unable to contact well-known endpoint "+s.URL+
			"/tenant/.well-known/openid-configuration: it answers with status 404.")
	answer = asJSON(t, with(good, object{"userinfo_endpoint": nil}))
	// Discovered endpoints are stored but not returned: the response has what was sent.
	created := w.must("CreateIdentityProvider", create)
	sameJSON(t, "details", at(created, "IdentityProvider.ProviderDetails"),
		with(details, object{"attributes_url_add_attributes": "false"}))
	kept := w.storedProvider(pool, "Corp")
	if kept.Endpoint("token_url") != s.URL+"/t" || kept.Endpoint("attributes_url") != "" ||
		kept.Endpoint("oidc_issuer") != s.URL {
		t.Errorf("stored endpoints %v", kept.Discovered)
	}
	// An update of other members does not repeat discovery; one of the details does.
	before := requests
	ref := object{"UserPoolId": pool, "ProviderName": "Corp"}
	w.must("UpdateIdentityProvider", with(ref, object{"IdpIdentifiers": []any{"corp"}}))
	if requests != before {
		t.Error("an update of identifiers sent a request to the issuer")
	}
	answer = asJSON(t, with(good, object{"token_endpoint": s.URL + "/t2"}))
	w.must("UpdateIdentityProvider", with(ref, object{"ProviderDetails": details}))
	if got := w.storedProvider(pool, "Corp").Endpoint("token_url"); got != s.URL+"/t2" {
		t.Errorf("token_url %s", got)
	}
	// If all four endpoints are set, there is no discovery.
	before = requests
	w.must("UpdateIdentityProvider", with(ref, object{"ProviderDetails": oidcDetails}))
	if requests != before || w.storedProvider(pool, "Corp").Discovered != nil {
		t.Error("discovery although all endpoints are set")
	}
}
