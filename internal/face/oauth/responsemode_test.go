package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Each response mode, for codes, tokens and errors. The controls are the default
// modes.
func TestResponseModes(t *testing.T) {
	w := world(t)
	w.Client(w.Pool, "coder", func(c *userpool.Client) { c.AllowedOAuthFlows = []string{userpool.FlowCode} })
	const native = "myapp://done"
	const mode, form, tokens = "response_mode", "form_post", "token"
	for name, c := range map[string]struct {
		client string
		values []string
		want   string // the mode and a parameter of the response
	}{
		"code":               {"public", nil, "query code"},
		"code, query":        {"public", []string{mode, "query"}, "query code"},
		"code, fragment":     {"public", []string{mode, "fragment"}, "fragment code"},
		"code, form":         {"public", []string{mode, form}, "form code"},
		"tokens":             {"public", []string{"response_type", tokens}, "fragment access_token"},
		"tokens, fragment":   {"public", []string{"response_type", tokens, mode, "fragment"}, "fragment access_token"},
		"tokens, form":       {"public", []string{"response_type", tokens, mode, form}, "form access_token"},
		"tokens, query":      {"public", []string{"response_type", tokens, mode, "query"}, "query error"},
		"unknown":            {"public", []string{mode, "web_message"}, "query error"},
		"native, fragment":   {"public", []string{"redirect_uri", native, mode, "fragment"}, "fragment code"},
		"native, form":       {"public", []string{"redirect_uri", native, mode, form}, "query error"},
		"error":              {"public", []string{"scope", "nothing"}, "query error"},
		"error, fragment":    {"public", []string{"scope", "nothing", mode, "fragment"}, "fragment error"},
		"error, form":        {"public", []string{"scope", "nothing", mode, form}, "form error"},
		"no type, form":      {"public", []string{"response_type", "", mode, form}, "form error"},
		"implicit, error":    {"coder", []string{"response_type", tokens}, "query error"},
		"implicit, fragment": {"coder", []string{"response_type", tokens, mode, "fragment"}, "fragment error"},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.Browser()
			p := b.Get(hostedtest.AuthorizeURL(c.client, c.values...))
			if p.Location != nil && p.Location.Path == "/login" {
				p = b.Fill(b.Follow(p), "username", "ann", "password", hostedtest.Password)
			}
			var sent string
			var got url.Values
			switch {
			case p.Location == nil:
				sent = "form"
				_, got = p.Form()
			case p.Location.Fragment != "":
				sent = "fragment"
				got, _ = url.ParseQuery(p.Location.Fragment)
			default:
				sent, got = "query", p.Query()
			}
			wantMode, parameter, _ := strings.Cut(c.want, " ")
			if sent != wantMode || got.Get(parameter) == "" || got.Get("state") != "st" || got.Get("iss") == "" ||
				got.Has("error") != (parameter == "error") {
				t.Errorf("%d: %s %v, %v", p.Status, sent, got, p.Location)
			}
		})
	}
}

// The page of form_post has the response and nothing else, and no inline script. Its
// policy does not restrict where the client redirects to. Values are escaped (attack
// cases R3, R6).
func TestFormPost(t *testing.T) {
	w := world(t)
	const registered = hostedtest.Callback + "?keep=1&code=planted"
	const state = `"><script>alert(1)</script>`
	p := w.Browser().SignIn(hostedtest.AuthorizeURL("public",
		"response_mode", "form_post", "redirect_uri", registered, "state", state))
	action, form := p.Form()
	if p.Status != 200 || action != hostedtest.Callback+"?keep=1" || len(form) != 3 ||
		form.Get("state") != state || form.Get("iss") != hostedtest.PublicURL+"/"+w.Pool.ID {
		t.Errorf("%d %s %v", p.Status, action, form)
	}
	if strings.Contains(p.Body, "<script>") || !strings.Contains(p.Body, "Continue to app.example.com.") {
		t.Errorf("the page is %s", p.Body)
	}
	policy := p.Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") ||
		strings.Contains(policy, "form-action") {
		t.Errorf("content policy %s", policy)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/html;charset=UTF-8", "X-Frame-Options": "DENY", "Referrer-Policy": "strict-origin",
		"Cache-Control": "no-cache, no-store, max-age=0, must-revalidate",
	} {
		if p.Header.Get(name) != want {
			t.Errorf("%s is %q", name, p.Header.Get(name))
		}
	}
	if p := redeem(w, form.Get("code"), "redirect_uri", registered); p.Status != 200 {
		t.Errorf("the code: %d %s", p.Status, p.Body)
	}
	p = w.Browser().Get(hostedtest.AuthorizeURL("public",
		"response_mode", "form_post", "redirect_uri", "https://evil.example.com/cb"))
	if p.Location == nil || p.Query().Get("error") != "redirect_mismatch" {
		t.Errorf("an unregistered address: %d %v", p.Status, p.Location)
	}
}
