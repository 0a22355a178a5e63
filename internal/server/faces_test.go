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

	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// A browser gets a page at any address, and anybody else JSON as before.
func TestUnknownAddresses(t *testing.T) {
	for mode, front := range map[string]string{"dev": dev(t).URL, "serve": serving(t).URL} {
		for path, want := range map[string]int{"/": 200, "/signup": 404, "//x": 404} {
			a, body := visit(t, front+path, "text/html,*/*")
			if a.StatusCode != want || !strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") || a.Header.Get("X-Frame-Options") != "DENY" {
				t.Errorf("%s, %s: %d %v", mode, path, a.StatusCode, a.Header)
			}
			if strings.Contains(body, "/_dev/") != (mode == "dev" && path == "/") {
				t.Errorf("%s, %s: %s", mode, path, body)
			}
			if a, _ = visit(t, front+path, "application/json"); strings.HasPrefix(a.Header.Get("Content-Type"), "text/html") {
				t.Errorf("%s, %s: a page for a program", mode, path)
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

// The address that dev mode prints leads through a sign-in of the demonstration
// user to the callback.
func TestDemonstrationSignInPage(t *testing.T) {
	front := dev(t)
	d := server.Demonstration("us-east-1")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "localhost:3000" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	a, err := browser.Get(d.SignInPage(front.URL))
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(a.Body)
	_ = a.Body.Close()
	action := regexp.MustCompile(`action="([^"]*)"`).FindSubmatch(body)
	token := regexp.MustCompile(`name="_csrf" value="([^"]*)"`).FindSubmatch(body)
	if action == nil || token == nil {
		t.Fatalf("no form: %d %s", a.StatusCode, body)
	}
	a, err = browser.PostForm(front.URL+html.UnescapeString(string(action[1])), url.Values{
		"_csrf": {string(token[1])}, "username": {d.Username}, "password": {d.Password},
	})
	if err != nil {
		t.Fatal(err)
	}
	_ = a.Body.Close()
	if got := a.Header.Get("Location"); a.StatusCode != 302 || !strings.HasPrefix(got, d.RedirectURI+"?code=") {
		t.Errorf("%d %s", a.StatusCode, got)
	}
}

// Scripts may ask for the public documents of a pool with headers of their own.
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
	if a.StatusCode != 204 || a.Header.Get("Access-Control-Allow-Origin") != "*" || a.Header.Get("Access-Control-Allow-Headers") != "x-app" {
		t.Errorf("%d %v", a.StatusCode, a.Header)
	}
}
