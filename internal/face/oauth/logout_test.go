package oauth_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	bye  = "https://app.example.com/bye"
	evil = "https://evil.example.com"
)

// logoutAt returns a logout request with the parameters in pairs.
func logoutAt(pairs ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Add(pairs[i], pairs[i+1])
	}
	return "/logout?" + q.Encode()
}

// idToken signs in as ann and returns the browser and the ID token.
func idToken(w *hostedtest.World, clientID string, values ...string) (*hostedtest.Browser, string) {
	w.T.Helper()
	b := w.Browser()
	code := b.Code(clientID, values...)
	set := object(w.T, redeem(w, code, "client_id", clientID).Body)
	return b, set["id_token"].(string)
}

// signedIn reports whether a session grants a request without a page.
func signedIn(b *hostedtest.Browser, clientID string) bool {
	code, _ := silent(b, clientID)
	return code != ""
}

// asks requires the page that asks the user, and that the session is kept.
func asks(t *testing.T, what string, b *hostedtest.Browser, p hostedtest.Page) {
	t.Helper()
	action, form := p.Form()
	if p.Status != 200 || action != "/logout" || !form.Has("_csrf") || !form.Has("step") {
		t.Errorf("%s: no page that asks: %d %v %s", what, p.Status, p.Location, p.Body)
	}
	if !signedIn(b, "public") {
		t.Errorf("%s: the session has ended before the user confirmed", what)
	}
}

// refuses requires the error page with a text, and that the session is kept.
func refuses(t *testing.T, what string, b *hostedtest.Browser, p hostedtest.Page, message string) {
	t.Helper()
	if p.Status != 400 || !strings.Contains(p.Body, "An error was encountered with the requested page.") ||
		!strings.Contains(p.Body, message) {
		t.Errorf("%s: %d %v %s", what, p.Status, p.Location, p.Body)
	}
	if !signedIn(b, "public") {
		t.Errorf("%s: a refused request has ended the session", what)
	}
}

// leaves requires a redirect, or the page of a completed logout if address is
// empty, and that the session has ended.
func leaves(t *testing.T, what string, b *hostedtest.Browser, p hostedtest.Page, address string) {
	t.Helper()
	if p.Header.Get("Location") != address || address == "" && !strings.Contains(p.Body, "You are signed out") {
		t.Errorf("%s: %d %v %s", what, p.Status, p.Location, p.Body)
	}
	if signedIn(b, "public") {
		t.Errorf("%s: the session is valid", what)
	}
}

// Amazon Cognito's forms lead to a registered logout URL, byte by byte, or to
// sign-in (attack case R5). Source: guide page logout-endpoint.
func TestLogout(t *testing.T) {
	const noRedirect = "Required String parameter &#39;redirect_uri&#39; is not present"
	scopes := "openid email phone profile aws.cognito.signin.user.admin " + hostedtest.Scope
	signIn := func(pairs ...string) string {
		pairs = append(pairs, "client_id", "public", "redirect_uri", hostedtest.Callback, "response_type", "code")
		return "/login?" + strings.ReplaceAll(strings.TrimPrefix(logoutAt(pairs...), "/logout?"), "+", "%20")
	}
	again := []string{"redirect_uri", hostedtest.Callback, "response_type", "code"}
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Client(w.Pool, "elsewhere", func(c *userpool.Client) { c.LogoutURLs = []string{evil} })
		for name, c := range map[string]struct {
			pairs   []string
			want    string
			message string // of the refusal
		}{
			"logout_uri":    {[]string{"logout_uri", bye}, bye, ""},
			"others":        {[]string{"logout_uri", bye, "state", "s", "state", "t", "id_token_hint", "x"}, bye, ""},
			"both":          {append([]string{"logout_uri", bye}, again...), bye, ""},
			"sign in again": {append([]string{"scope", "openid"}, again...), signIn("scope", "openid"), ""},
			"without scope": {again, signIn("scope", scopes), ""},
			"passed on": {
				append([]string{"scope", "openid", "state", "s", "nonce", "n", "identity_provider", "X"}, again...),
				signIn("scope", "openid", "state", "s", "nonce", "n"), "",
			},
			"unregistered, both": {
				append([]string{"logout_uri", evil, "scope", "openid"}, again...), signIn("scope", "openid"), "",
			},
			"slash":         {[]string{"logout_uri", bye + "/"}, "", noRedirect},
			"no scheme":     {[]string{"logout_uri", "//evil.example.com"}, "", noRedirect},
			"backslash":     {[]string{"logout_uri", `/\evil.example.com`}, "", noRedirect},
			"user info":     {[]string{"logout_uri", "https://app.example.com@evil.example.com/bye"}, "", noRedirect},
			"callback":      {[]string{"logout_uri", hostedtest.Callback}, "", noRedirect},
			"other client":  {[]string{"logout_uri", evil}, "", noRedirect},
			"twice":         {[]string{"logout_uri", bye, "logout_uri", evil}, "", "logout_uri is repeated"},
			"two clients":   {[]string{"logout_uri", evil, "client_id", "elsewhere"}, "", "client_id is repeated"},
			"empty":         {[]string{"logout_uri", ""}, "", noRedirect},
			"client alone":  {nil, "", noRedirect},
			"response_type": {again[:2], "", "Required String parameter &#39;response_type&#39; is not present"},
		} {
			b := w.Browser()
			b.Code("public")
			p := b.Get(logoutAt(append([]string{"client_id", "public"}, c.pairs...)...))
			if c.message != "" {
				refuses(t, name, b, p, c.message)
				continue
			}
			got, want := p.Location, mustParse(t, c.want)
			if got == nil || got.Path != want.Path || got.Host != want.Host || !maps.EqualFunc(
				got.Query(), want.Query(), func(a, b []string) bool { return slices.Equal(a, b) }) {
				t.Errorf("%s: %v, want %s", name, got, c.want)
			}
			if signedIn(b, "public") {
				t.Errorf("%s: the session is valid", name)
			}
		}
		b := w.Browser()
		b.Code("public")
		p := b.Get(logoutAt("client_id", "public", "redirect_uri", evil, "response_type", "code"))
		if p.Header.Get("Location") != "/error?error=redirect_mismatch&client_id=public" || !signedIn(b, "public") {
			t.Errorf("unregistered redirect_uri: %v", p.Location)
		}
		refuses(t, "no client", b, b.Get(logoutAt("logout_uri", bye)),
			"Required String parameter &#39;client_id&#39; is not present")
		refuses(t, "unknown client", b, b.Get(logoutAt("logout_uri", bye, "client_id", "nosuch")),
			"Client does not exist.")
	})
}

func mustParse(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// signoutRedirect of oidc-client-ts sends the hint and the address, without the
// client.
func TestLogoutOfOIDCClientTS(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		b, id := idToken(w, "public")
		copied := maps.Clone(b.Cookies)
		p := b.Get(logoutAt("id_token_hint", id, "post_logout_redirect_uri", bye, "state", "s s"))
		leaves(t, "with the state", b, p, bye+"?state=s+s")
		b.Cookies = copied
		if signedIn(b, "public") {
			t.Error("a copy of the cookie is valid")
		}
		b, id = idToken(w, "public")
		w.Clock.Advance(30 * time.Minute)
		ignored := []string{"ui_locales", "de fr", "logout_hint", "x"}
		p = b.Get(logoutAt(append(ignored, "id_token_hint", id, "post_logout_redirect_uri", bye)...))
		leaves(t, "without a state", b, p, bye)
		p = b.Get(logoutAt("id_token_hint", id, "post_logout_redirect_uri", bye))
		leaves(t, "without a session", b, p, bye)
	})
}

// The query of a logout URL is kept, in its order. Only the state of the request
// replaces one that is registered.
func TestQueryOfLogoutURLs(t *testing.T) {
	w := world(t)
	const registered = bye + "?code=eu&error=none&iss=us&state=old&%73tate=older&&error_description=d"
	w.Client(w.Pool, "parameters", func(c *userpool.Client) { c.LogoutURLs = []string{registered} })
	for state, want := range map[string]string{
		"new": bye + "?code=eu&error=none&iss=us&error_description=d&state=new", "": registered,
	} {
		b, id := idToken(w, "parameters")
		pairs := []string{"id_token_hint", id, "post_logout_redirect_uri", registered}
		if state != "" {
			pairs = append(pairs, "state", state)
		}
		leaves(t, "state "+state, b, b.Get(logoutAt(pairs...)), want)
	}
	b, _ := idToken(w, "parameters")
	leaves(t, "logout_uri", b, b.Get(logoutAt("client_id", "parameters", "logout_uri", registered)), registered)
}

// A hint may have expired, and the session may be younger than it.
func TestExpiredHint(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		_, id := idToken(w, "public")
		w.Clock.Advance(20 * time.Hour)
		b, _ := idToken(w, "public")
		leaves(t, "expired hint", b, b.Get(logoutAt("id_token_hint", id, "post_logout_redirect_uri", bye)), bye)
	})
}

// Hints that are forged or of another client or pool end no session and lead
// nowhere (attack cases T1 to T3, T10).
func TestHintsAtLogout(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Client(w.Pool, "elsewhere", func(c *userpool.Client) { c.LogoutURLs = []string{evil} })
		b, id := idToken(w, "public")
		_, foreign := idToken(w, "foreign")
		access := object(t, redeem(w, w.Browser().Code("public")).Body)["access_token"].(string)
		parts := strings.Split(id, ".")
		none := base64.RawURLEncoding.EncodeToString([]byte(`{"kid":"x","alg":"none"}`))
		payload := base64.RawURLEncoding.EncodeToString([]byte(strings.Replace(
			decode(t, parts[1]), `"aud":"public"`, `"aud":"elsewhere"`, 1)))
		for name, hint := range map[string]string{
			"alg none":      none + "." + parts[1] + ".",
			"no signature":  parts[0] + "." + parts[1] + ".",
			"modified":      parts[0] + "." + payload + "." + parts[2],
			"signature of":  parts[0] + "." + parts[1] + "." + strings.Split(foreign, ".")[2],
			"access token":  access,
			"not a token":   "x",
			"a megabyte":    strings.Repeat("A", 1<<20),
			"five MB, dots": strings.Repeat(".", 5<<20),
		} {
			p := b.Get(logoutAt("id_token_hint", hint, "post_logout_redirect_uri", bye, "client_id", "public"))
			refuses(t, name, b, p, "Invalid id_token_hint")
		}
		p := b.Get(logoutAt("id_token_hint", id, "post_logout_redirect_uri", evil, "client_id", "elsewhere"))
		refuses(t, "client_id is not the audience", b, p, "client_id is not the audience")
		p = b.Get(logoutAt("id_token_hint", id, "post_logout_redirect_uri", bye, "id_token_hint", "x"))
		refuses(t, "two hints", b, p, "id_token_hint is repeated")
		// The hint of another pool leads to that pool's client, and ends only
		// that pool's session.
		p = b.Get(logoutAt("id_token_hint", foreign, "post_logout_redirect_uri", bye))
		if p.Header.Get("Location") != bye || !signedIn(b, "public") {
			t.Errorf("hint of another pool: %d %v", p.Status, p.Location)
		}
		p = b.Get(logoutAt("id_token_hint", id, "post_logout_redirect_uri", bye, "client_id", "public"))
		leaves(t, "control", b, p, bye)
	})
}

// The user confirms a logout that does not identify the session (attack case
// R11, logout CSRF).
func TestLogoutIsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.User(w.Pool, "bob", userpool.Confirmed)
		bob := w.Browser()
		form := bob.Follow(bob.Get(hostedtest.AuthorizeURL("public")))
		p := bob.Fill(form, "username", "bob", "password", hostedtest.Password)
		ofBob := object(t, redeem(w, p.Query().Get("code")).Body)["id_token"].(string)
		back := logoutAt("client_id", "public", "post_logout_redirect_uri", bye)
		for name, c := range map[string]struct {
			address, want string
		}{
			"without a hint": {back + "&state=s", bye + "?state=s"},
			"empty hint":     {back + "&id_token_hint=", bye},
			"hint of bob":    {logoutAt("id_token_hint", ofBob, "post_logout_redirect_uri", bye), bye},
			"no parameters":  {"/logout", ""},
			"state alone":    {logoutAt("state", "s"), ""},
		} {
			b := w.Browser()
			b.Code("public")
			page := b.Get(c.address)
			asks(t, name, b, page)
			_, form := page.Form()
			attack := func(what string, change func(*hostedtest.Browser, url.Values)) {
				other, values := *b, maps.Clone(form)
				other.Cookies, other.Header = maps.Clone(b.Cookies), http.Header{}
				change(&other, values)
				// The browser is sent to the page again, which asks.
				if p := other.Post("/logout", values); p.Status != 303 || !signedIn(b, "public") {
					t.Errorf("%s, %s: %d %v", name, what, p.Status, p.Location)
				}
			}
			attack("no token", func(_ *hostedtest.Browser, v url.Values) { v.Del("_csrf") })
			attack("another token", func(_ *hostedtest.Browser, v url.Values) {
				v.Set("_csrf", strings.Repeat("0", 36))
			})
			attack("another site", func(b *hostedtest.Browser, _ url.Values) {
				b.Header.Set("Sec-Fetch-Site", "cross-site")
			})
			attack("another origin", func(b *hostedtest.Browser, _ url.Values) { b.Header.Set("Origin", evil) })
			attack("another browser", func(b *hostedtest.Browser, _ url.Values) { clear(b.Cookies) })
			leaves(t, name+", confirmed", b, b.Fill(page), c.want)
		}
	})
}

// The page that asks can be used for five minutes, and its form cannot be
// changed.
func TestConfirmationOfLogoutExpires(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		b := w.Browser()
		b.Code("public")
		page := b.Get(logoutAt("client_id", "public", "post_logout_redirect_uri", bye))
		_, form := page.Form()
		step := form.Get("step")
		for name, value := range map[string]string{
			"truncated": step[:len(step)-4], "empty": "", "session": b.Cookies["cognito-"+w.Pool.ID],
		} {
			if p := b.Fill(page, "step", value); p.Status != 400 || p.Location != nil || !signedIn(b, "public") {
				t.Errorf("%s: %d %v", name, p.Status, p.Location)
			}
		}
		w.Clock.Advance(5*time.Minute - time.Second)
		late := b.Get(logoutAt("client_id", "public", "post_logout_redirect_uri", bye))
		w.Clock.Advance(time.Second)
		if p := b.Fill(page); p.Status != 400 || !strings.Contains(p.Body, "expired") || !signedIn(b, "public") {
			t.Errorf("after five minutes: %d %v %s", p.Status, p.Location, p.Body)
		}
		leaves(t, "control", b, b.Fill(late), bye)
		b.Code("public")
		long := logoutAt("client_id", "public", "post_logout_redirect_uri", bye, "state", strings.Repeat("x", 20_000))
		refuses(t, "long state", b, b.Get(long), "state is too long")
	})
}

// Applications may post the request. A browser sends no SameSite=Lax cookie with
// the form of another site, but does with the redirect that follows.
func TestLogoutByPOST(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		for name, withCookies := range map[string]bool{"of another site": false, "of the same site": true} {
			b, id := idToken(w, "public")
			post := func(form url.Values) hostedtest.Page {
				t.Helper()
				if withCookies {
					return b.Post("/logout", form)
				}
				return w.Browser().Post("/logout", form)
			}
			form := url.Values{"id_token_hint": {id}, "post_logout_redirect_uri": {bye}, "state": {"s"}}
			p := post(form)
			if p.Status != 303 || p.Location.Path != "/logout" || strings.Contains(p.Location.RawQuery, id[:20]) {
				t.Fatalf("%s: %d %v %s", name, p.Status, p.Location, p.Body)
			}
			leaves(t, name, b, b.Follow(p), bye+"?state=s")

			b.Code("public")
			form.Del("id_token_hint")
			form.Set("client_id", "public")
			page := b.Follow(post(form))
			asks(t, name+", no hint", b, page)
			leaves(t, name+", confirmed", b, b.Fill(page), bye+"?state=s")

			b.Code("public")
			own := url.Values{"client_id": {"public"}, "logout_uri": {bye}}
			leaves(t, name+", Cognito", b, b.Follow(post(own)), bye)
			b.Code("public")
			form.Set("post_logout_redirect_uri", evil)
			refuses(t, name+", unregistered", b, post(form), "not a sign-out URL")
			form.Set("post_logout_redirect_uri", bye)
			form.Set("state", strings.Repeat("x", 70_000))
			if p := post(form); p.Status != 413 || !signedIn(b, "public") {
				t.Errorf("%s, 70 KB: %d", name, p.Status)
			}
		}
	})
}

// A request that names no client ends the sessions of every pool, after one
// confirmation; one that does ends those of its pool.
func TestLogoutOfSeveralPools(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		both := func() *hostedtest.Browser {
			b := w.Browser()
			b.Code("public")
			b.Code("foreign")
			b.Cookies["cognito-theme"] = "dark" // of another program on this host
			return b
		}
		b := both()
		b.Fill(b.Get(logoutAt("client_id", "public", "post_logout_redirect_uri", bye)))
		if signedIn(b, "public") || !signedIn(b, "foreign") {
			t.Error("with a client: not exactly its pool's session has ended")
		}
		b = both()
		copied := maps.Clone(b.Cookies)
		leaves(t, "without a client", b, b.Fill(b.Get("/logout")), "")
		if signedIn(b, "foreign") || b.Cookies["cognito-theme"] != "dark" || len(b.Cookies) != 2 {
			t.Errorf("without a client: cookies %v", b.Cookies)
		}
		b.Cookies = copied
		if signedIn(b, "public") || signedIn(b, "foreign") {
			t.Error("a copy of the cookies is valid")
		}
	})
}

// At a pool's domain other pools' clients and hints are unknown, and a request
// without parameters ends the session of that pool alone.
func TestLogoutAtADomain(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		d, err := userpool.NewDomain(w.Pool.ID, "ours", userpool.DomainChange{})
		if err != nil {
			t.Fatal(err)
		}
		w.Update(func(tx *store.Tx) error { return tx.InsertDomain(d) })
		track(w, true)
		_, id := idToken(w, "public")
		elsewhere, foreign := idToken(w, "foreign")
		b := w.Browser()
		b.Host = "ours.auth.us-east-1.id.example.com"
		b.Code("public")
		refuses(t, "another pool", b, b.Get(logoutAt("id_token_hint", foreign)), "Client does not exist.")
		leaves(t, "control", b, b.Get(logoutAt("id_token_hint", id)), "")

		b.Code("public")
		copied := maps.Clone(b.Cookies)
		theirs := "cognito-" + w.Other.ID
		b.Cookies[theirs] = elsewhere.Cookies[theirs]
		page := b.Get("/logout")
		asks(t, "no parameters", b, page)
		leaves(t, "no parameters, confirmed", b, b.Fill(page), "")
		if b.Cookies["cognito"] != "" || b.Cookies[theirs] == "" || !signedIn(elsewhere, "foreign") {
			t.Errorf("no parameters: cookies %v", b.Cookies)
		}
		if b.Cookies = copied; signedIn(b, "public") {
			t.Error("a copy of the cookie is valid")
		}
		// The session of the public URL, where the first ID token was issued, is left.
		if left := sessionsByKind(w)[userpool.SSOSession]; len(left) != 1 {
			t.Errorf("SSO sessions after both logouts: %+v", left)
		}
	})
}

// Only GET, HEAD and POST are allowed, and no cache keeps a response.
func TestLogoutMethods(t *testing.T) {
	w := world(t)
	for method, want := range map[string]int{
		"GET": 302, "HEAD": 302, "POST": 303, "PUT": 405, "DELETE": 405, "OPTIONS": 405,
	} {
		for _, path := range []string{"/logout", "/oauth2/logout"} {
			a := httptest.NewRecorder()
			w.Mux.ServeHTTP(a, httptest.NewRequest(method, path+"?client_id=public&logout_uri="+bye, nil))
			if a.Code != want || !strings.Contains(a.Header().Get("Cache-Control"), "no-store") ||
				a.Header().Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s %s: %d %v", method, path, a.Code, a.Header())
			}
		}
	}
}

func decode(t *testing.T, part string) string {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
