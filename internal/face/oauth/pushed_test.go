package oauth_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func pushedRequests(e *userpool.PoolExtensions) { e.PushedRequests = true }

// push pushes an authorization request for a code; values replace parameters, an
// empty value removes one.
func push(w *hostedtest.World, clientID string, values ...string) hostedtest.Page {
	request := hostedtest.AuthorizeURL(clientID, values...)
	_, query, _ := strings.Cut(request, "?")
	form, err := url.ParseQuery(query)
	if err != nil {
		w.T.Fatal(err)
	}
	return w.Browser().Post("/oauth2/par", form)
}

// pushedAt is the address of a pushed request.
func pushedAt(clientID string, uri any, values ...string) string {
	text, _ := uri.(string)
	q := url.Values{"client_id": {clientID}, "request_uri": {text}}
	for i := 0; i+1 < len(values); i += 2 {
		q.Set(values[i], values[i+1])
	}
	return "/oauth2/authorize?" + q.Encode()
}

func TestPushedRequest(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, pushedRequests)
		p := push(w, "public", "scope", "openid email", "code_challenge", challenge, "code_challenge_method", "S256")
		got := object(t, p.Body)
		uri, _ := got["request_uri"].(string)
		if p.Status != http.StatusCreated || !strings.HasPrefix(uri, "urn:ietf:params:oauth:request_uri:") ||
			got["expires_in"] != 60.0 || len(got) != 2 || strings.ContainsAny(uri, "+/") {
			t.Fatalf("%d %s", p.Status, p.Body)
		}
		if p.Header.Get("Access-Control-Allow-Origin") != "*" ||
			p.Header.Get("Cache-Control") != "no-cache, no-store, max-age=0, must-revalidate" {
			t.Errorf("headers %v", p.Header)
		}
		w.Clock.Advance(59 * time.Second)
		b := w.Browser()
		form := b.Follow(b.Get(pushedAt("public", uri)))
		action, _ := form.Form()
		if strings.Contains(action, "redirect_uri") || strings.Contains(action, "S256") {
			t.Errorf("the address shows the request: %s", action)
		}
		w.Clock.Advance(59 * time.Minute) // the user may take time on the pages
		wrong := b.Fill(form, "username", "ann", "password", "wrong")
		done := b.Fill(wrong, "username", "ann", "password", hostedtest.Password)
		if done.Query().Get("state") != "st" || done.Query().Get("iss") == "" {
			t.Fatalf("%d %v %s", done.Status, done.Location, done.Body)
		}
		set := object(t, redeem(w, done.Query().Get("code"), "code_verifier", verifier).Body)
		if claims(t, set["access_token"])["scope"] != "openid email" {
			t.Errorf("tokens %v", set)
		}
	})
}

// A pushed request is answered once: with a code, tokens or an error.
func TestPushedRequestIsAnsweredOnce(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, pushedRequests)
		b := w.Browser()
		b.Code("public") // a session
		for name, values := range map[string][]string{
			"code": nil, "tokens": {"response_type", "token"}, "error": {"prompt", "none", "max_age", "0"},
		} {
			uri := object(t, push(w, "public", values...).Body)["request_uri"]
			first, second := b.Get(pushedAt("public", uri)), b.Get(pushedAt("public", uri))
			if first.Location == nil || !strings.HasPrefix(first.Location.String(), hostedtest.Callback) {
				t.Errorf("%s: control: %d %v", name, first.Status, first.Location)
			}
			requireNoPushed(t, name, second)
		}
		// Two pages were opened with one request; the second is not answered.
		uri := object(t, push(w, "public", "prompt", "login").Body)["request_uri"]
		one, two := b.Follow(b.Get(pushedAt("public", uri))), b.Follow(b.Get(pushedAt("public", uri)))
		if done := b.Fill(one, "username", "ann", "password", hostedtest.Password); done.Query().Get("code") == "" {
			t.Errorf("control: %d %v", done.Status, done.Location)
		}
		requireNoPushed(t, "second page", b.Fill(two, "username", "ann", "password", hostedtest.Password))
	})
}

// requireNoPushed requires the error page of a request_uri that cannot be used.
func requireNoPushed(t *testing.T, name string, p hostedtest.Page) {
	t.Helper()
	if p.Location == nil || p.Location.Path != "/error" || p.Query().Get("error") != "invalid_request_uri" {
		t.Errorf("%s: %d %v %s", name, p.Status, p.Location, p.Body)
	}
}

// A request_uri is valid for its client and for a minute, and stands for the whole
// request. The controls use the same request as intended.
func TestPushedRequestAttacks(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Extend(w.Pool, pushedRequests)
		w.Extend(w.Other, pushedRequests)
		w.Client(w.Pool, "rival")
		b := w.Browser()
		uri, _ := object(t, push(w, "public", "scope", "openid").Body)["request_uri"].(string)
		changed := []byte(uri)
		changed[len(changed)-8] ^= 1
		requireNoPushed(t, "another client", b.Get(pushedAt("rival", uri)))
		requireNoPushed(t, "another pool", b.Get(pushedAt("foreign", uri)))
		requireNoPushed(t, "no client", b.Get(pushedAt("", uri)))
		requireNoPushed(t, "unknown client", b.Get(pushedAt("nosuch", uri)))
		requireNoPushed(t, "changed", b.Get(pushedAt("public", string(changed))))
		requireNoPushed(t, "made up", b.Get(pushedAt("public", "urn:ietf:params:oauth:request_uri:x")))
		// Parameters beside it are ignored.
		p := b.SignIn(pushedAt("public", uri, "redirect_uri", "myapp://done", "scope", "openid email",
			"state", "planted", "response_type", "token", "response_mode", "fragment", "prompt", "none"))
		if !strings.HasPrefix(p.Location.String(), hostedtest.Callback+"?") || p.Query().Get("state") != "st" {
			t.Fatalf("conflicting parameters: %d %v", p.Status, p.Location)
		}
		set := object(t, redeem(w, p.Query().Get("code")).Body)
		if claims(t, set["access_token"])["scope"] != "openid" {
			t.Errorf("conflicting parameters: %v", set)
		}
		uri, _ = object(t, push(w, "public").Body)["request_uri"].(string)
		opened := b.Get(pushedAt("public", uri, "prompt", "login"))
		if opened.Location == nil {
			t.Fatalf("control: %d %s", opened.Status, opened.Body)
		}
		late, _ := object(t, push(w, "public").Body)["request_uri"].(string)
		w.Clock.Advance(time.Minute)
		requireNoPushed(t, "expired", b.Get(pushedAt("public", late)))
		uri, _ = object(t, push(w, "public").Body)["request_uri"].(string)
		w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.PushedRequests = false })
		requireNoPushed(t, "off", b.Get(pushedAt("public", uri)))
	})
}

// Errors of the endpoint. Source: RFC 9126 section 2.3.
func TestPushedRequestErrors(t *testing.T) {
	w := world(t)
	if p := push(w, "public"); p.Status != 400 || object(t, p.Body)["error"] != "invalid_request" {
		t.Errorf("off: %d %s", p.Status, p.Body)
	}
	w.Extend(w.Pool, pushedRequests)
	w.Client(w.Pool, "nowhere", func(c *userpool.Client) {
		c.AllowedOAuthFlowsUserPoolClient, c.AllowedOAuthFlows, c.AllowedOAuthScopes = false, nil, nil
	})
	for name, c := range map[string]struct {
		client string
		values []string
		status int
		error  string
	}{
		"control":        {"public", nil, 201, ""},
		"with a secret":  {"confidential", []string{"client_secret", hostedtest.Secret}, 201, ""},
		"no secret":      {"confidential", nil, 401, "invalid_client"},
		"wrong secret":   {"confidential", []string{"client_secret", "wrong"}, 401, "invalid_client"},
		"unknown client": {"nosuch", nil, 401, "invalid_client"},
		"no client":      {"", nil, 400, "invalid_request"},
		"request_uri":    {"public", []string{"request_uri", "urn:x"}, 400, "invalid_request"},
		"other redirect": {"public", []string{"redirect_uri", "https://evil.example.com/"}, 400, "invalid_request"},
		"response type":  {"public", []string{"response_type", "x"}, 400, "invalid_request"},
		"scope":          {"public", []string{"scope", "openid nosuch"}, 400, "invalid_scope"},
		"challenge":      {"public", []string{"code_challenge", challenge}, 400, "invalid_request"},
		"no OAuth flows": {"nowhere", nil, 400, "unauthorized_client"},
		"largest":        {"public", []string{"state", strings.Repeat("s", 3900)}, 201, ""},
		"too large":      {"public", []string{"state", strings.Repeat("s", 4096)}, 413, "invalid_request"},
		"much too large": {"public", []string{"state", strings.Repeat("s", 1<<20)}, 400, "invalid_request"},
	} {
		p := push(w, c.client, c.values...)
		got, _ := object(t, p.Body)["error"].(string)
		if p.Status != c.status || got != c.error {
			t.Errorf("%s: %d %.200s", name, p.Status, p.Body)
		}
		if strings.Contains(p.Body, hostedtest.Secret) {
			t.Errorf("%s: the response has the secret", name)
		}
	}
	if p := w.Browser().Get("/oauth2/par"); p.Status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", p.Status)
	}
	// A client that authenticates by its header need not repeat its id.
	b := w.Browser()
	b.Header.Set("Authorization", basic("confidential", hostedtest.Secret))
	form := url.Values{"response_type": {"code"}, "redirect_uri": {hostedtest.Callback}}
	if p := b.Post("/oauth2/par", form); p.Status != 201 {
		t.Errorf("basic: %d %s", p.Status, p.Body)
	}
}

// A strict pool refuses the request_uri of a request object, but not that of a pushed
// request.
func TestPushedRequestOfAStrictPool(t *testing.T) {
	w := world(t)
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.PushedRequests, e.StrictOIDC = true, true })
	uri := object(t, push(w, "public", "scope", "openid").Body)["request_uri"]
	if p := w.Browser().SignIn(pushedAt("public", uri)); p.Query().Get("code") == "" {
		t.Errorf("pushed: %d %v %s", p.Status, p.Location, p.Body)
	}
	p := w.Browser().Get(hostedtest.AuthorizeURL("public", "request_uri", "https://app.example.com/request"))
	if p.Query().Get("error") != "request_uri_not_supported" {
		t.Errorf("control: %d %v", p.Status, p.Location)
	}
}

func TestDiscoveryOfExtensions(t *testing.T) {
	w := world(t)
	names := []string{
		"pushed_authorization_request_endpoint", "require_pushed_authorization_requests",
		"device_authorization_endpoint",
	}
	document := func() members {
		return object(t, w.Browser().Get("/"+w.Pool.ID+"/.well-known/openid-configuration").Body)
	}
	grants := func(doc members) (device bool) {
		for _, g := range doc["grant_types_supported"].([]any) {
			device = device || g == deviceGrant
		}
		return device
	}
	off := document()
	for _, name := range names {
		if _, ok := off[name]; ok || grants(off) {
			t.Errorf("%s or the grant is published while it is off", name)
		}
	}
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.PushedRequests, e.DeviceGrant = true, true })
	on := document()
	if on[names[0]] != hostedtest.PublicURL+"/oauth2/par" || on[names[1]] != false ||
		on[names[2]] != hostedtest.PublicURL+"/oauth2/device_authorization" || !grants(on) {
		t.Errorf("%v", on)
	}
}
