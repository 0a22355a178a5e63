package hosted_test

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Forms of the pages are posted with their origin, which no-referrer would
// hide.
func TestReferrerPolicy(t *testing.T) {
	if got := form(world(t).Browser()).Header.Get("Referrer-Policy"); got != "same-origin" {
		t.Errorf("Referrer-Policy is %q", got)
	}
}

// The action of a form has no plus, which HTML would escape as a character
// reference.
func TestFormActionWithoutPlus(t *testing.T) {
	w := world(t)
	b := w.Browser()
	p := b.Follow(b.Get(hostedtest.AuthorizeURL("public", "scope", "openid email", "state", "a b+c")))
	action := regexp.MustCompile(`<form name="cognitoSignInForm" action="[^"]*"`).FindString(p.Body)
	if strings.Contains(action, "&#43;") || !strings.Contains(action, "openid%20email") {
		t.Errorf("%s", p.Body)
	}
	p = b.Fill(p, "username", "ann", "password", hostedtest.Password)
	if got := p.Query().Get("state"); got != "a b+c" {
		t.Errorf("state %q, %d", got, p.Status)
	}
}

// HEAD is answered like GET, except for links that confirm.
func TestHead(t *testing.T) {
	w := world(t)
	query := strings.TrimPrefix(hostedtest.AuthorizeURL("public"), "/oauth2/authorize?")
	for path, want := range map[string]int{
		"/login?" + query:            200,
		"/oauth2/authorize?" + query: 302,
		"/error":                     400,
		"/logout?client_id=public&logout_uri=https://app.example.com/bye": 302,
		"/confirmUser":  405,
		"/mfa?" + query: 303,
		"/favicon.ico":  204,
	} {
		a := httptest.NewRecorder()
		w.Mux.ServeHTTP(a, httptest.NewRequest(http.MethodHead, path, nil))
		if a.Code != want {
			t.Errorf("HEAD %s: %d", path, a.Code)
		}
	}
}

// A second factor may take three minutes at most, wrong codes included,
// whatever the session validity of the client.
func TestSecondFactorTakesThreeMinutes(t *testing.T) {
	w := world(t)
	offer(w, "ON", false)
	secret := enrol(t, w, "ann")
	long := w.Client(w.Pool, "long", func(c *userpool.Client) { c.AuthSessionValidity = 15 })
	for name, c := range map[string]struct {
		steps []time.Duration
		valid bool
	}{
		"before the limit": {[]time.Duration{2 * time.Minute, 59 * time.Second}, true},
		"after the limit":  {[]time.Duration{2 * time.Minute, 61 * time.Second}, false},
	} {
		t.Run(name, func(t *testing.T) {
			b := w.Browser()
			p := b.SignIn(hostedtest.AuthorizeURL(long.ID))
			w.Clock.Advance(c.steps[0])
			p = b.Fill(p, "code", wrong(secret.Code(w.Clock.Now())))
			w.Clock.Advance(c.steps[1])
			p = b.Fill(p, "code", secret.Code(w.Clock.Now()))
			if (p.Query().Get("code") != "") != c.valid {
				t.Errorf("%d %v %s", p.Status, p.Location, p.Body)
			}
		})
	}
}

// The error for an empty username does not name a parameter of the API.
func TestEmptyName(t *testing.T) {
	b := world(t).Browser()
	refused(t, "no username", b.Fill(form(b), "username", "", "password", "x"), "Please fill in every field.")
}

// Only pages without a form can forbid forms: browsers apply the directive to
// the redirects after a form.
func TestFormAction(t *testing.T) {
	b := world(t).Browser()
	has := func(p hostedtest.Page) bool {
		return slices.Contains(strings.Split(p.Header.Get("Content-Security-Policy"), "; "), "form-action 'none'")
	}
	if has(form(b)) || !has(b.Get("/error")) {
		t.Error("form-action 'none' must be set on pages without a form, and only there")
	}
}

var (
	inputElement = regexp.MustCompile(`<input [^>]*>`)
	attribute    = regexp.MustCompile(` ([a-z-]+)(?:="([^"]*)")?`)
)

// inputs returns the attributes of the visible inputs of a page, by name.
func inputs(p hostedtest.Page) map[string]map[string]string {
	found := map[string]map[string]string{}
	for _, element := range inputElement.FindAllString(p.Body, -1) {
		attributes := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(element, -1) {
			attributes[a[1]] = html.UnescapeString(a[2])
		}
		if attributes["type"] != "hidden" {
			found[attributes["name"]] = attributes
		}
	}
	return found
}

// An error refers to the field to fill next, which has the focus. Typed values
// are kept, except passwords and codes. Every field has a label.
func TestErrorsBelongToFields(t *testing.T) {
	w := world(t)
	w.User(requireGivenName(w), "temp", userpool.ForceChangePassword)
	b := w.Browser()
	check := func(what string, p hostedtest.Page, next string, kept map[string]string) {
		t.Helper()
		failed := strings.Contains(p.Body, `class="error `)
		for name, a := range inputs(p) {
			_, focus := a["autofocus"]
			if focus != (name == next) || (a["aria-invalid"] == "true") != (focus && failed) ||
				(a["aria-describedby"] == a["id"]+"-error") != (focus && failed) {
				t.Errorf("%s: %s is %v", what, name, a)
			}
			labelled := a["aria-hidden"] != "" || strings.Contains(p.Body, `<label for="`+a["id"]+`">`)
			if a["value"] != kept[name] || !labelled {
				t.Errorf("%s: %s is %v", what, name, a)
			}
		}
		if len(inputs(p)) == 0 {
			t.Errorf("%s: no inputs in %s", what, p.Body)
		}
	}
	p := form(b)
	check("sign-in", p, "username", nil)
	p = b.Fill(p, "username", "temp", "password", "wrong")
	check("wrong password", p, "password", map[string]string{"username": "temp"})
	p = b.Fill(p, "password", hostedtest.Password)
	check("new password", p, "new_password", map[string]string{"username": "temp"})
	p = b.Fill(p, "new_password", "short", "confirm_password", "short", "requiredAttributes[given_name]", `"t`)
	check("short password", p, "new_password", map[string]string{
		"username": "temp", "requiredAttributes[given_name]": `"t`,
	})
}

// The error page explains each of its codes.
func TestErrorPageExplains(t *testing.T) {
	b := world(t).Browser()
	for code, want := range map[string]string{
		"redirect_mismatch":   "not registered",
		"unauthorized_client": "not allowed",
		"invalid_client":      "does not know",
		"anything":            "wrong request",
	} {
		if p := b.Get("/error?error=" + code); !strings.Contains(p.Body, want) ||
			!strings.Contains(p.Body, "An error was encountered with the requested page.") {
			t.Errorf("%s: %s", code, p.Body)
		}
	}
}
