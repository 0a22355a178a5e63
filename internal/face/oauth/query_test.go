package oauth_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A semicolon and a percent sign that starts no escape are characters at every
// step, and do not hide a repeated parameter.
func TestPlainCharactersInQuery(t *testing.T) {
	w := world(t)
	for raw, want := range map[string]string{
		"a;b": "a;b", "a%3Bb": "a;b", "a%zz": "a%zz", "a%": "a%", "a%2": "a%2",
		"%41%+1": "A% 1", "a;state=c": "a;state=c", "%+1": "% 1",
	} {
		b := w.Browser()
		p := b.SignIn(hostedtest.AuthorizeURL("public", "state", "") + "&state=" + raw)
		if got := p.Query().Get("state"); got != want || p.Query().Get("code") == "" {
			t.Errorf("state=%s was returned as %q: %d %s", raw, got, p.Status, p.Body)
		}
		form := url.Values{}
		p = b.Post(hostedtest.AuthorizeURL("public", "state", "")+"&state="+raw, form)
		if got := p.Query().Get("state"); got != want {
			t.Errorf("POST, state=%s was returned as %q: %d", raw, got, p.Status)
		}
		bye := "/logout?client_id=public&post_logout_redirect_uri=https://app.example.com/bye&state=" + raw
		if p := w.Browser().Get(bye); p.Query().Get("state") != want {
			t.Errorf("logout, state=%s: %d %v", raw, p.Status, p.Location)
		}
	}
	for name, query := range map[string]string{
		"repeated":             "&client_id=stranger",
		"repeated, escaped":    "&client%5Fid=stranger",
		"after a semicolon":    "&state=;&client_id=stranger",
		"another redirect_uri": "&x=%&redirect_uri=https://evil.example.com/",
	} {
		p := w.Browser().Get(hostedtest.AuthorizeURL("public") + query)
		if p.Location == nil || p.Location.Path != "/error" {
			t.Errorf("%s: %d %v", name, p.Status, p.Location)
		}
	}
	if p := w.Browser().Get(strings.Replace(hostedtest.AuthorizeURL("public"), "&", ";", 1)); p.Status != 400 {
		t.Errorf("a semicolon separated parameters: %d %v", p.Status, p.Location)
	}
}

// Any state that is text is returned byte for byte. Parameters that are not
// text are refused: at the client if it is verified, with the state.
func TestTextOfParameters(t *testing.T) {
	w := world(t)
	for _, raw := range []string{
		"%01%7f%1b[31m", "a%0D%0AX-Injected:%20yes", "%F0%9F%98%80%E2%80%AE", "%EF%BF%BD%EF%BF%BE", "%C3%A9%65%CC%81",
		"%ED%9F%BF",
	} {
		want, err := url.QueryUnescape(raw)
		if err != nil {
			t.Fatal(err)
		}
		p := w.Browser().SignIn(hostedtest.AuthorizeURL("public", "state", "") + "&state=" + raw)
		if got := p.Query().Get("state"); got != want || p.Query().Get("code") == "" {
			t.Errorf("state=%s was returned as %q: %d", raw, got, p.Status)
		}
	}
	for _, raw := range []string{"%00", "a%00b", "%ff", "%C3", "%ED%A0%80", "%C0%80"} {
		for _, name := range []string{"state", "nonce", "scope", "login_hint", "prompt", "unknown"} {
			p := w.Browser().Get(hostedtest.AuthorizeURL("public", name, "") + "&" + name + "=" + raw)
			q := p.Query()
			if p.Status != 302 || q.Get("error") != "invalid_request" || !q.Has("state") ||
				q.Get("error_description") != "a parameter is not valid text" {
				t.Errorf("%s=%s: %d %v", name, raw, p.Status, p.Location)
			}
		}
		b := w.Browser()
		login := b.Follow(b.Get(hostedtest.AuthorizeURL("public")))
		for _, name := range []string{"username", "password", "unknown"} {
			text, _ := url.QueryUnescape(raw)
			p := b.Fill(login, "username", "ann", "password", hostedtest.Password, name, text)
			if p.Status != 400 || !strings.Contains(p.Body, "a parameter is not valid text") {
				t.Errorf("form, %s=%s: %d %v", name, raw, p.Status, p.Location)
			}
		}
		if p := b.Fill(login, "username", "ann", "password", hostedtest.Password); p.Query().Get("code") == "" {
			t.Errorf("control: %d %s", p.Status, p.Body)
		}
	}
}

// Without redirect_uri a client with one provider and one callback URL gets the
// response there. Its token request may then leave out redirect_uri, too, and
// only then.
func TestOnlyCallback(t *testing.T) {
	w := world(t)
	const only = "https://only.example.com/cb"
	w.Client(w.Pool, "only", func(c *userpool.Client) { c.CallbackURLs = []string{only} })
	for name, c := range map[string]struct {
		authorize, redeem string // redirect_uri in the two requests
		error             string
	}{
		"in neither request":           {"", "", ""},
		"only in the token request":    {"", only, ""},
		"another in the token request": {"", hostedtest.Callback, "unauthorized_client"},
		"only in the first request":    {only, "", "invalid_request"},
		"in both requests":             {only, only, ""},
	} {
		p := w.Browser().SignIn(hostedtest.AuthorizeURL("only", "redirect_uri", c.authorize))
		code := p.Query().Get("code")
		if code == "" || !strings.HasPrefix(p.Location.String(), only+"?") {
			t.Errorf("%s: %d %v", name, p.Status, p.Location)
			continue
		}
		p = redeem(w, code, "client_id", "only", "redirect_uri", c.redeem)
		if got, _ := object(t, p.Body)["error"].(string); got != c.error {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
	}
}

// Each client limits the age of the browser's session.
func TestSessionOfClient(t *testing.T) {
	w := world(t)
	minutes := func(n int32) func(*userpool.Client) {
		return func(c *userpool.Client) { c.SSOSessionMinutes = &n }
	}
	w.Client(w.Pool, "short", minutes(5))
	w.Client(w.Pool, "never", minutes(0))
	w.Client(w.Pool, "long", minutes(600))
	silent := func(b *hostedtest.Browser, client string) bool {
		return b.Get(hostedtest.AuthorizeURL(client, "prompt", "none")).Query().Get("code") != ""
	}
	b := w.Browser()
	b.Code("long")
	now := 0
	for _, at := range []struct {
		minutes int
		clients map[string]bool
	}{
		{0, map[string]bool{"short": true, "never": false, "public": true, "long": true}},
		{4, map[string]bool{"short": true}},
		{5, map[string]bool{"short": false, "public": true, "long": true}},
		{60, map[string]bool{"public": false, "long": true}},
		{599, map[string]bool{"long": true}},
		{600, map[string]bool{"long": false}},
	} {
		w.Clock.Advance(time.Duration(at.minutes-now) * time.Minute)
		now = at.minutes
		for client, want := range at.clients {
			if got := silent(b, client); got != want {
				t.Errorf("%s after %d minutes: %v", client, at.minutes, got)
			}
		}
	}
}

// A client that may not use OAuth gets the same errors as at Amazon Cognito.
func TestTokensWithoutOAuth(t *testing.T) {
	w := world(t)
	off := func(c *userpool.Client) { c.AllowedOAuthFlowsUserPoolClient = false }
	w.Client(w.Pool, "off", off)
	for kind, want := range map[string]string{
		"client_credentials": "invalid_grant",
		"authorization_code": "invalid_grant",
		"refresh_token":      "invalid_request",
		"x":                  "unsupported_grant_type",
	} {
		p := w.Browser().Post("/oauth2/token", url.Values{"grant_type": {kind}, "client_id": {"off"}})
		if got := object(t, p.Body)["error"]; got != want || p.Status != 400 {
			t.Errorf("%s: %d %s", kind, p.Status, p.Body)
		}
	}
}

// A method is compared as a whole.
func TestPartsOfMethods(t *testing.T) {
	w := world(t)
	for _, method := range []string{"P", "POS", "T", "ET"} {
		a := httptest.NewRecorder()
		w.Mux.ServeHTTP(a, httptest.NewRequest(method, "/oauth2/userInfo", nil))
		if a.Code != 405 {
			t.Errorf("%s: %d", method, a.Code)
		}
	}
	if p := w.Browser().Get("/oauth2/userinfo"); p.Status == 404 {
		t.Errorf("/oauth2/userinfo: %d", p.Status)
	}
}
