package oauth_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// refusedRequests are requests that fail with an error at the client or on a
// page.
var refusedRequests = map[string]struct {
	url  string
	code string // sent to the client; empty: the error is on a page
	page string // text on the page
}{
	"no client": {
		hostedtest.AuthorizeURL("public", "client_id", ""), "",
		"Required String parameter &#39;client_id&#39; is not present",
	},
	"unknown client": {hostedtest.AuthorizeURL("nosuch"), "", "Client does not exist."},
	"OAuth is off":   {hostedtest.AuthorizeURL("off"), "", "unauthorized_client"},
	"no provider":    {hostedtest.AuthorizeURL("nobody"), "", "unauthorized_client"},
	"no redirect_uri": {
		hostedtest.AuthorizeURL("public", "redirect_uri", ""), "",
		"Required String parameter &#39;redirect_uri&#39; is not present",
	},
	"another redirect_uri": {
		hostedtest.AuthorizeURL("public", "redirect_uri", "https://evil.example.com/"), "", "redirect_mismatch",
	},
	"two redirect_uris": {
		hostedtest.AuthorizeURL("public") + "&redirect_uri=https://evil.example.com/", "", "invalid_request",
	},
	"two clients":      {hostedtest.AuthorizeURL("public") + "&client_id=few", "", "invalid_request"},
	"no response_type": {hostedtest.AuthorizeURL("public", "response_type", ""), "invalid_request", ""},
	"id_token":         {hostedtest.AuthorizeURL("public", "response_type", "id_token"), "invalid_request", ""},
	"hybrid":           {hostedtest.AuthorizeURL("public", "response_type", "code token"), "invalid_request", ""},
	"code not allowed": {hostedtest.AuthorizeURL("implicit"), "unauthorized_client", ""},
	"machine client":   {hostedtest.AuthorizeURL("machine"), "unauthorized_client", ""},
	"challenge alone":  {hostedtest.AuthorizeURL("public", "code_challenge", challenge), "invalid_request", ""},
	"method alone":     {hostedtest.AuthorizeURL("public", "code_challenge_method", "S256"), "invalid_request", ""},
	"plain": {
		hostedtest.AuthorizeURL("public", "code_challenge", verifier, "code_challenge_method", "plain"),
		"invalid_request", "",
	},
	"challenge in base64": {
		hostedtest.AuthorizeURL("public", "code_challenge", challenge+"=", "code_challenge_method", "S256"),
		"invalid_request", "",
	},
	"unknown scope":         {hostedtest.AuthorizeURL("public", "scope", "openid nothing"), "invalid_scope", ""},
	"scope not allowed":     {hostedtest.AuthorizeURL("few", "scope", "openid phone"), "invalid_scope", ""},
	"email without openid":  {hostedtest.AuthorizeURL("few", "scope", "email"), "invalid_scope", ""},
	"unknown provider":      {hostedtest.AuthorizeURL("public", "identity_provider", "Google"), "invalid_request", ""},
	"prompt none and login": {hostedtest.AuthorizeURL("public", "prompt", "none login"), "invalid_request", ""},
	"prompt none":           {hostedtest.AuthorizeURL("public", "prompt", "none"), "login_required", ""},
	"two scopes":            {hostedtest.AuthorizeURL("public") + "&scope=openid&scope=email", "invalid_request", ""},
	"relative resource":     {hostedtest.AuthorizeURL("public", "resource", "/mcp"), "invalid_target", ""},
	"two resources": {
		hostedtest.AuthorizeURL("public", "resource", resource) + "&resource=https://other.example.com",
		"invalid_target", "",
	},
}

// Which errors are sent to the client and which are shown on a page (attack
// cases R1 to R3: no open redirector).
func TestAuthorizeRefusals(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "implicit", func(c *userpool.Client) { c.AllowedOAuthFlows = []string{userpool.FlowImplicit} })
	w.Client(w.Pool, "few", func(c *userpool.Client) { c.AllowedOAuthScopes = []string{"openid", "email"} })
	w.Client(w.Pool, "off", func(c *userpool.Client) { c.AllowedOAuthFlowsUserPoolClient = false })
	w.Client(w.Pool, "nobody", func(c *userpool.Client) { c.SupportedIdentityProviders = nil })
	for name, c := range refusedRequests {
		t.Run(name, func(t *testing.T) {
			b := w.Browser()
			p := b.Get(c.url)
			if c.code != "" {
				got := p.Query()
				if p.Status != 302 || !strings.HasPrefix(p.Location.String(), hostedtest.Callback+"?") ||
					got.Get("error") != c.code || got.Get("state") != "st" {
					t.Errorf("%d %v", p.Status, p.Location)
				}
				return
			}
			if p.Location != nil && p.Location.Path != "/error" {
				t.Fatalf("redirects to %v", p.Location)
			}
			if p.Location != nil {
				p = b.Follow(p)
			}
			if p.Status != 400 || !strings.Contains(p.Body, c.page) ||
				!strings.Contains(p.Body, "An error was encountered with the requested page.") {
				t.Errorf("%d %s", p.Status, p.Body)
			}
		})
	}
	// The control is a valid request.
	valid := hostedtest.AuthorizeURL("public", "prompt", "null", "ui_locales", "de", "foo", "bar")
	if p := w.Browser().Get(valid); p.Status != 302 || p.Location.Path != "/login" {
		t.Errorf("control: %d %v", p.Status, p.Location)
	}
}

// The redirect URI is compared byte by byte (attack cases R1, R2).
func TestRedirectURIs(t *testing.T) {
	w := world(t)
	for _, uri := range []string{
		"https://app.example.com@evil/cb", `https://evil\@app.example.com/cb`, "https://app.example.com.evil/cb",
		"https://app.example.com%2f@evil/cb", "https://APP.example.com/cb", "https://app.example.com/cb/",
		"https://app.example.com/cb?x=1", "https://app.example.com/cb#f", "https://app.example.com/cb/..;/x",
		"https://app.example.com/cb/%2e%2e/x", "https://app.example.com:443/cb", "http://app.example.com/cb",
		" https://app.example.com/cb", "https://app.example.com/cb\t", "https://app.example.com/cb\n",
		"https://app.example.com/cb\x00", "https://аpp.example.com/cb", "//app.example.com/cb", "/cb",
		"javascript:alert(1)", "myapp://done/", "MYAPP://done",
	} {
		p := w.Browser().Get(hostedtest.AuthorizeURL("public", "redirect_uri", uri))
		if p.Location == nil || p.Location.Path != "/error" || p.Query().Get("error") != "redirect_mismatch" {
			t.Errorf("%q: %d %v", uri, p.Status, p.Location)
		}
	}
	for _, uri := range []string{hostedtest.Callback, "myapp://done"} {
		p := w.Browser().SignIn(hostedtest.AuthorizeURL("public", "redirect_uri", uri))
		if p.Status != 302 || !strings.HasPrefix(p.Header.Get("Location"), uri+"?code=") {
			t.Errorf("control %q: %d %v", uri, p.Status, p.Location)
		}
	}
	// The query of a registered URI is kept, without the names of response
	// parameters.
	registered := hostedtest.Callback + "?keep=1&code=planted"
	p := w.Browser().SignIn(hostedtest.AuthorizeURL("public", "redirect_uri", registered))
	if got := p.Query(); got.Get("keep") != "1" || len(got["code"]) != 1 || got.Get("code") == "planted" {
		t.Errorf("query of a registered URI: %v", p.Location)
	}
}

// The state is returned unchanged, with the issuer (RFC 9207).
func TestStateAndIssuer(t *testing.T) {
	w := world(t)
	b := w.Browser()
	for i, state := range []string{"plain", `{"a":"b&c=d"} +%2B%%`, "ünï\n", strings.Repeat("x", 4000), "<script>"} {
		address := hostedtest.AuthorizeURL("public", "state", state)
		p := b.Get(address) // granted by the session after the first sign-in
		if i == 0 {
			p = b.SignIn(address)
		}
		if got := p.Query(); got.Get("state") != state || got.Get("iss") != hostedtest.PublicURL+"/"+w.Pool.ID ||
			got.Get("code") == "" {
			t.Errorf("%q: %v", state, p.Location)
		}
	}
	if p := b.Get(hostedtest.AuthorizeURL("public", "state", "")); p.Query().Has("state") {
		t.Errorf("the response to a request without state has one: %v", p.Location)
	}
}

// A session replaces the form, for every client of the pool, for an hour.
func TestSession(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		b := w.Browser()
		b.Code("public")
		silent := func(client string, values ...string) hostedtest.Page {
			return b.Get(hostedtest.AuthorizeURL(client, append([]string{"prompt", "none"}, values...)...))
		}
		for _, client := range []string{"public", "confidential"} {
			if p := silent(client); p.Query().Get("code") == "" {
				t.Errorf("%s: %v", client, p.Location)
			}
		}
		if p := b.Get(hostedtest.AuthorizeURL("public", "prompt", "login")); p.Location.Path != "/login" {
			t.Errorf("prompt=login: %v", p.Location)
		}
		if p := silent("public", "max_age", "0"); p.Query().Get("error") != "login_required" {
			t.Errorf("max_age 0 at the time of the sign-in: %v", p.Location)
		}
		if p := silent("public", "max_age", "1"); p.Query().Get("code") == "" {
			t.Errorf("max_age 1 at the time of the sign-in: %v", p.Location)
		}
		if p := w.Browser().SignIn(hostedtest.AuthorizeURL("public", "max_age", "0")); p.Query().Get("code") == "" {
			t.Errorf("max_age 0 with a new sign-in: %v", p.Location)
		}
		w.Clock.Advance(time.Minute)
		if p := silent("public", "max_age", "30"); p.Query().Get("error") != "login_required" {
			t.Errorf("max_age: %v", p.Location)
		}
		if p := silent("public", "max_age", "300"); p.Query().Get("code") == "" {
			t.Errorf("greater max_age: %v", p.Location)
		}
		w.Clock.Advance(58 * time.Minute)
		if p := silent("public"); p.Query().Get("code") == "" {
			t.Errorf("before the hour: %v", p.Location)
		}
		w.Clock.Advance(time.Minute)
		if p := silent("public"); p.Query().Get("error") != "login_required" {
			t.Errorf("after the hour, although it was used: %v", p.Location)
		}
	})
}

// A session is not valid for another pool, nor for a user who may not sign in
// (attack cases C6, C7, T10, T12).
func TestInvalidSessions(t *testing.T) {
	for name, invalidate := range map[string]func(*hostedtest.World, *hostedtest.Browser){
		"control": func(*hostedtest.World, *hostedtest.Browser) {},
		"disabled": func(w *hostedtest.World, _ *hostedtest.Browser) {
			w.Change("ann", func(u *userpool.User) { u.Enabled = false })
		},
		"signed out everywhere": func(w *hostedtest.World, _ *hostedtest.Browser) {
			w.Change("ann", func(u *userpool.User) { u.SignOut(w.Clock.Now()) })
		},
		"must reset the password": func(w *hostedtest.World, _ *hostedtest.Browser) {
			w.Change("ann", func(u *userpool.User) { u.Status = userpool.ResetRequired })
		},
		"must change the password": func(w *hostedtest.World, _ *hostedtest.Browser) {
			w.Change("ann", func(u *userpool.User) { u.Status = userpool.ForceChangePassword })
		},
		"deleted": func(w *hostedtest.World, _ *hostedtest.Browser) {
			w.Update(func(tx *store.Tx) error { return tx.DeleteUser(w.Pool, "ann") })
		},
		"deleted and created again": func(w *hostedtest.World, _ *hostedtest.Browser) {
			w.Update(func(tx *store.Tx) error { return tx.DeleteUser(w.Pool, "ann") })
			u := *w.User(w.Pool, "bob", userpool.Confirmed)
			u.Username, u.Sub = "ann", "another"
			w.Update(func(tx *store.Tx) error { return tx.InsertUser(w.Pool, &u) })
		},
		"of another pool": func(w *hostedtest.World, b *hostedtest.Browser) {
			other := w.Browser()
			other.Code("foreign")
			b.Cookies["cognito-"+w.Pool.ID] = other.Cookies["cognito-"+w.Other.ID]
		},
		"truncated": func(w *hostedtest.World, b *hostedtest.Browser) {
			name := "cognito-" + w.Pool.ID
			b.Cookies[name] = b.Cookies[name][:len(b.Cookies[name])-4]
		},
		"logged out, the cookie kept": func(w *hostedtest.World, b *hostedtest.Browser) {
			copied := b.Cookies["cognito-"+w.Pool.ID]
			b.Get("/logout?client_id=public&logout_uri=https://app.example.com/bye")
			b.Cookies["cognito-"+w.Pool.ID] = copied
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			b := w.Browser()
			b.Code("public")
			w.Clock.Advance(time.Second)
			invalidate(w, b)
			p := b.Get(hostedtest.AuthorizeURL("public", "prompt", "none"))
			if valid := p.Query().Get("code") != ""; valid != (name == "control") {
				t.Errorf("%v", p.Location)
			}
		})
	}
}

// At the host name of a pool's domain, other pools' clients are unknown.
func TestHostOfAPool(t *testing.T) {
	w := world(t)
	prefix, err := userpool.NewDomain(w.Pool.ID, "ours", userpool.DomainChange{})
	if err != nil {
		t.Fatal(err)
	}
	arn := userpool.CustomDomainConfig{CertificateArn: "arn:aws:acm:us-east-1:111111111111:certificate/1"}
	custom, err := userpool.NewDomain(w.Other.ID, "login.example.org", userpool.DomainChange{CustomDomainConfig: &arn})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range []*userpool.Domain{prefix, custom} {
		w.Update(func(tx *store.Tx) error { return tx.InsertDomain(d) })
	}
	for host, clients := range map[string][]string{
		"id.example.com":                           {"public", "foreign"},
		"ours.auth.us-east-1.id.example.com":       {"public"},
		"ours.auth.us-east-1.amazoncognito.com":    {"public"},
		"LOGIN.example.org:443":                    {"foreign"},
		"login.example.org":                        {"foreign"},
		"127.0.0.1:9229":                           {"public", "foreign"},
		"unknown.example.net":                      {"public", "foreign"},
		"nobody.auth.us-east-1.id.example.com":     {"public", "foreign"},
		"login.example.org.auth.x.id.example.com.": {"public", "foreign"},
	} {
		for _, client := range []string{"public", "foreign"} {
			b := w.Browser()
			b.Host = host
			known := b.Get(hostedtest.AuthorizeURL(client)).Location != nil
			if known != slices.Contains(clients, client) {
				t.Errorf("%s at %s: known %v", client, host, known)
			}
		}
	}
}

func TestImplicit(t *testing.T) {
	w := world(t)
	authorize := hostedtest.AuthorizeURL("public", "response_type", "token", "nonce", "n", "scope", "openid")
	p := w.Browser().SignIn(authorize)
	got, err := url.ParseQuery(p.Location.Fragment)
	if err != nil || p.Location.RawQuery != "" {
		t.Fatalf("%v", p.Location)
	}
	for name, want := range map[string]string{
		"token_type": "Bearer", "expires_in": "3600", "state": "st", "refresh_token": "", "code": "",
	} {
		if got.Get(name) != want {
			t.Errorf("%s is %q", name, got.Get(name))
		}
	}
	if id := claims(t, got.Get("id_token")); id["nonce"] != "n" || id["aud"] != "public" {
		t.Errorf("ID token %v", id)
	}
	if access := claims(t, got.Get("access_token")); access["scope"] != "openid" {
		t.Errorf("access token %v", access)
	}
}
