package oauth_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// While the queue is full, browsers get a page and scripts get JSON that they
// may read. Requests that neither sign nor hash are served.
func TestBusy(t *testing.T) {
	w := world(t)
	w.OAuth.Enter = func(context.Context) (context.Context, func(), error) {
		return nil, nil, fault.TooManyRequestsRate
	}
	for _, c := range []struct{ method, path, media string }{
		{"POST", "/oauth2/token", "application/json;charset=UTF-8"},
		{"POST", "/oauth2/revoke", "application/json;charset=UTF-8"},
		{"POST", "/oauth2/par", "application/json;charset=UTF-8"},
		{"POST", "/oauth2/device_authorization", "application/json;charset=UTF-8"},
		{"POST", "/device", "text/html;charset=UTF-8"},
		{"GET", pushedAt("public", "x"), "text/html;charset=UTF-8"},
		{"POST", "/login", "text/html;charset=UTF-8"},
		{"POST", "/mfa", "text/html;charset=UTF-8"},
		{"GET", hostedtest.AuthorizeURL("public", "response_type", "token"), "text/html;charset=UTF-8"},
	} {
		a := httptest.NewRecorder()
		w.Mux.ServeHTTP(a, httptest.NewRequest(c.method, c.path, nil))
		h := a.Header()
		if a.Code != 429 || h.Get("Content-Type") != c.media || h.Get("Retry-After") == "" ||
			h.Get("X-Content-Type-Options") != "nosniff" ||
			(h.Get("Access-Control-Allow-Origin") == "*") != strings.HasPrefix(c.media, "application/json") {
			t.Errorf("%s %s: %d %v", c.method, c.path, a.Code, h)
		}
	}
	if p := w.Browser().Get(hostedtest.AuthorizeURL("public")); p.Status != http.StatusFound {
		t.Errorf("request that the limit does not apply to: %d", p.Status)
	}
}

// Dev mode shows why a client was refused; a link cannot set that text.
func TestReasonInDevMode(t *testing.T) {
	w := world(t)
	request := hostedtest.AuthorizeURL("public", "redirect_uri", "https://other.example.com/<b>")
	b := w.Browser()
	if p := b.Follow(b.Get(request)); strings.Contains(p.Body, "other.example.com") ||
		strings.Contains(p.Body, "myapp://done") {
		t.Errorf("outside of dev mode: %s", p.Body)
	}
	w.OAuth.Dev = true
	p := b.Get(request)
	if p.Location.Query().Get("error") != "redirect_mismatch" {
		t.Errorf("%v", p.Location)
	}
	p = b.Follow(p)
	if !strings.Contains(p.Body, "other.example.com") || !strings.Contains(p.Body, "myapp://done") ||
		strings.Contains(p.Body, "<b>") {
		t.Errorf("in dev mode: %s", p.Body)
	}
	if p = b.Get("/error?error=redirect_mismatch&detail=call+0900"); strings.Contains(p.Body, "0900") {
		t.Errorf("the page shows the text of a link: %s", p.Body)
	}
}

// Browsers resolve names below localhost, where dev mode has the prefix domains
// of pools.
func TestPrefixBelowLocalhost(t *testing.T) {
	w := world(t)
	d, err := userpool.NewDomain(w.Pool.ID, "ours", userpool.DomainChange{})
	if err != nil {
		t.Fatal(err)
	}
	w.Update(func(tx *store.Tx) error { return tx.InsertDomain(d) })
	for _, dev := range []bool{false, true} {
		w.OAuth.Addresses.Dev = dev
		b := w.Browser()
		b.Host = "ours.auth.us-east-1.localhost:9229"
		if known := b.Get(hostedtest.AuthorizeURL("foreign")).Location != nil; known == dev {
			t.Errorf("dev %v: client of another pool found: %v", dev, known)
		}
		if b.Get(hostedtest.AuthorizeURL("public")).Location == nil {
			t.Errorf("dev %v: client of the pool not found", dev)
		}
	}
}
