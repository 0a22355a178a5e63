package oauth_test

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/face/oauth"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// visit is a request whose rate is tested. It need not succeed.
type visit struct {
	method, path string
	header       http.Header
	form         url.Values
}

func (v visit) send(w *hostedtest.World) *httptest.ResponseRecorder {
	r := httptest.NewRequest(v.method, v.path, strings.NewReader(v.form.Encode()))
	for name, values := range v.header {
		r.Header[name] = values
	}
	if v.form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a := httptest.NewRecorder()
	w.Mux.ServeHTTP(a, r)
	return a
}

// forged is a token that nobody has signed, of a pool.
func forged(poolID string) string {
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"kid":"k","alg":"RS256"}`) + "." + part(`{"iss":"https://id.example.com/`+poolID+`"}`) + ".AAAA"
}

func form(values ...string) url.Values {
	f := url.Values{}
	for i := 0; i+1 < len(values); i += 2 {
		f.Set(values[i], values[i+1])
	}
	return f
}

// Requests beyond the rate of their category are refused: in JSON that scripts
// can read by the token endpoints, by a page elsewhere. Requests of other
// categories and pools are served, and all of them a second later.
func TestRates(t *testing.T) {
	const signIn, fetch = 120, 300
	w := world(t)
	domain, err := userpool.NewDomain(w.Pool.ID, "ours", userpool.DomainChange{})
	if err != nil {
		t.Fatal(err)
	}
	w.Update(func(tx *store.Tx) error { return tx.InsertDomain(domain) })
	ours, basicAuth := w.Pool.ID, http.Header{"Authorization": {basic("machine", "wrong")}}
	for name, c := range map[string]struct {
		visit
		rate int
		page bool
	}{
		"sign-in":         {visit{method: "POST", path: at("/login")}, signIn, true},
		"second factor":   {visit{method: "POST", path: at("/mfa/totp")}, signIn, true},
		"new password":    {visit{method: "POST", path: at("/changePassword")}, 30, true},
		"sign-in page":    {visit{method: "GET", path: at("/login")}, fetch, true},
		"authorize":       {visit{method: "GET", path: at("/oauth2/authorize")}, fetch, true},
		"sign-up by link": {visit{method: "GET", path: "/confirmUser?client_id=public"}, 50, true},
		"logout": {
			visit{method: "GET", path: "/logout?" + form("id_token_hint", forged(ours)).Encode()}, fetch, true,
		},
		"authorize by POST": {
			visit{method: "POST", path: "/oauth2/authorize", form: form("client_id", "public")}, fetch, true,
		},
		"refresh": {visit{
			method: "POST", path: "/oauth2/token", form: form("grant_type", "refresh_token", "client_id", "public"),
		}, signIn, false},
		"code": {visit{
			method: "POST", path: "/oauth2/token",
			form: form("grant_type", "authorization_code", "client_id", "public"),
		}, 2 * signIn, false},
		"machine": {visit{
			method: "POST", path: "/oauth2/token?client_id=foreign", header: basicAuth,
			form: form("grant_type", "client_credentials"),
		}, 150, false},
		"revoke": {visit{method: "POST", path: "/oauth2/revoke", form: form("client_id", "public")}, signIn, false},
		"introspect": {
			visit{method: "POST", path: "/oauth2/introspect", header: basicAuth, form: form("token", "x")},
			signIn, false,
		},
		"userInfo": {visit{
			method: "GET", path: "/oauth2/userInfo", header: http.Header{"Authorization": {"Bearer " + forged(ours)}},
		}, signIn, false},
		"user code": {visit{method: "POST", path: "/device", form: form("user_code", "BBBB-BBBB")}, signIn, true},
		"user code at a domain": {visit{
			method: "POST", path: "http://ours.auth.us-east-1.id.example.com/device",
			form: form("user_code", "BBBB-BBBB"),
		}, signIn, true},
		"page for user codes":     {visit{method: "GET", path: "/device"}, fetch, true},
		"logout without a client": {visit{method: "GET", path: "/logout"}, fetch, true},
		"userInfo by POST": {
			visit{method: "POST", path: "/oauth2/userInfo", form: form("access_token", forged(ours))}, signIn, false,
		},
	} {
		w.OAuth.Rates = ratelimit.New(ratelimit.AWS, w.Clock)
		for n := range c.rate {
			if got := c.send(w); got.Code == http.StatusTooManyRequests {
				t.Fatalf("%s: request %d of %d is refused", name, n+1, c.rate)
			}
		}
		got := c.send(w)
		h, cors := got.Header(), got.Header().Get("Access-Control-Allow-Origin") == "*"
		json := h.Get("Content-Type") == "application/json;charset=UTF-8" &&
			strings.Contains(got.Body.String(), `"error":"Too many requests"`)
		if got.Code != http.StatusTooManyRequests || h.Get("Retry-After") == "" || json == c.page ||
			cors != (json && name != "introspect") || c.page && !strings.Contains(got.Body.String(), "</html>") {
			t.Errorf("%s: the next one is %d %v %s", name, got.Code, h, got.Body)
		}
		other := visit{method: "GET", path: strings.Replace(at("/login"), "client_id=public", "client_id=foreign", 1)}
		if got := other.send(w); got.Code == http.StatusTooManyRequests {
			t.Errorf("%s: another pool is refused", name)
		}
		w.Clock.Advance(time.Second)
		if got := c.send(w); got.Code == http.StatusTooManyRequests {
			t.Errorf("%s: refused a second later", name)
		}
	}
}

// Every grant type of the token endpoint counts in a category.
func TestGrantsHaveACategory(t *testing.T) {
	for _, kind := range oauth.Grants() {
		if c, ok := ratelimit.CategoryOf("POST /oauth2/token " + kind); !ok || !c.Known() {
			t.Errorf("%s has no category", kind)
		}
	}
}

// at is an authorization request at another address.
func at(path string) string {
	return strings.Replace(hostedtest.AuthorizeURL("public"), "/oauth2/authorize", path, 1)
}

// A request beyond the rate, and one whose body has not arrived, hold no slot of
// the admission limit.
func TestSlotsAreForRequestsThatCanRun(t *testing.T) {
	w := world(t)
	entered := 0
	w.OAuth.Enter = func(ctx context.Context) (context.Context, func(), error) {
		entered++
		return ctx, func() {}, nil
	}
	body, client := io.Pipe()
	slow := make(chan *httptest.ResponseRecorder)
	go func() { // ends with the body
		r := httptest.NewRequest("POST", "/oauth2/token", body)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		a := httptest.NewRecorder()
		w.Mux.ServeHTTP(a, r)
		slow <- a
	}()
	if _, err := client.Write([]byte("client_id=public&")); err != nil {
		t.Fatal(err)
	}
	if entered != 0 {
		t.Error("a slot is held while the body is on its way")
	}
	if _, err := client.Write([]byte("grant_type=refresh_token&refresh_token=x")); err != nil || client.Close() != nil {
		t.Fatal(err)
	}
	a := <-slow
	if a.Code != http.StatusBadRequest || !strings.Contains(a.Body.String(), "invalid_grant") || entered != 1 {
		t.Errorf("%d %s after %d slots", a.Code, a.Body, entered)
	}
	w.OAuth.Rates = ratelimit.New(ratelimit.AWS, w.Clock)
	signIn := visit{method: "POST", path: at("/login")}
	for range 130 {
		signIn.send(w)
	}
	if entered != 1+120 {
		t.Errorf("%d slots for 120 requests within the rate", entered-1)
	}
}
