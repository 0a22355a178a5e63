package oauth_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// bothModes runs a test in a pool as Amazon Cognito has it, and again in strict
// mode.
func bothModes(t *testing.T, w *hostedtest.World, test func(t *testing.T, strict bool)) {
	t.Helper()
	for _, strict := range []bool{false, true} {
		name := map[bool]string{false: "compatible", true: "strict"}[strict]
		w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = strict })
		t.Run(name, func(t *testing.T) { test(t, strict) })
	}
}

// pick returns what is expected in a mode.
func pick(strict bool, inStrict, compatible string) string {
	if strict {
		return inStrict
	}
	return compatible
}

// present returns those of the names that are claims.
func present(claims members, names []string) string {
	absent := func(name string) bool { return claims[name] == nil }
	return strings.Join(slices.DeleteFunc(slices.Clone(names), absent), " ")
}

// Each scope covers its own claims, in the ID token, at userInfo and after a
// refresh. Amazon Cognito's openid alone covers all.
func TestStrictScopes(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Change("ann", func(u *userpool.User) { u.Attributes["address"] = "1 Example Street" })
		w.Client(w.Pool, "reader", func(c *userpool.Client) {
			c.AllowedOAuthScopes = []string{"openid", "email", "phone", "profile", userpool.ScopeAddress}
			c.ExplicitAuthFlows = []string{"ALLOW_REFRESH_TOKEN_AUTH"}
		})
		all := []string{"name", "email", "email_verified", "phone_number", "address"}
		b := w.Browser()
		b.Code("reader")
		bothModes(t, w, func(t *testing.T, strict bool) {
			for scope, want := range map[string]string{
				"openid":                   pick(strict, "", strings.Join(all, " ")),
				"openid profile":           "name",
				"openid email":             "email email_verified",
				"openid phone":             "phone_number",
				"openid address":           pick(strict, "address", strings.Join(all, " ")),
				"openid phone nothing":     pick(strict, "phone_number", "refused"),
				"openid aws/unknown email": pick(strict, "email email_verified", "refused"),
			} {
				p := b.Get(hostedtest.AuthorizeURL("reader", "scope", scope))
				code := p.Query().Get("code")
				if (code == "") != (want == "refused") {
					t.Fatalf("%s: %v", scope, p.Location)
				}
				if want == "refused" {
					continue
				}
				p = redeem(w, code, "client_id", "reader")
				got := object(t, p.Body)
				granted := strings.TrimSuffix(strings.Replace(scope, " aws/unknown", "", 1), " nothing")
				if named, _ := got["scope"].(string); named != pick(strict, granted, "") {
					t.Errorf("%s: the response names the scope %q", scope, named)
				}
				form := refreshForm("reader", got["refresh_token"].(string))
				again := object(t, w.Browser().Post("/oauth2/token", form).Body)
				info := w.Browser()
				info.Header.Set("Authorization", "Bearer "+again["access_token"].(string))
				for source, c := range map[string]members{
					"ID token": claims(t, got["id_token"]), "refreshed ID token": claims(t, again["id_token"]),
					"userInfo": object(t, info.Get("/oauth2/userInfo").Body),
				} {
					if found := present(c, all); found != want || c["sub"] == nil {
						t.Errorf("%s: %s has %q, want %q", scope, source, found, want)
					}
				}
			}
		})
	})
}

// The claims of userInfo have the types of OpenID Connect in strict pools; the name
// belongs to the profile. At Amazon Cognito all are text.
func TestStrictUserInfo(t *testing.T) {
	w := world(t)
	bothModes(t, w, func(t *testing.T, strict bool) {
		info := func(scope string) (hostedtest.Page, members) {
			b := w.Browser()
			set := object(t, redeem(w, b.Code("public", "scope", scope)).Body)
			b.Header.Set("Authorization", "Bearer "+set["access_token"].(string))
			p := b.Get("/oauth2/userInfo")
			return p, object(t, p.Body)
		}
		_, got := info("openid email")
		if strict && (got["email_verified"] != true || got["username"] != nil || len(got) != 3) ||
			!strict && (got["email_verified"] != "true" || got["username"] != "ann" || len(got) != 4) {
			t.Errorf("openid email: %v", got)
		}
		if _, got = info("openid profile"); got["username"] != "ann" {
			t.Errorf("openid profile: %v", got)
		}
		p, _ := info(userpool.ScopeAdmin)
		status, challenge := 401, p.Header.Get("WWW-Authenticate")
		if strict {
			status = 403
		}
		if p.Status != status || !strings.HasPrefix(challenge,
			pick(strict, `Bearer error="insufficient_scope",`, `error="invalid_token",`)) {
			t.Errorf("without openid: %d %v", p.Status, p.Header)
		}
		b := w.Browser()
		set := object(t, redeem(w, b.Code("public")).Body)
		b.Header.Set("Authorization", "Bearer "+set["id_token"].(string))
		p = b.Get("/oauth2/userInfo")
		challenge = p.Header.Get("WWW-Authenticate")
		if p.Status != 401 || !strings.HasPrefix(challenge, pick(strict, "Bearer ", "")+`error="invalid_token",`) {
			t.Errorf("an ID token: %d %v", p.Status, p.Header)
		}
	})
}

// answerTo returns what follows from an authorization request: page, login, or
// the code of an error that is sent to the client, after the word fragment if it
// is sent there.
func answerTo(p hostedtest.Page) string {
	switch {
	case p.Location == nil:
		return "page"
	case p.Location.Path == "/login":
		return "login"
	case p.Location.Fragment != "":
		fragment, _ := url.ParseQuery(p.Location.Fragment)
		return "fragment " + fragment.Get("error")
	case p.Query().Get("state") != "st":
		return "no state"
	}
	return p.Query().Get("error")
}

// Requests that OpenID Connect answers with another error than Amazon Cognito, and
// those that Amazon Cognito grants.
func TestStrictRefusals(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "coder", func(c *userpool.Client) { c.AllowedOAuthFlows = []string{userpool.FlowCode} })
	w.Client(w.Pool, "one", func(c *userpool.Client) { c.CallbackURLs = []string{hostedtest.Callback} })
	_, hint := idToken(w, "public")
	_, foreign := idToken(w, "foreign")
	for name, c := range map[string]struct {
		url, strict, compatible string // see answerTo
	}{
		"control":           {hostedtest.AuthorizeURL("public"), "login", "login"},
		"unknown parameter": {hostedtest.AuthorizeURL("public", "claims", "{}", "extra", "x"), "login", "login"},
		"response_type": {
			hostedtest.AuthorizeURL("public", "response_type", "code id_token"),
			"unsupported_response_type", "invalid_request",
		},
		"request":       {hostedtest.AuthorizeURL("public", "request", "x"), "request_not_supported", "login"},
		"empty request": {hostedtest.AuthorizeURL("public") + "&request=", "request_not_supported", "login"},
		"request_uri": {
			hostedtest.AuthorizeURL("public", "request_uri", "https://a.example.com"),
			"request_uri_not_supported", "login",
		},
		"registration": {
			hostedtest.AuthorizeURL("public", "registration", "{}"),
			"registration_not_supported", "login",
		},
		"hint": {hostedtest.AuthorizeURL("public", "id_token_hint", hint), "login", "login"},
		"hint, not a token": {
			hostedtest.AuthorizeURL("public", "id_token_hint", "x"),
			"invalid_request", "login",
		},
		"hint, not signed": {
			hostedtest.AuthorizeURL("public", "id_token_hint", hint[:strings.LastIndex(hint, ".")+1]),
			"invalid_request", "login",
		},
		"hint, another pool": {
			hostedtest.AuthorizeURL("public", "id_token_hint", foreign),
			"invalid_request", "login",
		},
		"hint, repeated": {
			hostedtest.AuthorizeURL("public", "id_token_hint", hint) + "&id_token_hint=" + hint,
			"invalid_request", "login",
		},
		"implicit refused": {
			hostedtest.AuthorizeURL("coder", "response_type", "token"),
			"fragment unauthorized_client", "unauthorized_client",
		},
		"implied redirect": {hostedtest.AuthorizeURL("one", "redirect_uri", ""), "page", "login"},
		"only unknown scopes": {
			hostedtest.AuthorizeURL("public", "scope", "nothing"),
			"invalid_scope", "invalid_scope",
		},
	} {
		t.Run(name, func(t *testing.T) {
			bothModes(t, w, func(t *testing.T, strict bool) {
				p := w.Browser().Get(c.url)
				if got, want := answerTo(p), pick(strict, c.strict, c.compatible); got != want {
					t.Errorf("%s, want %s: %d %v", got, want, p.Status, p.Location)
				}
			})
		})
	}
}

// The user of an id_token_hint is the only one who can satisfy the request, by a
// session or on the page. The control is the user whom the hint names.
func TestHintNamesTheUser(t *testing.T) {
	w := world(t)
	w.User(w.Pool, "bob", userpool.Confirmed)
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = true })
	b, hint := idToken(w, "public")
	cookie := b.Cookies["cognito-"+w.Pool.ID]
	silent := hostedtest.AuthorizeURL("public", "id_token_hint", hint, "prompt", "none")
	if p := b.Get(silent); p.Query().Get("code") == "" {
		t.Errorf("control: %v", p.Location)
	}
	other := w.Browser()
	page := other.Follow(other.Get(hostedtest.AuthorizeURL("public", "id_token_hint", hint)))
	p := other.Fill(page, "username", "bob", "password", hostedtest.Password)
	if p.Query().Get("error") != "login_required" || other.Cookies["cognito-"+w.Pool.ID] != "" {
		t.Errorf("signed in as another user: %v, cookies %v", p.Location, other.Cookies)
	}
	p = other.Fill(page, "username", "ann", "password", hostedtest.Password)
	if p.Query().Get("code") == "" {
		t.Errorf("signed in as the user: %v", p.Location)
	}
	stranger := w.Browser()
	page = stranger.Follow(stranger.Get(hostedtest.AuthorizeURL("public")))
	stranger.Fill(page, "username", "bob", "password", hostedtest.Password)
	if p := stranger.Get(silent); p.Query().Get("error") != "login_required" {
		t.Errorf("with the session of another user: %v", p.Location)
	}
	if b.Cookies["cognito-"+w.Pool.ID] != cookie {
		t.Error("the session of the user has changed")
	}
}

// Errors of the token endpoint that RFC 6749 specifies and Amazon Cognito does not
// follow.
func TestStrictTokenErrors(t *testing.T) {
	w := world(t)
	w.Update(func(tx *store.Tx) error {
		servers, err := store.ResourceServers.All(tx, w.Pool.ID)
		if err != nil {
			return err
		}
		servers[0].Scopes = append(servers[0].Scopes, userpool.ResourceServerScope{Name: "other", Description: "x"})
		return store.ResourceServers.Update(tx, servers[0])
	})
	machine := func(scope, secret string) hostedtest.Page {
		b := w.Browser()
		b.Header.Set("Authorization", basic("machine", secret))
		return b.Post("/oauth2/token", url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
	}
	bothModes(t, w, func(t *testing.T, strict bool) {
		p := machine(hostedtest.Scope, "wrong")
		want := 400
		if strict {
			want = 401
		}
		if p.Status != want || object(t, p.Body)["error"] != "invalid_client" ||
			p.Header.Get("WWW-Authenticate") != pick(strict, `Basic realm="client"`, "") {
			t.Errorf("wrong secret: %d %v %s", p.Status, p.Header, p.Body)
		}
		p = machine(hostedtest.Scope, hostedtest.Secret)
		if named, _ := object(t, p.Body)["scope"].(string); named != pick(strict, hostedtest.Scope, "") {
			t.Errorf("control: %d %s", p.Status, p.Body)
		}
		p = machine("https://api.example.com/other", hostedtest.Secret)
		if p.Status != 400 || object(t, p.Body)["error"] != pick(strict, "invalid_scope", "invalid_grant") {
			t.Errorf("scope that is not allowed: %d %s", p.Status, p.Body)
		}
		code := w.Browser().Code("public")
		p = redeem(w, code, "redirect_uri", "myapp://done")
		if p.Status != 400 || object(t, p.Body)["error"] != pick(strict, "invalid_grant", "unauthorized_client") {
			t.Errorf("another redirect_uri: %d %s", p.Status, p.Body)
		}
		if p := redeem(w, code); p.Status != 200 {
			t.Errorf("control: %d %s", p.Status, p.Body)
		}
	})
}

// A refused request object names the mode and the state of its refusal; the control
// names both itself.
func TestRefusalOfARequestObject(t *testing.T) {
	w := world(t)
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.StrictOIDC = true })
	const object = "e30.eyJzdGF0ZSI6Imluc2lkZSIsInJlc3BvbnNlX21vZGUiOiJmb3JtX3Bvc3QifQ." // inside, form_post
	p := w.Browser().Get(hostedtest.AuthorizeURL("public", "state", "", "request", object))
	if _, form := p.Form(); form.Get("error") != "request_not_supported" || form.Get("state") != "inside" {
		t.Errorf("%d %v %v", p.Status, p.Location, form)
	}
	p = w.Browser().Get(hostedtest.AuthorizeURL("public", "response_mode", "query", "request", object))
	if p.Query().Get("error") != "request_not_supported" || p.Query().Get("state") != "st" {
		t.Errorf("control: %v", p.Location)
	}
}

// The discovery document of a strict pool says what the pool supports; that of
// another pool is Amazon Cognito's.
func TestStrictDiscovery(t *testing.T) {
	w := world(t)
	bothModes(t, w, func(t *testing.T, strict bool) {
		got := object(t, w.Browser().Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
		for _, member := range []string{
			"claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported",
		} {
			value, found := got[member]
			if found != strict || strict && value != (member == "claims_parameter_supported") {
				t.Errorf("%s: %v", member, value)
			}
		}
		scopes, _ := got["scopes_supported"].([]any)
		names, found := got["claims_supported"].([]any)
		if found != strict || len(scopes) != map[bool]int{true: 5, false: 4}[strict] {
			t.Errorf("claims %v, scopes %v", names, scopes)
		}
	})
}
