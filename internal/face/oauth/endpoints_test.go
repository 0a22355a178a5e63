package oauth_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestUserInfo(t *testing.T) {
	w := world(t)
	set := object(t, redeem(w, w.Browser().Code("public", "scope", "openid email")).Body)
	access := set["access_token"].(string)
	with := func(header string) *hostedtest.Browser {
		b := w.Browser()
		b.Header.Set("Authorization", header)
		return b
	}
	for name, p := range map[string]hostedtest.Page{
		"GET":  with("Bearer " + access).Get("/oauth2/userInfo"),
		"POST": with("bearer "+access).Post("/oauth2/userInfo", nil),
		"form": w.Browser().Post("/oauth2/userInfo", url.Values{"access_token": {access}}),
	} {
		got := object(t, p.Body)
		// The flag is text, not a boolean: SDKs rely on it.
		if p.Status != 200 || got["sub"] != "sub-ann-"+w.Pool.ID || got["email_verified"] != "true" ||
			got["username"] != "ann" || got["phone_number"] != nil || len(got) != 4 {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
	}
	const badRequest = `error="invalid_request", error_description="Bad OAuth2 request at UserInfo Endpoint"`
	for name, header := range map[string]string{"no header": "", "basic": "Basic x", "empty": "Bearer "} {
		p := with(header).Get("/oauth2/userInfo")
		if p.Status != 400 || p.Header.Get("WWW-Authenticate") != badRequest {
			t.Errorf("%s: %d %v", name, p.Status, p.Header)
		}
	}
	const invalidToken = `error="invalid_token", error_description="Access token is expired, disabled, or deleted, ` +
		`or the user has globally signed out."`
	withoutOpenID := object(t, redeem(w, w.Browser().Code("public", "scope", userpool.ScopeAdmin)).Body)
	for name, token := range map[string]string{
		"ID token":      set["id_token"].(string),
		"refresh token": set["refresh_token"].(string),
		"no openid":     withoutOpenID["access_token"].(string),
		"no signature":  access[:strings.LastIndex(access, ".")+1],
		"dots":          strings.Repeat(".", 1<<20),
	} {
		p := with("Bearer " + token).Get("/oauth2/userInfo")
		if p.Status != 401 || !strings.HasPrefix(p.Header.Get("WWW-Authenticate"), invalidToken) {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
	}
	w.Change("ann", func(u *userpool.User) { u.SignOut(w.Clock.Now()) })
	if p := with("Bearer " + access).Get("/oauth2/userInfo"); p.Status != 401 {
		t.Errorf("after a global sign-out: %d", p.Status)
	}
}

// nativeTokens signs ann in to the client native by the native API.
func nativeTokens(w *hostedtest.World) token.Set {
	w.T.Helper()
	client := w.Client(w.Pool, "native", func(c *userpool.Client) {
		c.ExplicitAuthFlows = []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}
	})
	out, err := w.Engine.Start(w.T.Context(), signin.Start{
		Pool: w.Pool, Client: client, Flow: "USER_PASSWORD_AUTH",
		Params: map[string]string{"USERNAME": "ann", "PASSWORD": hostedtest.Password},
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return *out.Tokens
}

// Refresh tokens of the native API are accepted here. Its access tokens lack
// openid (attack case T11).
func TestNativeTokens(t *testing.T) {
	w := world(t)
	set := nativeTokens(w)
	refresh := func(client string) hostedtest.Page {
		return w.Browser().Post("/oauth2/token",
			url.Values{"grant_type": {"refresh_token"}, "client_id": {client}, "refresh_token": {set.Refresh}})
	}
	got := object(t, refresh("native").Body)
	access, id := claims(t, got["access_token"]), claims(t, got["id_token"])
	if access["scope"] != userpool.ScopeAdmin || access["version"] != nil || id["at_hash"] != nil {
		t.Errorf("access token %v, ID token %v", access, id)
	}
	if p := refresh("public"); p.Body != `{"error":"invalid_grant"}` {
		t.Errorf("by another client: %s", p.Body)
	}
	b := w.Browser()
	b.Header.Set("Authorization", "Bearer "+set.Access)
	if p := b.Get("/oauth2/userInfo"); p.Status != 401 {
		t.Errorf("userInfo: %d %s", p.Status, p.Body)
	}
}

func TestRevoke(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "keeps", func(c *userpool.Client) { c.EnableTokenRevocation = false })
	set := object(t, redeem(w, w.Browser().Code("public")).Body)
	refresh, access := set["refresh_token"].(string), set["access_token"].(string)
	revoke := func(client, token string) hostedtest.Page {
		return w.Browser().Post("/oauth2/revoke", url.Values{"client_id": {client}, "token": {token}})
	}
	for name, c := range map[string]struct {
		p      hostedtest.Page
		status int
		body   string
	}{
		"no token":       {revoke("public", ""), 400, `{"error":"invalid_request"}`},
		"access token":   {revoke("public", access), 400, `{"error":"unsupported_token_type"}`},
		"unknown client": {revoke("nosuch", refresh), 401, `{"error":"invalid_client"}`},
		"no secret":      {revoke("confidential", refresh), 401, `{"error":"invalid_client"}`},
		"revocation off": {revoke("keeps", refresh), 400, `{"error":"invalid_request"}`},
		"garbage":        {revoke("public", "garbage"), 200, ""},
		"another pool":   {revoke("foreign", refresh), 200, ""},
	} {
		if c.p.Status != c.status || c.p.Body != c.body {
			t.Errorf("%s: %d %s", name, c.p.Status, c.p.Body)
		}
	}
	info := func() int {
		b := w.Browser()
		b.Header.Set("Authorization", "Bearer "+access)
		return b.Get("/oauth2/userInfo").Status
	}
	if info() != 200 {
		t.Error("control: a refused request has revoked the token")
	}
	for range 2 {
		p := revoke("public", refresh)
		if p.Status != 200 || p.Body != "" || p.Header.Get("Content-Type") != "application/json;charset=UTF-8" {
			t.Errorf("%d %q %v", p.Status, p.Body, p.Header)
		}
	}
	if info() != 401 {
		t.Error("the access token is valid after the revocation")
	}
}

// Scripts of any origin may use the back channel, without cookies (attack case
// R10).
func TestCrossOrigin(t *testing.T) {
	w := world(t)
	for path, methods := range map[string]string{
		"/oauth2/token": "POST", "/oauth2/revoke": "POST", "/oauth2/userInfo": "GET, POST", "/oauth2/par": "POST",
		"/oauth2/device_authorization": "POST",
	} {
		r := httptest.NewRequest("OPTIONS", path, nil)
		r.Header.Set("Origin", "https://anyone.example.com")
		r.Header.Set("Access-Control-Request-Headers", "x-amz-user-agent")
		a := httptest.NewRecorder()
		w.Mux.ServeHTTP(a, r)
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":      "*",
			"Access-Control-Allow-Credentials": "",
			"Access-Control-Allow-Methods":     methods,
			"Access-Control-Allow-Headers":     "x-amz-user-agent",
		} {
			if got := a.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
		a = httptest.NewRecorder()
		w.Mux.ServeHTTP(a, httptest.NewRequest("DELETE", path, nil))
		if a.Code != 405 || !strings.HasPrefix(a.Header().Get("Content-Type"), "application/json") {
			t.Errorf("DELETE %s: %d %v", path, a.Code, a.Header())
		}
	}
	for _, origin := range []string{
		"", "https://evil.example.com", "null", hostedtest.PublicURL + ".evil.example", "https://app.example.com",
	} {
		b := w.Browser()
		b.Header.Set("Origin", origin)
		for _, path := range []string{
			"/login", "/logout", "/oauth2/authorize", "/oauth2/introspect", "/error", "/device",
		} {
			if p := b.Get(path); p.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s is open to scripts of %q", path, origin)
			}
		}
		h := b.Post("/oauth2/token", refreshForm("public", "x")).Header
		if h.Get("Access-Control-Allow-Origin") != "*" || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("control: the token endpoint and %q: %v", origin, h)
		}
	}
}
