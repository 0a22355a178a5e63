package oauth_test

import (
	"net/url"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// requestedClaims are the attributes that TestRequestedClaims looks for.
var requestedClaims = []string{"name", "email", "phone_number"}

// The parameter claims adds attributes to userInfo and the ID token, each where it
// is named, and after refreshes. It cannot reach what the client may not read, and
// Amazon Cognito ignores it.
func TestRequestedClaims(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Client(w.Pool, "limited", func(c *userpool.Client) {
			c.ReadAttributes = []string{"name", "email"}
			c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"}
			c.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED"}
		})
		const named = `{"userinfo":{"name":{"essential":true},"phone_number":null,"nothing":null},` +
			`"id_token":{"email":null,"auth_time":{"essential":true},"sub":null}}`
		b := w.Browser()
		b.Code("limited")
		bothModes(t, w, func(t *testing.T, strict bool) {
			request := hostedtest.AuthorizeURL("limited", "scope", "openid", "claims", named)
			set := object(t, redeem(w, b.Get(request).Query().Get("code"), "client_id", "limited").Body)
			for _, when := range []string{"first", "refreshed", "refreshed again"} {
				inInfo := present(object(t, info(w, set["access_token"]).Body), requestedClaims)
				inToken := present(claims(t, set["id_token"]), requestedClaims)
				if inInfo != pick(strict, "name", "name email") || inToken != pick(strict, "email", "name email") {
					t.Errorf("%s: userInfo has %q, the ID token %q", when, inInfo, inToken)
				}
				form := refreshForm("limited", set["refresh_token"].(string))
				set = object(t, w.Browser().Post("/oauth2/token", form).Body)
			}
		})
		p := b.Get(hostedtest.AuthorizeURL("public", "scope", "openid", "response_type", "token", "claims", named))
		got, _ := url.ParseQuery(p.Location.Fragment)
		inInfo := present(object(t, info(w, got.Get("access_token")).Body), requestedClaims)
		inToken := present(claims(t, got.Get("id_token")), requestedClaims)
		if inToken != "email" || inInfo != "name phone_number" {
			t.Errorf("implicit: userInfo has %q, the ID token %q", inInfo, inToken)
		}
	})
}

// A request can name its user in claims, as by id_token_hint. Without strict mode
// the parameter is ignored.
func TestUserOfRequestedClaims(t *testing.T) {
	w := world(t)
	w.User(w.Pool, "bob", userpool.Confirmed)
	b, hint := idToken(w, "public")
	of := func(name string) string { return `{"id_token":{"sub":{"value":"sub-` + name + "-" + w.Pool.ID + `"}}}` }
	for name, c := range map[string]struct {
		values []string
		strict string // an error code, empty: a code
	}{
		"the user":              {[]string{"claims", of("ann")}, ""},
		"the user and the hint": {[]string{"claims", of("ann"), "id_token_hint", hint}, ""},
		"another user":          {[]string{"claims", of("bob")}, "login_required"},
		"another than the hint": {[]string{"claims", of("bob"), "id_token_hint", hint}, "login_required"},
		"not JSON":              {[]string{"claims", "x"}, "invalid_request"},
		"not an object":         {[]string{"claims", `["name"]`}, "invalid_request"},
		"a claim is text":       {[]string{"claims", `{"userinfo":{"name":"x"}}`}, "invalid_request"},
		"a number as sub":       {[]string{"claims", `{"userinfo":{"sub":{"value":1}}}`}, "invalid_request"},
		"empty":                 {[]string{"claims", "{}"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			bothModes(t, w, func(t *testing.T, strict bool) {
				p := b.Get(hostedtest.AuthorizeURL("public", append(c.values, "prompt", "none")...))
				if got := p.Query().Get("error"); got != pick(strict, c.strict, "") {
					t.Errorf("%q: %v", got, p.Location)
				}
			})
		})
	}
}
