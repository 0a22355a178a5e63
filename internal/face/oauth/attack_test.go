package oauth_test

import (
	"encoding/base64"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// info calls userInfo with a token in the header.
func info(w *hostedtest.World, token any) hostedtest.Page {
	b := w.Browser()
	text, _ := token.(string)
	b.Header.Set("Authorization", "Bearer "+text)
	return b.Get("/oauth2/userInfo")
}

// encrypted are texts in the form of encrypted tokens that are expensive to open,
// or that some libraries fail at.
func encrypted() map[string]string {
	jwe := func(header string, parts ...string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + strings.Join(parts, ".")
	}
	const part = "AAAAAAAAAAAAAAAAAAAAAA"
	return map[string]string{
		"two billion rounds": jwe(`{"alg":"PBES2-HS256+A128KW","p2s":"AAAA","p2c":2147483648,"enc":"A128GCM"}`,
			part, part, part, part),
		"compressed":       jwe(`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`, "", part, part, part),
		"no encrypted key": jwe(`{"alg":"RSA-OAEP","enc":"A256GCM"}`, "", part, part, part),
		"empty parts":      jwe(`{"alg":"dir","enc":"A256GCM"}`, "", "", "", ""),
		"no header":        "....",
	}
}

// A forged token is refused at userInfo, in the header and in the form (attack
// cases T1 to T7, T10, T11). The control is the unchanged token.
func TestForgedBearers(t *testing.T) {
	w := world(t)
	set := object(t, redeem(w, w.Browser().Code("public")).Body)
	theirs := object(t, redeem(w, w.Browser().Code("foreign"), "client_id", "foreign").Body)
	access := set["access_token"].(string)
	bad := forgeries(t, w, access)
	maps.Copy(bad, encrypted())
	bad["ID token"], bad["refresh token"] = set["id_token"].(string), set["refresh_token"].(string)
	foreign := strings.Split(theirs["access_token"].(string), ".")
	bad["signature of another pool"] = access[:strings.LastIndex(access, ".")+1] + foreign[2]
	refused := func(t *testing.T, _ bool) {
		for name, token := range bad {
			form := w.Browser().Post("/oauth2/userInfo", url.Values{"access_token": {token}})
			for how, p := range map[string]hostedtest.Page{"header": info(w, token), "form": form} {
				if p.Status != 401 || object(t, p.Body)["error"] != "invalid_token" {
					t.Errorf("%s in the %s: %d %s", name, how, p.Status, p.Body)
				}
			}
		}
	}
	bothModes(t, w, refused)
	if p := info(w, access); p.Status != 200 {
		t.Errorf("control: %d %s", p.Status, p.Body)
	}
	w.Clock.Advance(time.Hour)
	bad["expired"] = access
	bothModes(t, w, refused)
}

// A token of many dots costs no more than a word of its size (attack case T5). The
// controls are the words.
func TestDotsAreCheap(t *testing.T) {
	w := world(t)
	allocated := func(character string, size int, request func(token string) *http.Request) uint64 {
		r, a := request(strings.Repeat(character, size)), httptest.NewRecorder()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		w.Mux.ServeHTTP(a, r)
		runtime.ReadMemStats(&after)
		if a.Code >= http.StatusInternalServerError {
			t.Errorf("%d %s", a.Code, a.Body)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	posted := func(path, field string) func(string) *http.Request {
		return func(token string) *http.Request {
			form := url.Values{"client_id": {"public"}, "grant_type": {"refresh_token"}, field: {token}}
			r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			return r
		}
	}
	for name, c := range map[string]struct {
		size    int
		request func(token string) *http.Request
	}{
		"header": {5 << 20, func(token string) *http.Request {
			r := httptest.NewRequest("GET", "/oauth2/userInfo", nil)
			r.Header.Set("Authorization", "Bearer "+token)
			return r
		}},
		"refresh":    {200 << 10, posted("/oauth2/token", "refresh_token")},
		"code":       {200 << 10, posted("/oauth2/token", "code")},
		"revoke":     {200 << 10, posted("/oauth2/revoke", "token")},
		"introspect": {200 << 10, posted("/oauth2/introspect", "token")},
		"userInfo":   {200 << 10, posted("/oauth2/userInfo", "access_token")},
	} {
		allocated(".", 1000, c.request) // what is made once
		dots, word := allocated(".", c.size, c.request), allocated("a", c.size, c.request)
		if dots > word+1<<20 {
			t.Errorf("%s: dots allocate %d bytes, a word %d", name, dots, word)
		}
	}
}

// Forged refresh tokens are refused, and expensive ones are not opened (attack
// cases T6, T10, T12). The control is the unchanged token.
func TestForgedRefreshTokens(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "another")
	refresh := object(t, redeem(w, w.Browser().Code("public")).Body)["refresh_token"].(string)
	bad := encrypted()
	bad["truncated"], bad["appended"] = refresh[:len(refresh)-1], refresh+"A"
	bad["other case"], bad["padded"] = strings.ToUpper(refresh), refresh+"=="
	bad["a line break"] = refresh[:20] + "\n" + refresh[20:]
	for name, token := range bad {
		p := w.Browser().Post("/oauth2/token", refreshForm("public", token))
		if p.Status != 400 || object(t, p.Body)["error"] != "invalid_grant" {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
	}
	for _, client := range []string{"another", "foreign"} {
		p := w.Browser().Post("/oauth2/token", refreshForm(client, refresh))
		if p.Status != 400 || object(t, p.Body)["error"] != "invalid_grant" {
			t.Errorf("by the client %s: %d %s", client, p.Status, p.Body)
		}
	}
	if p := w.Browser().Post("/oauth2/token", refreshForm("public", refresh)); p.Status != 200 {
		t.Errorf("control: %d %s", p.Status, p.Body)
	}
}

// A refresh token that was replaced is refused; after the grace period it ends the
// tokens of its family, access tokens included (attack case C5). The control is
// the newest token before that.
func TestReplayedRefreshToken(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		grace := int32(10)
		w.Client(w.Pool, "rotating", func(c *userpool.Client) {
			c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"}
			c.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED", RetryGracePeriodSeconds: &grace}
		})
		refresh := func(set members) hostedtest.Page {
			return w.Browser().Post("/oauth2/token", refreshForm("rotating", set["refresh_token"].(string)))
		}
		first := object(t, redeem(w, w.Browser().Code("rotating"), "client_id", "rotating").Body)
		second := object(t, refresh(first).Body)
		w.Clock.Advance(9 * time.Second)
		if p := refresh(first); p.Status != 200 {
			t.Errorf("in the grace period: %d %s", p.Status, p.Body)
		}
		if p := info(w, second["access_token"]); p.Status != 200 {
			t.Errorf("control: %d %s", p.Status, p.Body)
		}
		w.Clock.Advance(2 * time.Second)
		for _, set := range []members{first, second} {
			if p := refresh(set); p.Status != 400 || p.Body != `{"error":"invalid_grant"}` {
				t.Errorf("after the grace period: %d %s", p.Status, p.Body)
			}
		}
		if p := info(w, second["access_token"]); p.Status != 401 {
			t.Errorf("the access token afterwards: %d %s", p.Status, p.Body)
		}
	})
}

// Tokens and sessions end with their user, client and pool, at every endpoint that
// accepts them (attack case C6).
func TestEverythingEndsWithItsOwner(t *testing.T) {
	user := func(change func(*userpool.User)) func(*hostedtest.World) {
		return func(w *hostedtest.World) { w.Change("ann", change) }
	}
	for name, end := range map[string]func(*hostedtest.World){
		"control":  func(*hostedtest.World) {},
		"disabled": user(func(u *userpool.User) { u.Enabled = false }),
		"reset":    user(func(u *userpool.User) { u.Status = userpool.ResetRequired }),
		"signed out": func(w *hostedtest.World) {
			w.Change("ann", func(u *userpool.User) { u.SignOut(w.Clock.Now()) })
		},
		"deleted": func(w *hostedtest.World) {
			w.Update(func(tx *store.Tx) error { return tx.DeleteUser(w.Pool, "ann") })
		},
		"client deleted": func(w *hostedtest.World) {
			w.Update(func(tx *store.Tx) error { return tx.DeleteClient(w.Pool.ID, "public") })
		},
		"pool deleted": func(w *hostedtest.World) {
			w.Update(func(tx *store.Tx) error { return tx.DeletePool(w.Pool.ID) })
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := world(t)
			b := w.Browser()
			set := object(t, redeem(w, b.Code("public")).Body)
			code := b.Get(hostedtest.AuthorizeURL("public")).Query().Get("code")
			w.Clock.Advance(time.Second)
			end(w)
			valid := map[string]bool{
				"refresh":  b.Post("/oauth2/token", refreshForm("public", set["refresh_token"].(string))).Status == 200,
				"userInfo": info(w, set["access_token"]).Status == 200,
				"session":  b.Get(hostedtest.AuthorizeURL("public", "prompt", "none")).Query().Get("code") != "",
				"code":     redeem(w, code).Status == 200,
			}
			for what, accepted := range valid {
				if accepted != (name == "control") {
					t.Errorf("%s: accepted %v", what, accepted)
				}
			}
		})
	}
}

// What one endpoint gave is of no use in the place of something else (attack case
// C7). The controls are the same values in their own places.
func TestOneKindForAnother(t *testing.T) {
	w := world(t)
	b := w.Browser()
	code := b.Code("public")
	next := b.Get(hostedtest.AuthorizeURL("public")).Query().Get("code")
	set := object(t, redeem(w, next).Body)
	cookie := b.Cookies["cognito-"+w.Pool.ID]
	held := map[string]string{
		"code": code, "session cookie": cookie, "access token": set["access_token"].(string),
		"ID token": set["id_token"].(string), "refresh token": set["refresh_token"].(string),
	}
	for name, value := range held {
		places := map[string]bool{
			"refresh token": w.Browser().Post("/oauth2/token", refreshForm("public", value)).Status == 200,
			"access token":  info(w, value).Status == 200,
		}
		if name != "code" {
			places["code"] = redeem(w, value).Status == 200
		}
		thief := w.Browser()
		thief.Cookies["cognito-"+w.Pool.ID] = value
		places["session cookie"] = thief.Get(hostedtest.AuthorizeURL("public", "prompt", "none")).Query().Has("code")
		for place, accepted := range places {
			if accepted != (place == name) {
				t.Errorf("%s as %s: accepted %v", name, place, accepted)
			}
		}
	}
	if p := redeem(w, code); p.Status != 200 {
		t.Errorf("the code: %d %s", p.Status, p.Body)
	}
}

// An assertion does not replace the secret of a client (attack case C13). The
// control sends the secret.
func TestClientAssertion(t *testing.T) {
	w := world(t)
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"machine"}, "client_assertion": {"e30.e30."},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	}
	if p := w.Browser().Post("/oauth2/token", form); object(t, p.Body)["error"] != "invalid_client" {
		t.Errorf("%d %s", p.Status, p.Body)
	}
	form.Set("client_secret", hostedtest.Secret)
	if p := w.Browser().Post("/oauth2/token", form); p.Status != 200 {
		t.Errorf("control: %d %s", p.Status, p.Body)
	}
}

// Parameters of the token endpoint that are repeated are refused, whichever comes
// first (attack case R3). The control sends each once.
func TestRepeatedParameters(t *testing.T) {
	w := world(t)
	code := w.Browser().Code("public")
	form := url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"public"}, "code": {code},
		"redirect_uri": {hostedtest.Callback},
	}
	for name := range form {
		repeated := url.Values{}
		for other, values := range form {
			repeated[other] = values
		}
		repeated[name] = []string{form.Get(name), form.Get(name)}
		p := w.Browser().Post("/oauth2/token", repeated)
		if p.Status != 400 || object(t, p.Body)["error"] != "invalid_request" {
			t.Errorf("%s: %d %s", name, p.Status, p.Body)
		}
	}
	if p := w.Browser().Post("/oauth2/token", form); p.Status != 200 {
		t.Errorf("control: %d %s", p.Status, p.Body)
	}
}

// Headers of a client change neither the issuer nor an address (attack case R9).
func TestForgedHosts(t *testing.T) {
	w := world(t)
	documents := []string{
		"/" + w.Pool.ID + "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/" + w.Pool.ID,
	}
	for name, header := range map[string][2]string{
		"control": {"X-Nothing", "x"}, "host": {"X-Forwarded-Host", "evil.example.com"},
		"proto": {"X-Forwarded-Proto", "http"}, "forwarded": {"Forwarded", "host=evil.example.com;proto=http"},
		"original": {"X-Original-Host", "evil.example.com"}, "prefix": {"X-Forwarded-Prefix", "/evil"},
	} {
		b := w.Browser()
		b.Header.Set(header[0], header[1])
		for _, path := range documents {
			body := b.Get(path).Body
			if body != w.Browser().Get(path).Body || strings.Contains(body, "evil") {
				t.Errorf("%s: %s is %s", name, path, body)
			}
		}
		p := b.SignIn(hostedtest.AuthorizeURL("public"))
		if p.Query().Get("iss") != hostedtest.PublicURL+"/"+w.Pool.ID || p.Query().Get("code") == "" {
			t.Errorf("%s: %v", name, p.Location)
		}
	}
}
