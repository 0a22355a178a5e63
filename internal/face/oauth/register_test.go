package oauth_test

import (
	"fmt"
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

// registrar is a world whose pool allows registrations.
type registrar struct{ *hostedtest.World }

// allow configures the registration of the pool.
func (w registrar) allow(change func(*userpool.DcrConfiguration)) {
	w.T.Helper()
	enabled := "Enabled"
	d := &userpool.DcrConfiguration{EnableStatus: &enabled}
	change(d)
	w.configure(func(p *userpool.Pool) { p.DcrConfiguration = d })
}

// configure changes the pool.
func (w registrar) configure(change func(*userpool.Pool)) {
	w.T.Helper()
	w.Update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.Pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		change(&changed)
		return tx.UpdatePool(&changed)
	})
}

func open(d *userpool.DcrConfiguration) {
	yes := true
	d.OpenDcrEnabled = &yes
}

const registerPath = "/oauth2/register?user_pool_id=us-east-1_Ours"

// register sends a registration, and returns its response and headers.
func (w registrar) register(token, body string, address ...string) (int, members, http.Header) {
	w.T.Helper()
	path := registerPath
	if len(address) > 0 {
		path = address[0]
	}
	r, a := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body)), httptest.NewRecorder()
	r.Host = "id.example.com"
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w.Mux.ServeHTTP(a, r)
	return a.Code, object(w.T, a.Body.String()), a.Header()
}

// must is register for a client that is created.
func (w registrar) must(token, body string) members {
	w.T.Helper()
	status, m, _ := w.register(token, body)
	if status != http.StatusCreated || m["client_id"] == nil {
		w.T.Fatalf("%s: %d %v", body, status, m)
	}
	return m
}

// is requires a refusal.
func (w registrar) is(what string, status int, code string, gotStatus int, got members) {
	w.T.Helper()
	if gotStatus != status || got["error"] != code || got["client_id"] != nil {
		w.T.Errorf("%s: %d %v, want %d %s", what, gotStatus, got, status, code)
	}
}

// tokenOf returns an access token of a client for the scope.
func (w registrar) tokenOf(id, scope string) string {
	w.T.Helper()
	p := w.Browser().Post("/oauth2/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {id}, "client_secret": {hostedtest.Secret}, "scope": {scope},
	})
	text, ok := object(w.T, p.Body)["access_token"].(string)
	if !ok {
		w.T.Fatalf("token: %s", p.Body)
	}
	return text
}

// newRegistrar returns a world with a client that can get initial access tokens.
func newRegistrar(w *hostedtest.World) registrar {
	w.T.Helper()
	w.Client(w.Pool, "operator", func(c *userpool.Client) {
		c.Secrets = []userpool.ClientSecret{{ID: "operator--1", Value: hostedtest.Secret}}
		c.AllowedOAuthFlows = []string{userpool.FlowClientCredentials}
		c.AllowedOAuthScopes = []string{userpool.ScopeRegister, hostedtest.Scope}
	})
	return registrar{w}
}

const plainMetadata = `{"redirect_uris":["https://app.example.com/cb"],"token_endpoint_auth_method":"none",` +
	`"client_name":"MCP Inspector (dev)","client_uri":"https://app.example.com","scope":"openid email admin"}`

// A registered client signs users in.
func TestRegistration(t *testing.T) {
	each(t, func(t *testing.T, world *hostedtest.World) {
		w := newRegistrar(world)
		w.allow(open)
		m := w.must("", plainMetadata)
		want := members{
			"client_id": m["client_id"], "client_id_issued_at": float64(w.Clock.Now().Unix()),
			"client_name": "MCP Inspector dev", "redirect_uris": []any{"https://app.example.com/cb"},
			"grant_types": []any{"authorization_code", "refresh_token"}, "response_types": []any{"code"},
			"token_endpoint_auth_method": "none", "scope": "openid email",
		}
		if fmt.Sprint(m) != fmt.Sprint(want) {
			t.Errorf("got %v, want %v", m, want)
		}
		id := m["client_id"].(string)
		b := w.Browser()
		code := b.Code(id, "scope", "openid email", "code_challenge", challenge, "code_challenge_method", "S256")
		tokens := object(t, b.Post("/oauth2/token", url.Values{
			"grant_type": {"authorization_code"}, "client_id": {id}, "code": {code},
			"redirect_uri": {hostedtest.Callback}, "code_verifier": {verifier},
		}).Body)
		if claims(t, tokens["access_token"])["client_id"] != id || tokens["refresh_token"] == nil {
			t.Errorf("tokens: %v", tokens)
		}
		// It cannot sign users in by the native API.
		w.Update(func(tx *store.Tx) error {
			c, err := tx.Client(w.Pool.ID, id)
			if err == nil && (!c.Registered || c.Allows("USER_SRP_AUTH") || c.Allows("USER_PASSWORD_AUTH") ||
				c.Allows("CUSTOM_AUTH") || c.Allows("USER_AUTH")) {
				t.Errorf("the client is %+v", c)
			}
			return err
		})
		// A confidential one, by default.
		m = w.must("", `{"redirect_uris":["http://127.0.0.1:8080/cb","app://cb"]}`)
		secret, _ := m["client_secret"].(string)
		if len(secret) < 40 || m["client_secret_expires_at"] != 0.0 ||
			m["token_endpoint_auth_method"] != "client_secret_basic" || m["client_name"] != "Registered client" ||
			m["scope"] != "openid email phone profile" {
			t.Errorf("a confidential client: %v", m)
		}
		p := w.Browser().Post("/oauth2/token", url.Values{
			"grant_type": {"refresh_token"}, "client_id": {m["client_id"].(string)}, "client_secret": {secret + "x"},
			"refresh_token": {"x"},
		})
		if object(t, p.Body)["error"] != "invalid_client" {
			t.Errorf("a wrong secret: %s", p.Body)
		}
	})
}

// With an initial access token.
func TestAuthenticatedRegistration(t *testing.T) {
	each(t, func(t *testing.T, world *hostedtest.World) {
		w := newRegistrar(world)
		initial := w.tokenOf("operator", userpool.ScopeRegister)
		w.allow(func(d *userpool.DcrConfiguration) { d.AllowedScopes = []string{hostedtest.Scope, "nowhere/x"} })
		machine := `{"grant_types":["client_credentials"],"client_name":"job"}`
		m := w.must(initial, machine)
		if m["scope"] != hostedtest.Scope || fmt.Sprint(m["grant_types"]) != "[client_credentials]" ||
			fmt.Sprint(m["response_types"]) != "[]" || m["client_secret"] == nil {
			t.Errorf("a machine: %v", m)
		}
		if m := w.must(initial, plainMetadata); m["client_secret"] != nil {
			t.Errorf("a public client: %v", m)
		}
		// The address may leave out the pool, which the token names.
		if status, m, _ := w.register(initial, machine, "/oauth2/register"); status != http.StatusCreated {
			t.Errorf("without the pool: %d %v", status, m)
		}
		const invalid = `Bearer error="invalid_token"`
		for what, c := range map[string]struct {
			token, code string
			status      int
			challenge   string
		}{
			"no token":        {"", "access_denied", http.StatusForbidden, ""},
			"no such token":   {"x", "invalid_token", http.StatusUnauthorized, invalid},
			"a changed token": {initial + "x", "invalid_token", http.StatusUnauthorized, invalid},
			"another scope": {
				w.tokenOf("machine", hostedtest.Scope), "insufficient_scope", http.StatusForbidden,
				`Bearer error="insufficient_scope", scope="aws.cognito/dcr/register"`,
			},
		} {
			status, m, h := w.register(c.token, machine)
			w.is(what, c.status, c.code, status, m)
			if h.Get("WWW-Authenticate") != c.challenge {
				t.Errorf("%s: WWW-Authenticate %q", what, h.Get("WWW-Authenticate"))
			}
		}
		for what, forged := range forgeries(t, w.World, initial) { // attack cases T1 to T5, T10
			if forged != initial {
				status, m, _ := w.register(forged, machine)
				w.is(what, http.StatusUnauthorized, "invalid_token", status, m)
			}
		}
		status, m, _ := w.register(initial, machine, "/oauth2/register?user_pool_id=us-east-1_Theirs")
		w.is("another pool", http.StatusUnauthorized, "invalid_token", status, m)
		// The token ends with its hour, and when the client loses the scope.
		w.Update(func(tx *store.Tx) error {
			c, err := tx.Client(w.Pool.ID, "operator")
			if err != nil {
				return err
			}
			changed := *c
			changed.AllowedOAuthScopes = []string{hostedtest.Scope}
			return tx.UpdateClient(&changed)
		})
		status, m, _ = w.register(initial, machine)
		w.is("the client has lost the scope", http.StatusForbidden, "insufficient_scope", status, m)
		w.Clock.Advance(time.Hour)
		status, m, _ = w.register(initial, machine)
		w.is("an expired token", http.StatusUnauthorized, "invalid_token", status, m)
	})
}

func TestRegistrationIsOff(t *testing.T) {
	w := newRegistrar(world(t))
	initial := w.tokenOf("operator", userpool.ScopeRegister)
	yes, disabled := true, "Disabled"
	for what, d := range map[string]*userpool.DcrConfiguration{
		"not configured": nil, "no status": {OpenDcrEnabled: &yes},
		"disabled": {EnableStatus: &disabled, OpenDcrEnabled: &yes},
	} {
		w.configure(func(p *userpool.Pool) { p.DcrConfiguration = d })
		for _, token := range []string{"", initial} {
			status, m, _ := w.register(token, plainMetadata)
			w.is(what, http.StatusForbidden, "access_denied", status, m)
		}
		if e := w.metadata()["registration_endpoint"]; e != nil {
			t.Errorf("%s: discovery has registration_endpoint %v", what, e)
		}
	}
	// Empty lists of grant types allow none; the default of open registration is off.
	w.allow(func(d *userpool.DcrConfiguration) {
		open(d)
		d.AuthenticatedGrantTypes, d.OpenDcrGrantTypes = []string{}, []string{userpool.FlowImplicit}
	})
	for _, token := range []string{"", initial} {
		status, m, _ := w.register(token, plainMetadata)
		w.is("empty lists", http.StatusForbidden, "access_denied", status, m)
	}
	w.allow(open)
	for _, address := range []string{
		"/oauth2/register", "/oauth2/register?user_pool_id=us-east-1_None",
		"/oauth2/register?user_pool_id=us-east-1_Theirs",
	} {
		status, m, _ := w.register("", plainMetadata, address)
		w.is(address, http.StatusForbidden, "access_denied", status, m)
	}
	// The control.
	w.must("", plainMetadata)
	d := w.metadata()
	if d["registration_endpoint"] != "https://id.example.com"+registerPath ||
		!slices.Contains(d["token_endpoint_auth_methods_supported"].([]any), any("none")) {
		t.Errorf("discovery: %v", d)
	}
}

func (w registrar) metadata() members {
	w.T.Helper()
	return object(w.T, w.Browser().Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
}

func TestInvalidRegistrations(t *testing.T) {
	w := newRegistrar(world(t))
	w.allow(func(d *userpool.DcrConfiguration) {
		open(d)
		d.AllowedScopes = []string{userpool.ScopeRegister, userpool.ScopeAdmin}
	})
	const uri, metadata = "invalid_redirect_uri", "invalid_client_metadata"
	for body, code := range map[string]string{
		"":                                      metadata,
		"[]":                                    metadata,
		`{"redirect_uris":"https://a.example"}`: metadata,
		`{"redirect_uris":[1]}`:                 metadata,
		`{"redirect_uris":[]}`:                  uri,
		`{}`:                                    uri,
		"null":                                  uri,
		`{"redirect_uris":["https://a.example/cb","http://a.example/cb"]}`:                               uri,
		`{"redirect_uris":["https://a.example/cb#x"]}`:                                                   uri,
		`{"redirect_uris":["javascript:alert(1)"]}`:                                                      uri,
		`{"redirect_uris":["https://u:p@a.example/cb"]}`:                                                 uri,
		`{"redirect_uris":["/cb"]}`:                                                                      uri,
		`{"redirect_uris":["https://a.example/` + strings.Repeat("a", 1024) + `"]}`:                      uri,
		`{"redirect_uris":["https://a.example/cb"` + strings.Repeat(`,"a://b"`, 20) + `]}`:               uri,
		`{"redirect_uris":["https://a.example/cb"],"token_endpoint_auth_method":"private_key_jwt"}`:      metadata,
		`{"redirect_uris":["https://a.example/cb"],"grant_types":["implicit"]}`:                          metadata,
		`{"redirect_uris":["https://a.example/cb"],"grant_types":["client_credentials"]}`:                metadata,
		`{"redirect_uris":["https://a.example/cb"],"response_types":["token"]}`:                          metadata,
		`{"redirect_uris":["https://a.example/cb"],"scope":"aws.cognito/dcr/register"}`:                  metadata,
		`{"redirect_uris":["https://a.example/cb"],"client_name":"` + strings.Repeat("a", 70_000) + `"}`: metadata,
	} {
		status, m, h := w.register("", body)
		w.is(fmt.Sprintf("%.80s", body), http.StatusBadRequest, code, status, m)
		if !strings.Contains(h.Get("Cache-Control"), "no-store") || h.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%.80s: headers %v", body, h)
		}
	}
	// What is not allowed is left out.
	m := w.must("", `{"redirect_uris":["https://a.example/cb"],`+
		`"scope":"openid offline_access aws.cognito/dcr/register",`+
		`"grant_types":["authorization_code","refresh_token","urn:example:other","implicit"]}`)
	if m["scope"] != "openid" || fmt.Sprint(m["grant_types"]) != "[authorization_code refresh_token]" {
		t.Errorf("%v", m)
	}
}

// Open registration leaves a tenth of the quota to administrators, and has a rate.
func TestOpenRegistrationIsLimited(t *testing.T) {
	w := newRegistrar(world(t))
	initial := w.tokenOf("operator", userpool.ScopeRegister)
	w.allow(open)
	created, status, m := 0, 0, members(nil)
	for range 100 {
		if status, m, _ = w.register("", plainMetadata); status != http.StatusCreated {
			break
		}
		created++
	}
	w.is("too many in a minute", http.StatusTooManyRequests, "Too many requests", status, m)
	if created != 60 {
		t.Errorf("%d clients were registered in the first minute", created)
	}
	w.must(initial, plainMetadata)
	w.Clock.Advance(time.Minute + time.Millisecond)
	w.must("", plainMetadata)
	w.configure(func(p *userpool.Pool) { p.Quotas = userpool.Quotas{userpool.QuotaAppClients: 70} })
	for range 10 {
		if status, m, _ = w.register("", plainMetadata); status != http.StatusCreated {
			break
		}
	}
	w.is("the reserved part", http.StatusForbidden, "access_denied", status, m)
	initial = w.tokenOf("operator", userpool.ScopeRegister)
	w.must(initial, plainMetadata)
	for range 10 {
		if status, m, _ = w.register(initial, plainMetadata); status != http.StatusCreated {
			break
		}
	}
	w.is("the quota", http.StatusForbidden, "access_denied", status, m)
	count := 0
	w.Update(func(tx *store.Tx) (err error) {
		count, err = tx.CountClients(w.Pool.ID)
		return err
	})
	if count != 70 {
		t.Errorf("%d clients, want the quota of 70", count)
	}
}

// Anyone can register a client and lead users to it, so the browser's session does
// not suffice: the user signs in on a page that names the client and where it leads.
// The control is the client of an administrator.
func TestRegisteredClientsNeedASignIn(t *testing.T) {
	each(t, func(t *testing.T, world *hostedtest.World) {
		w := newRegistrar(world)
		w.allow(open)
		id := w.must("", `{"redirect_uris":["`+hostedtest.Callback+`"],"client_name":"Ann's bank",`+
			`"logo_uri":"https://bank.example.com/logo.png","token_endpoint_auth_method":"none"}`)["client_id"].(string)
		b := w.Browser()
		b.Code("public")
		if p := b.Get(hostedtest.AuthorizeURL("public")); p.Query().Get("code") == "" {
			t.Fatalf("control: %d %v", p.Status, p.Location)
		}
		for range 2 {
			asked := b.Get(hostedtest.AuthorizeURL(id, "scope", "openid"))
			if asked.Location == nil || asked.Location.Path != "/login" {
				t.Fatalf("with a session: %d %v", asked.Status, asked.Location)
			}
			page := b.Follow(asked)
			for _, text := range []string{"<dd>Ann s bank</dd>", "<dt>Leads to</dt><dd>app.example.com</dd>"} {
				if !strings.Contains(page.Body, text) {
					t.Errorf("the page lacks %q: %s", text, page.Body)
				}
			}
			if strings.Contains(page.Body, "logo.png") {
				t.Errorf("the page shows the logo of a stranger: %s", page.Body)
			}
			done := b.Fill(page, "username", "ann", "password", hostedtest.Password)
			if done.Query().Get("code") == "" {
				t.Errorf("after the sign-in: %d %v %s", done.Status, done.Location, done.Body)
			}
		}
		// The host in a URI of an app's own scheme proves nothing.
		const own = "evil://bank.example.com/cb"
		app := w.must("", `{"redirect_uris":["`+own+`"],"token_endpoint_auth_method":"none"}`)["client_id"].(string)
		page := b.Follow(b.Get(hostedtest.AuthorizeURL(app, "scope", "openid", "redirect_uri", own)))
		if !strings.Contains(page.Body, "<dd>"+own+"</dd>") {
			t.Errorf("the page lacks %s: %s", own, page.Body)
		}
		p := b.Get(hostedtest.AuthorizeURL(id, "scope", "openid", "prompt", "none"))
		if p.Query().Get("error") != "login_required" {
			t.Errorf("prompt none: %d %v", p.Status, p.Location)
		}
	})
}
