package oauth_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Every grant type is listed in the discovery document, requires an
// authenticated client that may use it, and runs in a slot of the admission
// limit. The control is a client that may use all of them.
func TestEveryGrant(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		client := func(id string, flows, auth []string) {
			made := w.Client(w.Pool, id)
			w.Update(func(tx *store.Tx) error {
				c := *made
				c.Secrets = []userpool.ClientSecret{{ID: c.ID + "--1", Value: hostedtest.Secret}}
				c.AllowedOAuthFlows, c.ExplicitAuthFlows = flows, auth
				return tx.UpdateClient(&c)
			})
		}
		client("none", []string{userpool.FlowImplicit}, []string{"ALLOW_USER_SRP_AUTH"})
		client("all", []string{userpool.FlowCode, userpool.FlowClientCredentials}, []string{"ALLOW_REFRESH_TOKEN_AUTH"})
		w.Extend(w.Pool, withDevices)
		document := w.Browser().Get("/" + w.Pool.ID + "/.well-known/openid-configuration")
		published := object(t, document.Body)["grant_types_supported"]
		for _, name := range oauth.Grants() {
			t.Run(name, func(t *testing.T) {
				if !slices.Contains(published.([]any), any(name)) {
					t.Errorf("not published: %v", published)
				}
				request := func(client, secret string) (errorCode string) {
					p := w.Browser().Post("/oauth2/token", url.Values{
						"grant_type": {name}, "client_id": {client}, "client_secret": {secret},
						"code": {"x"}, "refresh_token": {"x"}, "device_code": {"x"},
					})
					errorCode, _ = object(t, p.Body)["error"].(string)
					return errorCode
				}
				if code := request("none", hostedtest.Secret); code != "unauthorized_client" {
					t.Errorf("client without the flow: %q", code)
				}
				if code := request("all", "wrong"); code != "invalid_client" {
					t.Errorf("wrong secret: %q", code)
				}
				if code := request("all", hostedtest.Secret); code != "" && code != "invalid_grant" {
					t.Errorf("control: %q", code)
				}
				held := &slot{ResponseRecorder: httptest.NewRecorder()}
				w.OAuth.Enter = held.enter
				defer func() { w.OAuth.Enter = nil }()
				r := httptest.NewRequest("POST", "/oauth2/token", strings.NewReader(url.Values{
					"grant_type": {name}, "client_id": {"all"}, "client_secret": {hostedtest.Secret},
				}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				w.Mux.ServeHTTP(held, r)
				if !held.answered || held.taken {
					t.Errorf("response written in the slot: %v; slot kept: %v", held.answered, held.taken)
				}
			})
		}
	})
}

// slot is the only slot of an admission limit. It records whether the response
// is started while it is held.
type slot struct {
	*httptest.ResponseRecorder
	taken, answered bool
}

func (s *slot) enter(ctx context.Context) (context.Context, func(), error) {
	s.taken = true
	return ctx, func() { s.taken = false }, nil
}

func (s *slot) WriteHeader(status int) {
	s.answered = s.taken
	s.ResponseRecorder.WriteHeader(status)
}

// The discovery document lists what the endpoints serve.
func TestDiscovery(t *testing.T) {
	w := world(t)
	got := object(t, w.Browser().Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
	for member, want := range map[string]string{
		"grant_types_supported":    "authorization_code client_credentials implicit refresh_token",
		"response_modes_supported": "form_post fragment query",
		"response_types_supported": "code token",
		"ui_locales_supported":     strings.Join(locale.Tags(), " "),
	} {
		var names []string
		for _, name := range got[member].([]any) {
			names = append(names, name.(string))
		}
		if strings.Join(names, " ") != want {
			t.Errorf("%s: %v", member, names)
		}
	}
	for _, member := range []string{
		"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "revocation_endpoint", "end_session_endpoint",
		"introspection_endpoint", "jwks_uri",
	} {
		address, _ := got[member].(string)
		path, ours := strings.CutPrefix(address, hostedtest.PublicURL)
		if _, pattern := w.Mux.Handler(httptest.NewRequest("GET", path, nil)); !ours || pattern == "" {
			t.Errorf("%s is %q, where nothing is served", member, address)
		}
	}
}

// Every address of the metadata has the same document: that below the issuer, and
// that with the path of the issuer at its end (RFC 8414 section 3.1).
func TestMetadataAddresses(t *testing.T) {
	w := world(t)
	b := w.Browser()
	want := b.Get("/" + w.Pool.ID + "/.well-known/openid-configuration")
	issuer := object(t, want.Body)["issuer"]
	if issuer != hostedtest.PublicURL+"/"+w.Pool.ID {
		t.Fatalf("issuer %v", issuer)
	}
	for _, path := range []string{
		"/%s/.well-known/oauth-authorization-server", "/.well-known/oauth-authorization-server/%s",
		"/.well-known/openid-configuration/%s",
	} {
		p := b.Get(fmt.Sprintf(path, w.Pool.ID))
		if p.Status != 200 || p.Body != want.Body || p.Header.Get("Access-Control-Allow-Origin") != "*" ||
			p.Header.Get("Content-Type") != want.Header.Get("Content-Type") {
			t.Errorf("%s: %d %v %s", path, p.Status, p.Header, p.Body)
		}
		other := b.Get(fmt.Sprintf(path, w.Other.ID))
		if object(t, other.Body)["issuer"] != hostedtest.PublicURL+"/"+w.Other.ID {
			t.Errorf("%s of another pool: %s", path, other.Body)
		}
		if p := b.Get(fmt.Sprintf(path, "us-east-1_Nobody")); p.Status != 404 {
			t.Errorf("%s of no pool: %d", path, p.Status)
		}
		preflight := httptest.NewRecorder()
		r := httptest.NewRequest("OPTIONS", fmt.Sprintf(path, w.Pool.ID), nil)
		r.Header.Set("Access-Control-Request-Headers", "mcp-protocol-version")
		w.Mux.ServeHTTP(preflight, r)
		if h := preflight.Header(); h.Get("Access-Control-Allow-Headers") != "mcp-protocol-version" {
			t.Errorf("preflight of %s: %d %v", path, preflight.Code, h)
		}
	}
}

// The document has every member of Amazon Cognito's. Source: three documents of the
// service.
func TestMembersOfAmazonCognito(t *testing.T) {
	w := world(t)
	got := object(t, w.Browser().Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
	for _, name := range []string{
		"authorization_endpoint", "end_session_endpoint", "id_token_signing_alg_values_supported", "issuer", "jwks_uri",
		"response_types_supported", "revocation_endpoint", "scopes_supported", "subject_types_supported",
		"token_endpoint", "token_endpoint_auth_methods_supported", "userinfo_endpoint",
	} {
		if got[name] == nil {
			t.Errorf("no %s", name)
		}
	}
}

// The key set has two keys; one signs ID tokens, the other access tokens.
func TestKeysOfTokens(t *testing.T) {
	w := world(t)
	set := object(t, redeem(w, w.Browser().Code("public")).Body)
	kid := func(token any) any {
		header, _, _ := strings.Cut(token.(string), ".")
		return object(t, decode(t, header))["kid"]
	}
	published := object(t, w.Browser().Get("/"+w.Pool.ID+"/.well-known/jwks.json").Body)["keys"].([]any)
	var ids []any
	for _, key := range published {
		ids = append(ids, key.(members)["kid"])
	}
	access, id := kid(set["access_token"]), kid(set["id_token"])
	if len(ids) != 2 || access == id || !slices.Contains(ids, access) || !slices.Contains(ids, id) {
		t.Errorf("the key set has %v, tokens are signed by %v and %v", ids, access, id)
	}
}
