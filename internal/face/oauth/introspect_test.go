package oauth_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const inactive = `{"active":false}`

// introspect posts a token of a client that authenticates by its secret.
func introspect(w *hostedtest.World, client, token string) hostedtest.Page {
	return w.Browser().Post("/oauth2/introspect",
		url.Values{"client_id": {client}, "client_secret": {hostedtest.Secret}, "token": {token}})
}

// grantTo returns the tokens of an authorization of a confidential client.
func grantTo(t *testing.T, w *hostedtest.World, client string, values ...string) members {
	t.Helper()
	code := w.Browser().Code(client, values...)
	p := redeem(w, code, "client_id", client, "client_secret", hostedtest.Secret)
	if p.Status != 200 {
		t.Fatalf("%s: %s", client, p.Body)
	}
	return object(t, p.Body)
}

func withSecret(c *userpool.Client) {
	c.Secrets = []userpool.ClientSecret{{ID: c.ID + "--1", Value: hostedtest.Secret}}
}

// The response about an active token (RFC 7662 section 2.2).
func TestIntrospect(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		set := grantTo(t, w, "confidential", "scope", "openid "+hostedtest.Scope, "resource", resource)
		access := claims(t, set["access_token"])
		common := members{
			"active": true, "scope": "openid " + hostedtest.Scope, "client_id": "confidential", "username": "ann",
			"sub": access["sub"], "aud": resource, "iss": access["iss"],
		}
		with := func(more members) members {
			all := members{}
			for _, m := range []members{common, more} {
				for name, value := range m {
					all[name] = value
				}
			}
			return all
		}
		expires := access["auth_time"].(float64) + (30 * 24 * time.Hour).Seconds()
		for name, want := range map[string]members{
			"access_token": with(members{
				"token_type": "Bearer", "exp": access["exp"], "iat": access["iat"], "jti": access["jti"],
			}),
			"refresh_token": with(members{"exp": expires}),
		} {
			p := introspect(w, "confidential", set[name].(string))
			if got := object(t, p.Body); p.Status != 200 || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %d %v, want %v", name, p.Status, got, want)
			}
			if h := p.Header; !strings.Contains(h.Get("Cache-Control"), "no-store") ||
				!strings.HasPrefix(h.Get("Content-Type"), "application/json") {
				t.Errorf("%s: %v", name, h)
			}
		}
		machine := object(t, w.Browser().Post("/oauth2/token", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"machine"}, "client_secret": {hostedtest.Secret},
		}).Body)["access_token"].(string)
		got := object(t, introspect(w, "machine", machine).Body)
		if got["active"] != true || got["sub"] != "machine" || got["username"] != nil || got["aud"] != nil {
			t.Errorf("client credentials: %v", got)
		}
		w.Update(func(tx *store.Tx) error { return tx.DeleteClient(w.Pool.ID, "machine") })
		w.Client(w.Pool, "api", withSecret)
		if p := introspect(w, "api", machine); p.Body != inactive {
			t.Errorf("token of a deleted client: %s", p.Body)
		}
	})
}

// A client may know about access tokens for a resource server of which it has a
// scope, and about no other token of another client.
func TestIntrospectTokensOfOthers(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "api", withSecret, func(c *userpool.Client) { c.AllowedOAuthScopes = []string{hostedtest.Scope} })
	w.Client(w.Pool, "app", withSecret, func(c *userpool.Client) { c.AllowedOAuthScopes = []string{"openid"} })
	const server = "https://api.example.com"
	for name, c := range map[string]struct {
		values []string
		api    bool
	}{
		"scope of the server":             {[]string{"scope", "openid " + hostedtest.Scope}, true},
		"other scopes":                    {[]string{"scope", "openid " + userpool.ScopeAdmin}, false},
		"bound to the server":             {[]string{"scope", "openid", "resource", server}, true},
		"bound elsewhere":                 {[]string{"scope", hostedtest.Scope, "resource", resource}, false},
		"bound to the server, with slash": {[]string{"scope", hostedtest.Scope, "resource", server + "/"}, false},
	} {
		set := object(t, redeem(w, w.Browser().Code("public", c.values...)).Body)
		access := set["access_token"].(string)
		if active := introspect(w, "api", access).Body != inactive; active != c.api {
			t.Errorf("%s: active for the resource server: %v", name, active)
		}
		if p := introspect(w, "app", access); p.Body != inactive {
			t.Errorf("%s: another client gets %s", name, p.Body)
		}
		if refresh, ok := set["refresh_token"].(string); !ok || introspect(w, "api", refresh).Body != inactive {
			t.Errorf("%s: refresh token of another client", name)
		}
	}
}

// A function can set aud to the client's ID, which names no resource server.
func TestIntrospectTokensWithTheClientAsAudience(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "api", withSecret, func(c *userpool.Client) { c.AllowedOAuthScopes = []string{hostedtest.Scope} })
	refuse := false
	withPreTokenGeneration(t, w, &refuse)
	changed := *w.Pool
	w.Update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.Pool.ID)
		if err == nil {
			changed = *p
			changed.LambdaConfig.PreTokenGenerationConfig = &userpool.LambdaTarget{
				LambdaVersion: "V2_0", LambdaArn: *p.LambdaConfig.PreTokenGeneration,
			}
			err = tx.UpdatePool(&changed)
		}
		return err
	})
	w.Function = func(_ context.Context, _ string, event []byte) ([]byte, error) {
		return trigger.Complete(event, []byte(`{"response":{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{
			"claimsToAddOrOverride":{"aud":"public"}}}}}`)), nil
	}
	access := object(t, redeem(w, w.Browser().Code("public", "scope", hostedtest.Scope)).Body)["access_token"].(string)
	if claims(t, access)["aud"] != "public" {
		t.Fatalf("the access token has %v", claims(t, access))
	}
	if p := introspect(w, "api", access); p.Body == inactive {
		t.Error("the token is not active for the resource server of its scope")
	}
}

// forgeries returns changed copies of an access token of the pool.
func forgeries(t *testing.T, w *hostedtest.World, access string) map[string]string {
	t.Helper()
	parts := strings.Split(access, ".")
	b64 := base64.RawURLEncoding
	header, err := b64.DecodeString(parts[0])
	if err != nil {
		t.Fatal(err)
	}
	rehead := func(old, changed string) string {
		return b64.EncodeToString([]byte(strings.Replace(string(header), old, changed, 1)))
	}
	keys := w.Browser().Get("/" + w.Pool.ID + "/.well-known/jwks.json").Body
	signed := rehead("RS256", "HS256") + "." + parts[1]
	mac := hmac.New(sha256.New, []byte(keys))
	mac.Write([]byte(signed))
	body, err := b64.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	other := b64.EncodeToString([]byte(strings.Replace(string(body), `"username":"ann"`, `"username":"bob"`, 1)))
	return map[string]string{
		"alg none":        rehead("RS256", "none") + "." + parts[1] + ".",
		"HS256":           signed + "." + b64.EncodeToString(mac.Sum(nil)),
		"no signature":    parts[0] + "." + parts[1] + ".",
		"truncated":       access[:len(access)-6],
		"appended":        access + "A",
		"other claims":    parts[0] + "." + other + "." + parts[2],
		"JSON":            `{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `"}]}`,
		"dots":            strings.Repeat(".", 200_000),
		"oversized":       access + strings.Repeat("A", 200_000),
		"garbage":         "garbage",
		"other case":      strings.ToUpper(access),
		"other key id":    rehead(`"kid":"`, `"kid":"x`) + "." + parts[1] + "." + parts[2],
		"key in a header": rehead("{", `{"jku":"http://127.0.0.1/",`) + "." + parts[1] + "." + parts[2],
	}
}

// A token that is forged or of another pool is not active (attack cases T1 to
// T5, T10 to T12). The control is the unchanged token.
func TestIntrospectForgedTokens(t *testing.T) {
	w := world(t)
	w.Client(w.Other, "theirs", withSecret)
	set, theirs := grantTo(t, w, "confidential"), grantTo(t, w, "theirs")
	access, refresh := set["access_token"].(string), set["refresh_token"].(string)
	bad := forgeries(t, w, access)
	bad["ID token"] = set["id_token"].(string)
	bad["access token of another pool"] = theirs["access_token"].(string)
	bad["refresh token of another pool"] = theirs["refresh_token"].(string)
	bad["truncated refresh token"] = refresh[:len(refresh)-1]
	bad["appended refresh token"] = refresh + "A"
	for name, token := range bad {
		if p := introspect(w, "confidential", token); p.Status != 200 || p.Body != inactive {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
	}
	for _, token := range []string{access, refresh} {
		if p := introspect(w, "confidential", token); object(t, p.Body)["active"] != true {
			t.Errorf("control: %d %s", p.Status, p.Body)
		}
		if p := introspect(w, "theirs", token); p.Body != inactive {
			t.Errorf("to a client of another pool: %s", p.Body)
		}
	}
}

// Access and refresh tokens that cannot be used any more are not active.
func TestIntrospectEndedTokens(t *testing.T) {
	edit := func(change func(*userpool.User)) func(*hostedtest.World, string) {
		return func(w *hostedtest.World, _ string) { w.Change("ann", change) }
	}
	for name, end := range map[string]func(w *hostedtest.World, refresh string){
		"control": nil,
		"global sign-out": func(w *hostedtest.World, _ string) {
			w.Change("ann", func(u *userpool.User) { u.SignOut(w.Clock.Now()) })
		},
		"disabled": edit(func(u *userpool.User) { u.Enabled = false }),
		"reset":    edit(func(u *userpool.User) { u.Status = userpool.ResetRequired }),
		"deleted": func(w *hostedtest.World, _ string) {
			w.Update(func(tx *store.Tx) error { return tx.DeleteUser(w.Pool, "ann") })
		},
		"revoked": func(w *hostedtest.World, refresh string) {
			w.Browser().Post("/oauth2/revoke", url.Values{
				"client_id": {"confidential"}, "client_secret": {hostedtest.Secret}, "token": {refresh},
			})
		},
		"expired": func(w *hostedtest.World, _ string) { w.Clock.Advance(30 * 24 * time.Hour) },
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			set := grantTo(t, w, "confidential")
			if end != nil {
				end(w, set["refresh_token"].(string))
			}
			for _, kind := range []string{"access_token", "refresh_token"} {
				p := introspect(w, "confidential", set[kind].(string))
				if active := p.Body != inactive; p.Status != 200 || active != (end == nil) {
					t.Errorf("%s: %d %s", kind, p.Status, p.Body)
				}
			}
		})
	}
}

// Introspecting a replaced refresh token is no use of it, and does not revoke its
// family.
func TestIntrospectReplacedTokens(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "rotating", withSecret, func(c *userpool.Client) {
		c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"}
		c.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED"}
	})
	first := grantTo(t, w, "rotating")["refresh_token"].(string)
	refresh := func(token string) hostedtest.Page {
		form := refreshForm("rotating", token)
		form.Set("client_secret", hostedtest.Secret)
		return w.Browser().Post("/oauth2/token", form)
	}
	second := object(t, refresh(first).Body)["refresh_token"].(string)
	w.Clock.Advance(time.Second)
	if p := introspect(w, "rotating", first); p.Body != inactive {
		t.Errorf("replaced token: %s", p.Body)
	}
	if p := introspect(w, "rotating", second); object(t, p.Body)["active"] != true {
		t.Errorf("newest token: %s", p.Body)
	}
	if p := refresh(second); p.Status != 200 {
		t.Errorf("the newest token afterwards: %s", p.Body)
	}
}

// A client that is not authenticated learns nothing about a token: the response
// is the same for each.
func TestIntrospectWithoutAuthentication(t *testing.T) {
	w := world(t)
	access := grantTo(t, w, "confidential")["access_token"].(string)
	const refused = `{"error":"invalid_client"}`
	for name, c := range map[string]struct{ header, client, secret string }{
		"wrong secret":          {"", "confidential", "wrong"},
		"wrong, same length":    {"", "confidential", strings.Repeat("x", len(hostedtest.Secret))},
		"secret but for a byte": {"", "confidential", hostedtest.Secret[:len(hostedtest.Secret)-1] + "x"},
		"wrong secret, basic":   {basic("confidential", "wrong"), "", ""},
		"no secret":             {"", "confidential", ""},
		"public client":         {"", "public", ""},
		"public, with a secret": {"", "public", hostedtest.Secret},
		"unknown client":        {"", "nosuch", hostedtest.Secret},
		"bearer":                {"Bearer " + access, "", ""},
	} {
		for _, token := range []string{access, "garbage", ""} {
			b := w.Browser()
			form := url.Values{"token": {token}}
			if c.header != "" {
				b.Header.Set("Authorization", c.header)
			} else {
				form.Set("client_id", c.client)
				form.Set("client_secret", c.secret)
			}
			if p := b.Post("/oauth2/introspect", form); p.Status != 401 || p.Body != refused {
				t.Errorf("%s, token %.8q: %d %s", name, token, p.Status, p.Body)
			}
		}
	}
	for name, c := range map[string]struct {
		page   hostedtest.Page
		status int
	}{
		"control":      {introspect(w, "confidential", access), 200},
		"no token":     {introspect(w, "confidential", ""), 400},
		"too large":    {introspect(w, "confidential", strings.Repeat("x", 300_000)), 400},
		"in the query": {w.Browser().Get("/oauth2/introspect?token=" + access), 405},
	} {
		if c.page.Status != c.status {
			t.Errorf("%s: %d %s", name, c.page.Status, c.page.Body)
		}
	}
	w.Update(func(tx *store.Tx) error {
		d, err := userpool.NewDomain(w.Other.ID, "theirs", userpool.DomainChange{})
		if err != nil {
			return err
		}
		return tx.InsertDomain(d)
	})
	b := w.Browser()
	b.Host = "theirs.auth.us-east-1.id.example.com"
	b.Header.Set("Authorization", basic("confidential", hostedtest.Secret))
	if p := b.Post("/oauth2/introspect", url.Values{"token": {access}}); p.Status != 401 {
		t.Errorf("at the domain of another pool: %d %s", p.Status, p.Body)
	}
}

// A request takes one slot of the admission limit.
func TestIntrospectIsAdmitted(t *testing.T) {
	w := world(t)
	held := &slot{ResponseRecorder: httptest.NewRecorder()}
	w.OAuth.Enter = held.enter
	r := httptest.NewRequest("POST", "/oauth2/introspect", strings.NewReader("token=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w.Mux.ServeHTTP(held, r)
	if !held.answered || held.taken {
		t.Errorf("response written in the slot: %v; slot kept: %v", held.answered, held.taken)
	}
}
