package oauth_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A refresh in a strict pool can name fewer scopes for its access and ID token; the
// refresh token keeps all. Amazon Cognito ignores the parameter. Source: RFC 6749
// section 6.
func TestScopesOfARefresh(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Client(w.Pool, "narrow", func(c *userpool.Client) {
			c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"}
			c.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED"}
		})
		const granted = "openid email " + hostedtest.Scope
		bothModes(t, w, func(t *testing.T, strict bool) {
			set := object(t, redeem(w, w.Browser().Code("narrow", "scope", granted), "client_id", "narrow").Body)
			for _, c := range []struct{ scope, strict, compatible string }{
				{"", granted, granted},
				{"email openid openid", "openid email", granted},
				{"openid", "openid", granted},
				{hostedtest.Scope, hostedtest.Scope, granted},
				{"offline_access", granted, granted},
				{"openid phone", "invalid_scope", granted},
				{"openid nothing", "invalid_scope", granted},
				{granted, granted, granted},
			} {
				form := refreshForm("narrow", set["refresh_token"].(string))
				if c.scope != "" {
					form.Set("scope", c.scope)
				}
				p, want := w.Browser().Post("/oauth2/token", form), pick(strict, c.strict, c.compatible)
				got := object(t, p.Body)
				if want == "invalid_scope" { // the refresh token is not consumed
					if p.Status != 400 || got["error"] != want {
						t.Errorf("%q: %d %s", c.scope, p.Status, p.Body)
					}
					continue
				}
				if p.Status != 200 || claims(t, got["access_token"])["scope"] != want ||
					strict && got["scope"] != want {
					t.Fatalf("%q: %d %s, want %q", c.scope, p.Status, p.Body, want)
				}
				if (got["id_token"] == nil) != (want == hostedtest.Scope) {
					t.Errorf("%q: the ID token is %v", c.scope, got["id_token"])
				} else if got["id_token"] != nil && (claims(t, got["id_token"])["email"] == nil) != (want == "openid") {
					t.Errorf("%q: the ID token has %v", c.scope, claims(t, got["id_token"]))
				}
				set = got
			}
		})
	})
}

// Tokens of the native API have one scope.
func TestScopesOfANativeRefresh(t *testing.T) {
	w := world(t)
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = true })
	set := nativeTokens(w)
	for scope, want := range map[string]any{userpool.ScopeAdmin: nil, "": nil, "openid": "invalid_scope"} {
		form := refreshForm("native", set.Refresh)
		form.Set("scope", scope)
		got := object(t, w.Browser().Post("/oauth2/token", form).Body)
		if got["error"] != want || want == nil && (claims(t, got["access_token"])["scope"] != userpool.ScopeAdmin ||
			claims(t, got["id_token"])["email"] == nil) {
			t.Errorf("%q: %v", scope, got)
		}
	}
}
