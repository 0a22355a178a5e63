package oauth_test

import (
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// refreshForm is a request of the token endpoint with a refresh token.
func refreshForm(client, token string) url.Values {
	return url.Values{"grant_type": {"refresh_token"}, "client_id": {client}, "refresh_token": {token}}
}

func TestCodeGrant(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		b := w.Browser()
		code := b.Code("public", "scope", "openid email "+hostedtest.Scope, "nonce", "n-1",
			"code_challenge", challenge, "code_challenge_method", "S256")
		w.Clock.Advance(time.Minute)
		p := redeem(w, code, "code_verifier", verifier)
		got := object(t, p.Body)
		if p.Status != 200 || len(got) != 5 || got["refresh_token"] == nil ||
			got["token_type"] != "Bearer" || got["expires_in"] != 3600.0 {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		for name, want := range map[string]string{
			"Content-Type": "application/json;charset=UTF-8", "Access-Control-Allow-Origin": "*",
			"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate", "X-Content-Type-Options": "nosniff",
		} {
			if p.Header.Get(name) != want {
				t.Errorf("%s is %q", name, p.Header.Get(name))
			}
		}
		access, id := claims(t, got["access_token"]), claims(t, got["id_token"])
		if access["scope"] != "openid email "+hostedtest.Scope || access["version"] != 2.0 ||
			access["client_id"] != "public" || access["origin_jti"] != id["origin_jti"] {
			t.Errorf("access token %v", access)
		}
		if id["nonce"] != "n-1" || id["at_hash"] == nil || id["email"] != "ann@example.com" ||
			id["email_verified"] != true || id["phone_number"] != nil || id["name"] != nil {
			t.Errorf("ID token %v", id)
		}
		if age := id["iat"].(float64) - id["auth_time"].(float64); age != 60 {
			t.Errorf("auth_time is %v s before iat", age)
		}
		p = w.Browser().Post("/oauth2/token", refreshForm("public", got["refresh_token"].(string)))
		again := object(t, p.Body)
		if p.Status != 200 || again["refresh_token"] != nil ||
			claims(t, again["access_token"])["scope"] != access["scope"] ||
			claims(t, again["id_token"])["phone_number"] != nil {
			t.Errorf("after the refresh: %d %s", p.Status, p.Body)
		}
	})
}

// A client may have 50 scopes of 256 characters. Tokens with all of them work
// at every endpoint.
func TestRefreshWithTheMostScopes(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		server := &userpool.ResourceServer{
			Resource: userpool.Resource{PoolID: w.Pool.ID, ID: "https://large.example.com"}, Name: "large",
		}
		scopes := []string{"openid", userpool.ScopeAdmin}
		for n := len(scopes); n < 50; n++ {
			name := strconv.Itoa(n) + strings.Repeat("<&>", 100)
			name = name[:256-len(server.ID)-1]
			server.Scopes = append(server.Scopes, userpool.ResourceServerScope{Name: name, Description: "x"})
			scopes = append(scopes, server.ID+"/"+name)
		}
		public := w.Client(w.Pool, "large")
		w.Update(func(tx *store.Tx) error {
			c := *public
			c.AllowedOAuthScopes = scopes
			c.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED"}
			return errors.Join(store.ResourceServers.Insert(tx, server), tx.UpdateClient(&c))
		})
		b := w.Browser()
		all := strings.Join(scopes, " ")
		response := redeem(w, b.Code("large", "scope", all), "client_id", "large")
		for step := range 3 {
			got := object(t, response.Body)
			refresh, _ := got["refresh_token"].(string)
			if response.Status != 200 || refresh == "" || claims(t, got["access_token"])["scope"] != all {
				t.Fatalf("step %d: %d %.300s", step, response.Status, response.Body)
			}
			info := w.Browser()
			info.Header.Set("Authorization", "Bearer "+got["access_token"].(string))
			if p := info.Get("/oauth2/userInfo"); p.Status != 200 {
				t.Errorf("step %d: userInfo: %d %s", step, p.Status, p.Body)
			}
			response = b.Post("/oauth2/token", refreshForm("large", refresh))
		}
		last, _ := object(t, response.Body)["refresh_token"].(string)
		if p := b.Post("/oauth2/revoke", url.Values{"token": {last}, "client_id": {"large"}}); p.Status != 200 {
			t.Errorf("revoke: %d %s", p.Status, p.Body)
		}
		p := b.Post("/oauth2/token", refreshForm("large", last))
		if object(t, p.Body)["error"] != "invalid_grant" {
			t.Errorf("after revocation: %d %s", p.Status, p.Body)
		}
	})
}

func TestScopesOfTokens(t *testing.T) {
	w := world(t)
	for scope, want := range map[string]struct{ id, absent []string }{
		"openid":         {[]string{"email", "phone_number", "name"}, nil},
		"openid email":   {[]string{"email", "email_verified"}, []string{"phone_number", "name"}},
		"openid phone":   {[]string{"phone_number"}, []string{"email", "name"}},
		"openid profile": {[]string{"name"}, []string{"email", "phone_number"}},
	} {
		id := claims(t, object(t, redeem(w, w.Browser().Code("public", "scope", scope)).Body)["id_token"])
		for _, name := range want.id {
			if id[name] == nil {
				t.Errorf("%s: no %s", scope, name)
			}
		}
		for _, name := range want.absent {
			if id[name] != nil {
				t.Errorf("%s: unexpected %s", scope, name)
			}
		}
	}
	got := object(t, redeem(w, w.Browser().Code("public", "scope", userpool.ScopeAdmin)).Body)
	if got["id_token"] != nil || claims(t, got["access_token"])["scope"] != userpool.ScopeAdmin {
		t.Errorf("without openid: %v", got)
	}
	all := claims(t, object(t, redeem(w, w.Browser().Code("public")).Body)["access_token"])["scope"].(string)
	if c := strings.Fields(all); !slices.Contains(c, hostedtest.Scope) || len(c) != 6 {
		t.Errorf("without a scope: %s", all)
	}
	w.Update(func(tx *store.Tx) error {
		return store.ResourceServers.Delete(tx, w.Pool.ID, "https://api.example.com")
	})
	kept := claims(t, object(t, redeem(w, w.Browser().Code("public")).Body)["access_token"])["scope"].(string)
	if strings.Contains(kept, hostedtest.Scope) {
		t.Errorf("the token has a removed scope: %s", kept)
	}
}

// The scopes email and phone require that the client may read both attributes;
// openid and profile cover those that it may read. A refusal does not consume the
// code. Source: guide page token-endpoint.
func TestScopesWithUnreadableAttributes(t *testing.T) {
	w := world(t)
	for name, c := range map[string]struct {
		read, scope string
		refused     bool
	}{
		"control":            {"email email_verified phone_number phone_number_verified", "openid email phone", false},
		"half of email":      {"email", "openid email", true},
		"other half":         {"email_verified", "openid email", true},
		"half of phone":      {"email email_verified phone_number", "openid email phone", true},
		"other scope":        {"email email_verified", "openid email", false},
		"openid and profile": {"email", "openid profile", false},
		"openid":             {"email", "openid", false},
	} {
		w.Client(w.Pool, "reads", func(c *userpool.Client) { c.ReadAttributes = nil })
		set := func(read []string) {
			w.Update(func(tx *store.Tx) error {
				stored, err := tx.ClientByID("reads")
				if err != nil {
					return err
				}
				changed := *stored
				changed.ReadAttributes = read
				return tx.UpdateClient(&changed)
			})
		}
		set(strings.Fields(c.read))
		code := w.Browser().Code("reads", "scope", c.scope)
		p := redeem(w, code, "client_id", "reads")
		if refused := p.Body == `{"error":"invalid_grant"}`; refused != c.refused || !refused && p.Status != 200 {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
		if set(nil); c.refused && redeem(w, code, "client_id", "reads").Status != 200 {
			t.Errorf("%s: the refusal has consumed the code", name)
		}
		w.Update(func(tx *store.Tx) error { return tx.DeleteClient(w.Pool.ID, "reads") })
	}
}

// Misuses of a code are refused (attack cases C1 to C4, C6, C7). The control is
// the same code, used correctly.
func TestInvalidCodes(t *testing.T) {
	pkce := []string{"code_challenge", challenge, "code_challenge_method", "S256"}
	right := []string{"code_verifier", verifier}
	for name, c := range map[string]struct {
		authorize, redeem []string
		before            func(*hostedtest.World)
		error             string
	}{
		"control":                {pkce, right, nil, ""},
		"control without PKCE":   {nil, nil, nil, ""},
		"no verifier":            {pkce, nil, nil, "invalid_grant"},
		"wrong verifier":         {pkce, []string{"code_verifier", strings.Repeat("a", 43)}, nil, "invalid_grant"},
		"challenge as verifier":  {pkce, []string{"code_verifier", challenge}, nil, "invalid_grant"},
		"short verifier":         {pkce, []string{"code_verifier", verifier[:42]}, nil, "invalid_grant"},
		"long verifier":          {pkce, []string{"code_verifier", strings.Repeat("a", 129)}, nil, "invalid_grant"},
		"verifier, no challenge": {nil, right, nil, "invalid_grant"},
		"no redirect_uri":        {nil, []string{"redirect_uri", ""}, nil, "invalid_request"},
		"another redirect_uri":   {nil, []string{"redirect_uri", "myapp://done"}, nil, "unauthorized_client"},
		"a longer redirect_uri": {
			nil, []string{"redirect_uri", hostedtest.Callback + "/"}, nil, "unauthorized_client",
		},
		"no code":              {nil, []string{"code", ""}, nil, "invalid_request"},
		"another code":         {nil, []string{"code", "4a1c4d4e-0000-4000-8000-000000000000"}, nil, "invalid_grant"},
		"without client_id":    {nil, []string{"client_id", ""}, nil, "invalid_request"},
		"by an unknown client": {nil, []string{"client_id", "nosuch"}, nil, "invalid_client"},
		"by another pool":      {nil, []string{"client_id", "foreign"}, nil, "invalid_grant"},
		"by another client": {
			nil, []string{"client_id", "confidential", "client_secret", hostedtest.Secret}, nil, "invalid_grant",
		},
		"by a client without its secret": {
			nil, []string{"client_id", "confidential"}, nil, "invalid_client",
		},
		"by another public client": {
			nil, []string{"client_id", "another"}, nil, "invalid_grant",
		},
		"no grant_type": {nil, []string{"grant_type", ""}, nil, "invalid_request"},
		"password":      {nil, []string{"grant_type", "password"}, nil, "unsupported_grant_type"},
		"expired":       {nil, nil, func(w *hostedtest.World) { w.Clock.Advance(5 * time.Minute) }, "invalid_grant"},
		"in time":       {nil, nil, func(w *hostedtest.World) { w.Clock.Advance(5*time.Minute - time.Second) }, ""},
		"user disabled": {nil, nil, func(w *hostedtest.World) {
			w.Change("ann", func(u *userpool.User) { u.Enabled = false })
		}, "invalid_grant"},
		"user signed out": {nil, nil, func(w *hostedtest.World) {
			w.Change("ann", func(u *userpool.User) { u.SignOut(w.Clock.Now()) })
		}, "invalid_grant"},
		"user deleted": {nil, nil, func(w *hostedtest.World) {
			w.Update(func(tx *store.Tx) error { return tx.DeleteUser(w.Pool, "ann") })
		}, "invalid_grant"},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			w.Client(w.Pool, "another")
			code := w.Browser().Code("public", c.authorize...)
			if c.before != nil {
				c.before(w)
			}
			p := redeem(w, code, c.redeem...)
			got, _ := object(t, p.Body)["error"].(string)
			if got != c.error || (p.Status == 200) != (c.error == "") {
				t.Errorf("%d %s, want %q", p.Status, p.Body, c.error)
			}
			if strings.HasPrefix(name, "by ") {
				if p := redeem(w, code); p.Status != 200 {
					t.Errorf("the right client, afterwards: %d %s", p.Status, p.Body)
				}
			}
			if c.error == "unauthorized_client" && object(t, p.Body)["error_description"] != "invalid_redirect" {
				t.Errorf("without the description of the guide: %s", p.Body)
			}
			if name == "another redirect_uri" && redeem(w, code).Status != 200 {
				t.Error("another redirect_uri has consumed the code")
			}
			if name == "wrong verifier" || name == "no verifier" {
				if p := redeem(w, code, right...); p.Status != 200 {
					t.Errorf("a request that does not match has consumed the code: %d %s", p.Status, p.Body)
				}
			}
		})
	}
}

// A code is accepted once, also in two hundred concurrent requests, of which
// one gets tokens that are valid. A second use within ten seconds is refused; a
// later one revokes the tokens of the first (attack case C2). A request that
// does not match the code revokes nothing.
func TestCodeTwice(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		code := w.Browser().Code("public", "code_challenge", challenge, "code_challenge_method", "S256")
		redeem := func(w *hostedtest.World, code string, values ...string) hostedtest.Page {
			return redeem(w, code, append([]string{"code_verifier", verifier}, values...)...)
		}
		first := object(t, redeem(w, code).Body)
		refresh := refreshForm("public", first["refresh_token"].(string))
		if p := w.Browser().Post("/oauth2/token", refresh); p.Status != 200 {
			t.Errorf("control: %s", p.Body)
		}
		redeem(w, code)
		if p := w.Browser().Post("/oauth2/token", refresh); p.Status != 200 {
			t.Errorf("a request that was sent twice revoked its tokens: %s", p.Body)
		}
		w.Clock.Advance(10 * time.Second)
		for name, wrong := range map[string][]string{
			"verifier": {"code_verifier", strings.Repeat("w", 43)}, "no verifier": {"code_verifier", ""},
			"redirect": {"redirect_uri", "myapp://done"}, "no redirect": {"redirect_uri", ""},
		} {
			if p := redeem(w, code, wrong...); p.Status != 400 {
				t.Errorf("wrong %s: %d", name, p.Status)
			}
			if p := w.Browser().Post("/oauth2/token", refresh); p.Status != 200 {
				t.Errorf("a wrong %s revoked the tokens: %s", name, p.Body)
			}
		}
		if p := redeem(w, code); p.Status != 400 || p.Body != `{"error":"invalid_grant"}` {
			t.Errorf("second use: %d %s", p.Status, p.Body)
		}
		if p := w.Browser().Post("/oauth2/token", refresh); p.Status != 400 || p.Body != `{"error":"invalid_grant"}` {
			t.Errorf("the refresh token of the first use is still valid: %s", p.Body)
		}
	})
	w := world(t)
	code := w.Browser().Code("public")
	responses := make([]hostedtest.Page, 200)
	var all sync.WaitGroup
	for i := range responses {
		all.Go(func() { responses[i] = redeem(w, code) })
	}
	all.Wait()
	won := slices.DeleteFunc(responses, func(p hostedtest.Page) bool { return p.Status != 200 })
	if len(won) != 1 {
		t.Fatalf("%d of 200 got tokens", len(won))
	}
	refresh := refreshForm("public", object(t, won[0].Body)["refresh_token"].(string))
	if p := w.Browser().Post("/oauth2/token", refresh); p.Status != 200 {
		t.Errorf("the tokens of the first use are not valid: %s", p.Body)
	}
}

func TestClientAuthentication(t *testing.T) {
	w := world(t)
	escaped := url.QueryEscape(hostedtest.Secret)
	const wrong = `{"error":"invalid_client","error_description":"invalid_client_secret"}`
	const unknown = `{"error":"invalid_client"}`
	for name, c := range map[string]struct {
		header string
		form   []string
		body   string // empty: tokens
	}{
		"basic":               {basic("confidential", hostedtest.Secret), nil, ""},
		"basic, form-encoded": {basic("confidential", escaped), nil, ""},
		"basic and client_id": {basic("confidential", hostedtest.Secret), []string{"client_id", "confidential"}, ""},
		"post":                {"", []string{"client_id", "confidential", "client_secret", hostedtest.Secret}, ""},
		"both": {
			basic("confidential", hostedtest.Secret), []string{"client_secret", hostedtest.Secret}, "",
		},
		"none":            {"", []string{"client_id", "confidential"}, wrong},
		"wrong, basic":    {basic("confidential", "wrong"), nil, wrong},
		"wrong, post":     {"", []string{"client_id", "confidential", "client_secret", "wrong"}, wrong},
		"right and wrong": {basic("confidential", hostedtest.Secret), []string{"client_secret", "wrong"}, wrong},
		"plus as space":   {basic("confidential", strings.ReplaceAll(hostedtest.Secret, "+", " ")), nil, wrong},
		"another client_id": {
			basic("confidential", hostedtest.Secret), []string{"client_id", "public"}, `{"error":"invalid_request"}`,
		},
		"unknown client": {basic("nosuch", hostedtest.Secret), nil, unknown},
		"bearer": {
			"Bearer x", []string{"client_id", "confidential", "client_secret", hostedtest.Secret}, unknown,
		},
		"secret of a public client": {"", []string{"client_id", "public", "client_secret", hostedtest.Secret}, wrong},
		"public by basic":           {basic("public", ""), nil, `{"error":"invalid_grant"}`},
		"repeated": {
			"", []string{"client_id", "confidential", "client_secret", hostedtest.Secret, "client_id", "confidential"},
			`{"error":"invalid_request"}`,
		},
		"only in the query": {"", nil, `{"error":"invalid_request"}`},
	} {
		t.Run(name, func(t *testing.T) {
			code := w.Browser().Code("confidential")
			b := w.Browser()
			if c.header != "" {
				b.Header.Set("Authorization", c.header)
			}
			form := url.Values{
				"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {hostedtest.Callback},
			}
			for i := 0; i+1 < len(c.form); i += 2 {
				form.Add(c.form[i], c.form[i+1])
			}
			p := b.Post("/oauth2/token?client_id=confidential", form)
			if c.body == "" {
				if p.Status != 200 {
					t.Errorf("%d %s", p.Status, p.Body)
				}
				return
			}
			if p.Status != 400 || p.Body != c.body {
				t.Errorf("%d %s", p.Status, p.Body)
			}
			// The code is not consumed: clients try one method after the other.
			b = w.Browser()
			b.Header.Set("Authorization", basic("confidential", hostedtest.Secret))
			form.Del("client_id")
			form.Del("client_secret")
			if p := b.Post("/oauth2/token", form); p.Status != 200 {
				t.Errorf("the code afterwards: %s", p.Body)
			}
		})
	}
}

// A scope that the client may not have is invalid_grant, one that does not exist
// is invalid_scope. Source: guide page token-endpoint.
func TestClientCredentials(t *testing.T) {
	w := world(t)
	const other = "https://api.example.com/other"
	machine := func(id string, change func(*userpool.Client)) {
		w.Client(w.Pool, id, func(c *userpool.Client) {
			c.Secrets = []userpool.ClientSecret{{ID: c.ID + "--1", Value: hostedtest.Secret}}
			c.AllowedOAuthFlows = []string{userpool.FlowClientCredentials}
			c.AllowedOAuthScopes = []string{hostedtest.Scope}
			change(c)
		})
	}
	machine("reader", func(c *userpool.Client) { c.AllowedOAuthScopes = []string{hostedtest.Scope, "email"} })
	machine("domainless", func(c *userpool.Client) {
		c.AllowedOAuthFlowsUserPoolClient, c.AllowedOAuthFlows = false, nil
		c.ExplicitAuthFlows = []string{"ALLOW_CLIENT_TOKEN_AUTH"}
	})
	w.Update(func(tx *store.Tx) error {
		servers, err := store.ResourceServers.All(tx, w.Pool.ID)
		if err != nil {
			return err
		}
		servers[0].Scopes = append(servers[0].Scopes, userpool.ResourceServerScope{Name: "other", Description: "x"})
		return store.ResourceServers.Update(tx, servers[0])
	})
	request := func(client string, values ...string) hostedtest.Page {
		b := w.Browser()
		b.Header.Set("Authorization", basic(client, hostedtest.Secret))
		form := url.Values{"grant_type": {"client_credentials"}}
		for i := 0; i+1 < len(values); i += 2 {
			form.Set(values[i], values[i+1])
		}
		return b.Post("/oauth2/token", form)
	}
	for name, c := range map[string]struct {
		p     hostedtest.Page
		error string
	}{
		"all":          {request("machine"), ""},
		"one":          {request("machine", "scope", hostedtest.Scope, "aws_client_metadata", `{"a":"b"}`), ""},
		"offline":      {request("machine", "scope", hostedtest.Scope+" offline_access"), ""},
		"openid":       {request("machine", "scope", "openid"), "invalid_grant"},
		"own email":    {request("reader", "scope", "email"), "invalid_scope"},
		"not allowed":  {request("machine", "scope", other), "invalid_grant"},
		"one of two":   {request("machine", "scope", hostedtest.Scope+" "+other), "invalid_grant"},
		"no scope":     {request("machine", "scope", "https://api.example.com/write"), "invalid_scope"},
		"no server":    {request("machine", "scope", "https://another.example.com/read"), "invalid_scope"},
		"no domain":    {request("domainless"), ""},
		"bad metadata": {request("machine", "aws_client_metadata", `{"a":1}`), "invalid_request"},
		"user client":  {request("confidential"), "unauthorized_client"},
	} {
		got := object(t, c.p.Body)
		if c.error != "" {
			if got["error"] != c.error || c.p.Status != 400 {
				t.Errorf("%s: %d %s", name, c.p.Status, c.p.Body)
			}
			continue
		}
		access := claims(t, got["access_token"])
		if len(got) != 3 || access["sub"] != access["client_id"] || access["username"] != nil ||
			access["scope"] != hostedtest.Scope {
			t.Errorf("%s: %s %v", name, c.p.Body, access)
		}
		// A client credentials token has no user.
		b := w.Browser()
		b.Header.Set("Authorization", "Bearer "+got["access_token"].(string))
		if p := b.Get("/oauth2/userInfo"); p.Status != 401 {
			t.Errorf("userInfo of a machine: %d %s", p.Status, p.Body)
		}
	}
}
