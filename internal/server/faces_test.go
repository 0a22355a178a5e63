package server_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// A browser gets a page at any address, other clients get JSON.
func TestUnknownAddresses(t *testing.T) {
	for mode, front := range map[string]string{"dev": dev(t).URL, "serve": serving(t).URL} {
		for path, want := range map[string]int{"/": 200, "/signup": 404, "//x": 404} {
			a, body := visit(t, front+path, "text/html,*/*")
			if a.StatusCode != want || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") ||
				a.Header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s, %s: %d %v", mode, path, a.StatusCode, a.Header)
			}
			if strings.Contains(body, "/_dev/") != (mode == "dev" && path == "/") {
				t.Errorf("%s, %s: %s", mode, path, body)
			}
			a, _ = visit(t, front+path, "application/json")
			if strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s, %s: a page for a client that is not a browser", mode, path)
			}
		}
	}
}

func visit(t *testing.T, address, accept string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept", accept)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(a.Body)
	_ = a.Body.Close()
	return a, string(body)
}

// The demonstration user can sign in at the address that dev mode prints, and the
// callback page redeems the code, also after a start at another address.
func TestDemonstrationSignInPage(t *testing.T) {
	c := config.Config{Mode: config.Dev, Data: t.TempDir(), Seed: true}
	first, front := begin(t, c, io.Discard)
	front.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	s, front := begin(t, c, io.Discard)
	if s.SignInPage() == first.SignInPage() {
		t.Fatal("two starts share an address or a verifier")
	}
	d := server.Demonstration("us-east-1")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	page := read(t)(browser.Get(s.SignInPage()))
	page = fill(t, browser, front.URL, page, url.Values{"username": {d.Username}, "password": {d.Password}})
	if !strings.Contains(page, "<h1>Signed in</h1>") {
		t.Fatalf("signed in: %s", page)
	}
	if tokens := fill(t, browser, front.URL, page,
		url.Values{"code_verifier": {""}}); strings.Contains(tokens, "id_token") {
		t.Error("redeemed without the verifier")
	}
	tokens := fill(t, browser, front.URL, page, url.Values{})
	for _, name := range []string{"id_token", "access_token", "refresh_token"} {
		if !strings.Contains(tokens, name) {
			t.Errorf("no %s in %s", name, tokens)
		}
	}
}

// read returns the body of a response.
func read(t *testing.T) func(*http.Response, error) string {
	return func(a *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer a.Body.Close()
		body, err := io.ReadAll(a.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
}

var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)

// fill posts the form of a page with values, and returns the next page.
func fill(t *testing.T, browser *http.Client, site, page string, values url.Values) string {
	t.Helper()
	action := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(page)
	if action == nil {
		t.Fatalf("no form: %s", page)
	}
	for _, f := range hiddenField.FindAllStringSubmatch(page, -1) {
		if !values.Has(f[1]) {
			values.Set(f[1], html.UnescapeString(f[2]))
		}
	}
	return read(t)(browser.PostForm(site+html.UnescapeString(action[1]), values))
}

// Scripts can request the public documents of a pool with custom headers.
func TestPreflightOfDocuments(t *testing.T) {
	r, err := http.NewRequest(http.MethodOptions, dev(t).URL+"/us-east-1_Lifeguard/.well-known/jwks.json", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Access-Control-Request-Headers", "x-app")
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	if a.StatusCode != 204 || a.Header.Get("Access-Control-Allow-Origin") != "*" ||
		a.Header.Get("Access-Control-Allow-Headers") != "x-app" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
}
