package hosted_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The pages' own forms come with their origin, which no-referrer would hide.
func TestReferrerPolicy(t *testing.T) {
	if got := form(lone(t).Browser()).Header.Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("Referrer-Policy is %q", got)
	}
}

// A form's action has no plus, which HTML would write as a character reference.
func TestFormActionWithoutPlus(t *testing.T) {
	w := lone(t)
	b := w.Browser()
	p := b.Follow(b.Get(hostedtest.AuthorizeURL("public", "scope", "openid email", "state", "a b+c")))
	if strings.Contains(p.Body, "&#43;") || !strings.Contains(p.Body, "openid%20email") {
		t.Errorf("%s", p.Body)
	}
	p = b.Fill(p, "username", "ann", "password", hostedtest.Password)
	if got := p.Query().Get("state"); got != "a b+c" {
		t.Errorf("state %q, %d", got, p.Status)
	}
}

// HEAD is answered as GET, but for links that confirm.
func TestHead(t *testing.T) {
	w := lone(t)
	query := strings.TrimPrefix(hostedtest.AuthorizeURL("public"), "/oauth2/authorize?")
	for path, want := range map[string]int{
		"/login?" + query: 200, "/oauth2/authorize?" + query: 302, "/error": 400, "/logout?client_id=public&logout_uri=https://app.example.com/bye": 302,
		"/confirmUser": 405, "/mfa?" + query: 303, "/favicon.ico": 204,
	} {
		a := httptest.NewRecorder()
		w.Mux.ServeHTTP(a, httptest.NewRequest(http.MethodHead, path, nil))
		if a.Code != want {
			t.Errorf("HEAD %s: %d", path, a.Code)
		}
	}
}

// A second factor may take three minutes, wrong codes included, however long the
// client lets sessions live.
func TestSecondFactorTakesThreeMinutes(t *testing.T) {
	w := lone(t)
	offer(w, "ON", false)
	secret := enrol(t, w, "ann")
	long := w.Client(w.Pool, "long", func(c *userpool.Client) { c.AuthSessionValidity = 15 })
	for name, c := range map[string]struct {
		steps []time.Duration
		good  bool
	}{
		"in time": {[]time.Duration{2 * time.Minute, 59 * time.Second}, true},
		"late":    {[]time.Duration{2 * time.Minute, 61 * time.Second}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.Browser()
			p := b.SignIn(hostedtest.AuthorizeURL(long.ID))
			w.Clock.Advance(c.steps[0])
			p = b.Fill(p, "code", wrong(secret.Code(w.Clock.Now())))
			w.Clock.Advance(c.steps[1])
			p = b.Fill(p, "code", secret.Code(w.Clock.Now()))
			if (p.Query().Get("code") != "") != c.good {
				t.Errorf("%d %v %s", p.Status, p.Location, p.Body)
			}
		})
	}
}

// Nobody reads the name of a parameter.
func TestEmptyName(t *testing.T) {
	b := lone(t).Browser()
	refused(t, "no name", b.Fill(form(b), "username", "", "password", "x"), "Please fill in every field.")
}

// Only a page without a form can forbid forms: browsers apply the directive to
// redirects after one.
func TestFormAction(t *testing.T) {
	b := lone(t).Browser()
	has := func(p hostedtest.Page) bool {
		return slices.Contains(strings.Split(p.Header.Get("Content-Security-Policy"), "; "), "form-action 'none'")
	}
	if has(form(b)) || !has(b.Get("/error")) {
		t.Error("form-action")
	}
}
