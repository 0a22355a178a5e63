package oauth_test

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
)

// logoutModule is how a module changes the logout request, and what must follow.
type logoutModule struct {
	change func(*testing.T, url.Values)
	want   string // redirect, page, ask, or the text of the error page
}

// logoutModules are the modules of the OpenID Foundation's plan
// oidcc-rp-initiated-logout-certification-test-plan that send a logout request:
// how each changes the request of the first module, and what must follow.
// Source: openid-certification/conformance-suite, package
// net.openid.conformance.openid.
var logoutModules = map[string]logoutModule{
	"oidcc-rp-initiated-logout":          {func(*testing.T, url.Values) {}, "redirect"},
	"oidcc-rp-initiated-logout-no-state": {func(_ *testing.T, q url.Values) { q.Del("state") }, "redirect"},
	"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri": {func(_ *testing.T, q url.Values) {
		q.Set("post_logout_redirect_uri", bye+"/suffix")
	}, "post_logout_redirect_uri is not a sign-out URL of the client"},
	"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": {func(_ *testing.T, q url.Values) {
		q.Set("post_logout_redirect_uri", bye+"?foo=bar")
	}, "post_logout_redirect_uri is not a sign-out URL of the client"},
	"oidcc-rp-initiated-logout-modified-id-token-hint": {func(t *testing.T, q url.Values) {
		parts := strings.Split(q.Get("id_token_hint"), ".")
		header := strings.Replace(decode(t, parts[0]), "RS256", "none", 1)
		q.Set("id_token_hint", base64.RawURLEncoding.EncodeToString([]byte(header))+"."+parts[1]+".")
	}, "Invalid id_token_hint"},
	"oidcc-rp-initiated-logout-bad-id-token-hint": {func(t *testing.T, q url.Values) {
		key, err := jose.GenerateSigningKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		hint, err := key.Sign([]byte(decode(t, strings.Split(q.Get("id_token_hint"), ".")[1])))
		if err != nil {
			t.Fatal(err)
		}
		q.Set("id_token_hint", hint)
	}, "Invalid id_token_hint"},
	"oidcc-rp-initiated-logout-no-id-token-hint": {func(_ *testing.T, q url.Values) {
		q.Del("id_token_hint")
	}, "post_logout_redirect_uri requires id_token_hint or client_id"},
	"oidcc-rp-initiated-logout-no-post-logout-redirect-uri": {func(_ *testing.T, q url.Values) {
		q.Del("post_logout_redirect_uri")
	}, "page"},
	"oidcc-rp-initiated-logout-no-params": {func(_ *testing.T, q url.Values) { clear(q) }, "ask"},
	"oidcc-rp-initiated-logout-only-state": {func(_ *testing.T, q url.Values) {
		q.Del("id_token_hint")
		q.Del("post_logout_redirect_uri")
	}, "ask"},
}

// The modules of the RP-initiated logout plan. A module that expects the page of
// a completed logout may confirm it first.
func TestRPInitiatedLogoutPlan(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		t.Run("oidcc-rp-initiated-logout-discovery-endpoint-verification", func(t *testing.T) {
			p := w.Browser().Get("/" + w.Pool.ID + "/.well-known/openid-configuration")
			if end := object(t, p.Body)["end_session_endpoint"]; end != hostedtest.PublicURL+"/logout" {
				t.Errorf("end_session_endpoint is %v", end)
			}
		})
		bothModes(t, w, func(t *testing.T, _ bool) {
			for name, module := range logoutModules {
				t.Run(name, func(t *testing.T) { playLogout(t, w, name, module) })
			}
		})
	})
}

func playLogout(t *testing.T, w *hostedtest.World, name string, module logoutModule) {
	t.Helper()
	// The browser reports to the test of the world.
	state := rand.Text() + rand.Text() + rand.Text() + rand.Text() + rand.Text()
	b, id := idToken(w, "public")
	q := url.Values{"id_token_hint": {id}, "post_logout_redirect_uri": {bye}, "state": {state}}
	module.change(t, q)
	p := b.Get("/logout?" + q.Encode())
	switch module.want {
	case "redirect":
		want := bye
		if q.Has("state") {
			want += "?state=" + state
		}
		leaves(t, name, b, p, want)
	case "page":
		leaves(t, name, b, p, "")
	case "ask":
		asks(t, name, b, p)
		leaves(t, name, b, b.Fill(p), "")
	default:
		refuses(t, name, b, p, module.want)
	}
}
