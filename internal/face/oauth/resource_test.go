package oauth_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// resource is a resource that no resource server of the pool has as identifier.
const resource = "https://mcp.example.com/mcp"

// audience posts a form to the token endpoint and returns the aud of the access
// token, or the error code.
func audience(t *testing.T, w *hostedtest.World, form url.Values) (aud any, set members) {
	t.Helper()
	set = object(t, w.Browser().Post("/oauth2/token", form).Body)
	if code, refused := set["error"]; refused {
		return code, set
	}
	return claims(t, set["access_token"])["aud"], set
}

// withResource returns a copy of a form that names resources.
func withResource(form url.Values, resources ...string) url.Values {
	bound := url.Values{"resource": resources}
	for name, values := range form {
		bound[name] = values
	}
	return bound
}

// The access token of a bound authorization has the resource as aud, and so has
// that of every refresh. The endpoints of the pool accept the token. A token
// request may repeat the resource, but not name another one.
func TestResource(t *testing.T) {
	each(t, func(t *testing.T, w *hostedtest.World) {
		w.Client(w.Pool, "rotating", func(c *userpool.Client) {
			c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"}
			c.RefreshTokenRotation = &userpool.RefreshTokenRotation{Feature: "ENABLED"}
		})
		for _, client := range []string{"public", "rotating"} {
			code := w.Browser().Code(client, "resource", resource)
			p := redeem(w, code, "client_id", client, "resource", resource+"/")
			if got := object(t, p.Body)["error"]; got != "invalid_target" || p.Status != 400 {
				t.Errorf("%s: a code with another resource: %d %s", client, p.Status, p.Body)
			}
			set := object(t, redeem(w, code, "client_id", client).Body)
			access := claims(t, set["access_token"])
			if access["aud"] != resource || claims(t, set["id_token"])["aud"] != client {
				t.Errorf("%s: access token %v", client, access)
			}
			for _, named := range [][]string{nil, {resource}, {""}} {
				form := refreshForm(client, set["refresh_token"].(string))
				if got, _ := audience(t, w, withResource(form, "https://other.example.com")); got != "invalid_target" {
					t.Errorf("%s: a refresh with another resource: %v", client, got)
				}
				got, next := audience(t, w, withResource(form, named...))
				if got != resource {
					t.Fatalf("%s: after a refresh with %q: %v", client, named, got)
				}
				if next["refresh_token"] != nil {
					set = next
				}
			}
			b := w.Browser()
			b.Header.Set("Authorization", "Bearer "+set["access_token"].(string))
			if p := b.Get("/oauth2/userInfo"); p.Status != 200 {
				t.Errorf("%s: userInfo: %d %s", client, p.Status, p.Body)
			}
			if _, err := w.Tokens.Authorize(t.Context(), set["access_token"].(string)); err != nil {
				t.Errorf("%s: the native API: %v", client, err)
			}
		}
	})
}

// A resource at the token endpoint narrows one access token of an authorization
// that is bound to none; the next one is unbound again.
func TestResourceOfOneToken(t *testing.T) {
	w := world(t)
	set := object(t, redeem(w, w.Browser().Code("public"), "resource", resource).Body)
	if got := claims(t, set["access_token"])["aud"]; got != resource {
		t.Errorf("aud is %v", got)
	}
	form := refreshForm("public", set["refresh_token"].(string))
	for _, want := range []string{"", "https://other.example.com", resource} {
		got, _ := audience(t, w, withResource(form, want))
		if text, _ := got.(string); text != want {
			t.Errorf("refresh with %q: aud is %v", want, got)
		}
	}
}

func TestResourceOfTheImplicitFlow(t *testing.T) {
	w := world(t)
	b := w.Browser()
	p := b.SignIn(hostedtest.AuthorizeURL("public", "response_type", "token", "resource", resource))
	again := b.Get(hostedtest.AuthorizeURL("public", "response_type", "token"))
	for _, c := range []struct {
		page hostedtest.Page
		want any
	}{{p, resource}, {again, nil}} {
		fragment, err := url.ParseQuery(c.page.Location.Fragment)
		if err != nil {
			t.Fatal(err)
		}
		if got := claims(t, fragment.Get("access_token"))["aud"]; got != c.want {
			t.Errorf("aud is %v, want %v", got, c.want)
		}
	}
}

// The forms of a resource are those of a callback URL. The same values are
// refused wherever a request can name one.
func TestResourceForms(t *testing.T) {
	w := world(t)
	machine := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {"machine"}, "client_secret": {hostedtest.Secret},
	}
	refresh := refreshForm("public", object(t, redeem(w, w.Browser().Code("public")).Body)["refresh_token"].(string))
	const prefix = "https://api.example.com/"
	for value, good := range map[string]bool{
		resource: true, "https://api.example.com": true, "https://api.example.com/?tenant=1": true,
		"http://localhost:8000/mcp": true, "myapp://resource": true,
		prefix + strings.Repeat("x", 1024-len(prefix)): true,
		prefix + strings.Repeat("x", 1025-len(prefix)): false,
		prefix + strings.Repeat("x", 100_000):          false,
		"http://api.example.com":                       false,
		"https://":                                     false,
		"https://user:password@api.example.com":        false,
		"https://api.example.com/#part":                false,
		"https://api.example.com#":                     false,
		"https://api.example.com/ x":                   false,
		"https://api.example.com\n":                    false,
		`https://api.example.com\x`:                    false,
		"//api.example.com":                            false,
		"api.example.com":                              false,
		"/mcp":                                         false,
		"javascript:alert(1)":                          false,
	} {
		want := "invalid_target"
		if good {
			want = value
		}
		for name, form := range map[string]url.Values{"client_credentials": machine, "refresh_token": refresh} {
			if got, _ := audience(t, w, withResource(form, value)); got != want {
				t.Errorf("%s: %.60q is %.60v", name, value, got)
			}
		}
		p := w.Browser().Get(hostedtest.AuthorizeURL("public", "resource", value))
		if refused := p.Query().Get("error") == "invalid_target"; refused == good || p.Status != 302 {
			t.Errorf("authorize: %.60q: %d %.200v", value, p.Status, p.Location)
		}
	}
	for _, form := range []url.Values{machine, refresh} {
		if got, _ := audience(t, w, withResource(form, resource, resource)); got != "invalid_target" {
			t.Errorf("two resources: %v", got)
		}
		if got, _ := audience(t, w, form); got != nil {
			t.Errorf("control without a resource: %v", got)
		}
	}
	if p := redeem(w, "x", "resource", "/mcp"); object(t, p.Body)["error"] != "invalid_target" {
		t.Errorf("authorization_code: %s", p.Body)
	}
}
