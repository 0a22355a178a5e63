package hosted_test

import (
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// world returns a world on a store of the default engine.
func world(t *testing.T) *hostedtest.World {
	t.Helper()
	db, clk := storetest.Open(t)
	return hostedtest.New(t, db, clk)
}

// form sends an authorization request and returns the page of its first step.
func form(b *hostedtest.Browser) hostedtest.Page {
	return b.Follow(b.Get(hostedtest.AuthorizeURL("public")))
}

func refused(t *testing.T, what string, p hostedtest.Page, message string) {
	t.Helper()
	if p.Query().Get("code") != "" || !strings.Contains(p.Body, message) {
		t.Errorf("%s: %d %v %s", what, p.Status, p.Location, p.Body)
	}
}

func signedIn(t *testing.T, what string, p hostedtest.Page) {
	t.Helper()
	if p.Status != 302 || p.Query().Get("code") == "" || p.Query().Get("state") != "st" {
		t.Errorf("%s: %d %v %s", what, p.Status, p.Location, p.Body)
	}
}

// ownScript is the element of the one script of the pages.
var ownScript = regexp.MustCompile(`<script src="/assets/page\.[0-9a-f]{16}\.js" defer></script>`)

// inlineScript reports whether a page has a script besides the file of the server.
func inlineScript(p hostedtest.Page) bool {
	return strings.Contains(strings.ToLower(ownScript.ReplaceAllString(p.Body, "")), "<script")
}

// The first page has the names that clients without a browser use.
func TestSignInForm(t *testing.T) {
	w := world(t)
	b := w.Browser()
	p := b.Follow(b.Get(hostedtest.AuthorizeURL("public", "login_hint", `an"n<b>`)))
	action, fields := p.Form()
	for _, name := range []string{"_csrf", "cognitoAsfData", "username", "password"} {
		if !fields.Has(name) {
			t.Errorf("the form has no %s", name)
		}
	}
	if !strings.HasPrefix(action, "/login?") ||
		!strings.Contains(p.Body, `name="cognitoSignInForm"`) ||
		!strings.Contains(p.Body, `name="signInSubmitButton" value="Sign in"`) {
		t.Errorf("%s", p.Body)
	}
	if strings.Contains(p.Body, "to continue to") {
		t.Errorf("a client without a name is named: %s", p.Body)
	}
	if fields.Get("username") != `an"n<b>` || strings.Contains(p.Body, "<b>") {
		t.Errorf("login_hint: %s", p.Body)
	}
	policy := p.Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "style-src 'self'", "script-src 'self'",
	} {
		if !strings.Contains(policy, want) {
			t.Errorf("no %s in the policy %s", want, policy)
		}
	}
	if strings.Contains(policy, "unsafe") || inlineScript(p) || p.Header.Get("X-Frame-Options") != "DENY" {
		t.Errorf("scripts or frames: %s", policy)
	}
	signedIn(t, "the form", b.Fill(p, "username", "ann", "password", hostedtest.Password))
}

func TestPasswords(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		w.Client(w.Pool, "hides", func(c *userpool.Client) {
			enabled := "ENABLED"
			c.PreventUserExistenceErrors = &enabled
		})
		w.User(w.Pool, "new", userpool.Unconfirmed)
		w.User(w.Pool, "reset", userpool.ResetRequired)
		w.User(w.Pool, "gone", userpool.Confirmed)
		w.Change("gone", func(u *userpool.User) { u.Enabled = false })
		for _, c := range []struct{ client, username, password, message string }{
			{"public", "ann", "wrong", "Incorrect username or password."},
			{"public", "nobody", hostedtest.Password, "User does not exist."},
			{"hides", "nobody", hostedtest.Password, "Incorrect username or password."},
			{"public", "new", hostedtest.Password, "User is not confirmed."},
			{"public", "reset", hostedtest.Password, "Password reset required for the user"},
			{"public", "gone", hostedtest.Password, "User is disabled."},
			{"public", "", hostedtest.Password, "Please fill in every field."},
			{"public", "ann", "", "Missing required parameter PASSWORD"},
		} {
			b := w.Browser()
			p := b.Follow(b.Get(hostedtest.AuthorizeURL(c.client)))
			p = b.Fill(p, "username", c.username, "password", c.password)
			refused(t, c.username, p, c.message)
			if len(b.Cookies) != 1 {
				t.Errorf("%s: cookies %v", c.username, b.Cookies)
			}
			if _, again := p.Form(); again.Get("username") != c.username || again.Get("password") != "" {
				t.Errorf("%s: the form shows %v", c.username, again)
			}
		}
		b := w.Browser()
		retry := b.Fill(form(b), "username", "ann", "password", "wrong")
		signedIn(t, "after a wrong password", b.Fill(retry, "password", hostedtest.Password))
	})
}

// Failed sign-ins of the pages count towards the same lock-out as any other
// (attack case M3).
func TestLockout(t *testing.T) {
	w := world(t)
	b := w.Browser()
	p := form(b)
	for range 6 {
		p = b.Fill(p, "username", "ann", "password", "wrong")
	}
	refused(t, "right password during the lock-out",
		b.Fill(p, "username", "ann", "password", hostedtest.Password), "Password attempts exceeded")
	w.Clock.Advance(time.Hour)
	signedIn(t, "an hour later", b.Fill(form(b), "username", "ann", "password", hostedtest.Password))
}

func TestNewPassword(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		w.User(w.Pool, "temp", userpool.ForceChangePassword)
		b := w.Browser()
		p := b.Fill(form(b), "username", "temp", "password", hostedtest.Password)
		action, _ := p.Form()
		if !strings.HasPrefix(action, "/changePassword?") || len(b.Cookies) != 1 {
			t.Fatalf("%s, cookies %v", action, b.Cookies)
		}
		// An incomplete sign-in gives no session (attack case M1).
		silent := b.Get(hostedtest.AuthorizeURL("public", "prompt", "none"))
		if silent.Query().Get("error") != "login_required" {
			t.Errorf("with an incomplete sign-in: %v", silent.Location)
		}
		p = b.Fill(p, "new_password", "Longer-Pa55word", "confirm_password", "Other-Pa55word")
		refused(t, "different passwords", p, "The two passwords differ.")
		p = b.Fill(p, "new_password", "short", "confirm_password", "short")
		refused(t, "short password", p, "Password does not conform to policy: Password not long enough")
		signedIn(t, "valid password", b.Fill(p, freshPassword...))
		again := b.Fill(p, "new_password", "Third-Pa55word", "confirm_password", "Third-Pa55word")
		refused(t, "the page again", again, "signInSubmitButton")
		other := w.Browser()
		signedIn(t, "sign-in with the new password",
			other.Fill(form(other), "username", "temp", "password", "Longer-Pa55word"))
	})
}

// A page requires the previous page, in the same browser, for the same request
// (attack cases M2, C11).
func TestSkippedSteps(t *testing.T) {
	w := world(t)
	w.User(w.Pool, "temp", userpool.ForceChangePassword)
	w.Client(w.Pool, "second", func(c *userpool.Client) {
		c.CallbackURLs = append(c.CallbackURLs, hostedtest.Callback)
	})
	begin := func() (*hostedtest.Browser, string, url.Values) {
		b := w.Browser()
		action, values := b.Fill(form(b), "username", "temp", "password", hostedtest.Password).Form()
		for i := 0; i < len(freshPassword); i += 2 {
			values.Set(freshPassword[i], freshPassword[i+1])
		}
		return b, action, values
	}
	toForm := func(what string, p hostedtest.Page) {
		t.Helper()
		if p.Status != 303 || p.Location.Path != "/login" {
			t.Errorf("%s: %d %v", what, p.Status, p.Location)
		}
	}
	b, action, values := begin()
	toForm("opened directly", b.Get(action))
	step := values.Get("step")
	values.Del("step")
	toForm("without the step", b.Post(action, values))
	values.Set("step", step[:len(step)-4])
	toForm("with a truncated step", b.Post(action, values))
	values.Set("step", step)
	toForm("at another page", b.Post(strings.Replace(action, "/changePassword", "/mfa", 1), values))
	toForm("for another client", b.Post(strings.Replace(action, "client_id=public", "client_id=second", 1), values))
	toForm("for another state", b.Post(strings.Replace(action, "state=st", "state=other", 1), values))
	other := w.Browser()
	_, own := form(other).Form()
	values.Set("_csrf", own.Get("_csrf"))
	toForm("in another browser", other.Post(action, values))
	values.Set("_csrf", b.Cookies["XSRF-TOKEN"])
	w.Clock.Advance(2 * time.Minute)
	signedIn(t, "control", b.Post(action, values))

	w.User(w.Pool, "late", userpool.ForceChangePassword)
	b = w.Browser()
	p := b.Fill(form(b), "username", "late", "password", hostedtest.Password)
	w.Clock.Advance(4 * time.Minute)
	refused(t, "after the Session of the engine has expired",
		b.Fill(p, freshPassword...), "Your session has expired. Please sign in again.")
}

// A form that another site posts is refused (attack case R11).
func TestForeignForms(t *testing.T) {
	w := world(t)
	for name, c := range map[string]struct {
		spoil  func(*hostedtest.Browser, url.Values)
		refuse bool
	}{
		"control": {func(*hostedtest.Browser, url.Values) {}, false},
		"same origin": {
			func(b *hostedtest.Browser, _ url.Values) { b.Header.Set("Sec-Fetch-Site", "same-origin") }, false,
		},
		"public URL's origin": {
			func(b *hostedtest.Browser, _ url.Values) { b.Header.Set("Origin", hostedtest.PublicURL) }, false,
		},
		"null origin, same": {func(b *hostedtest.Browser, _ url.Values) {
			b.Header.Set("Origin", "null")
			b.Header.Set("Sec-Fetch-Site", "same-origin")
		}, false},
		"own origin": {func(b *hostedtest.Browser, _ url.Values) {
			b.Host = "lifeguard.test:9229"
			b.Header.Set("Origin", "http://lifeguard.test:9229")
		}, false},
		"null origin": {func(b *hostedtest.Browser, _ url.Values) { b.Header.Set("Origin", "null") }, true},
		"another site": {
			func(b *hostedtest.Browser, _ url.Values) { b.Header.Set("Sec-Fetch-Site", "cross-site") }, true,
		},
		"another origin": {
			func(b *hostedtest.Browser, _ url.Values) { b.Header.Set("Origin", "https://evil.example.com") }, true,
		},
		"no token": {func(_ *hostedtest.Browser, v url.Values) { v.Del("_csrf") }, true},
		"another token": {
			func(_ *hostedtest.Browser, v url.Values) { v.Set("_csrf", "7b0e1c9a-0000-4000-8000-000000000000") }, true,
		},
		"no cookie": {func(b *hostedtest.Browser, _ url.Values) { clear(b.Cookies) }, true},
		"empty token, cookie": {
			func(b *hostedtest.Browser, v url.Values) { b.Cookies["XSRF-TOKEN"] = ""; v.Set("_csrf", "") }, true,
		},
		"token of another browser": {func(b *hostedtest.Browser, _ url.Values) {
			b.Cookies["XSRF-TOKEN"] = "7b0e1c9a-0000-4000-8000-000000000000"
		}, true},
	} {
		b := w.Browser()
		action, values := form(b).Form()
		values.Set("username", "ann")
		values.Set("password", hostedtest.Password)
		c.spoil(b, values)
		p := b.Post(action, values)
		if c.refuse {
			if p.Status != 403 || b.Cookies["cognito-"+w.Pool.ID] != "" {
				t.Errorf("%s: %d %v", name, p.Status, p.Location)
			}
			continue
		}
		signedIn(t, name, p)
	}
}

// The pages verify the request themselves and do not rely on authorize.
func TestPagesCheckTheRequest(t *testing.T) {
	w := world(t)
	b := w.Browser()
	action, values := form(b).Form()
	values.Set("username", "ann")
	values.Set("password", hostedtest.Password)
	evil := strings.Replace(action,
		url.QueryEscape(hostedtest.Callback), url.QueryEscape("https://evil.example.com/"), 1)
	for name, p := range map[string]hostedtest.Page{"GET": b.Get(evil), "POST": b.Post(evil, values)} {
		if p.Location == nil || p.Location.Path != "/error" {
			t.Errorf("%s: %d %v", name, p.Status, p.Location)
		}
	}
	for _, path := range []string{"/login", "/changePassword", "/mfa", "/mfa/select"} {
		if p := b.Post(path, values); p.Status != 400 || b.Cookies["cognito-"+w.Pool.ID] != "" {
			t.Errorf("%s without a request: %d %v", path, p.Status, p.Location)
		}
	}
	r := httptest.NewRecorder()
	w.Mux.ServeHTTP(r, httptest.NewRequest("PUT", action, nil))
	if r.Code != 405 {
		t.Errorf("PUT: %d", r.Code)
	}
	signedIn(t, "control", b.Post(action, values))
}

// Every sign-in has a new session (attack case C11).
func TestSessionIsNew(t *testing.T) {
	w := world(t)
	b := w.Browser()
	b.Code("public")
	name := "cognito-" + w.Pool.ID
	before := b.Cookies[name]
	b.Code("public", "prompt", "login")
	if before == "" || b.Cookies[name] == before {
		t.Error("the second sign-in has the cookie of the first")
	}
}

// The error page shows no text of a link (attack case R6).
func TestErrorPage(t *testing.T) {
	w := world(t)
	for query, want := range map[string]string{
		"error=redirect_mismatch&client_id=x":           "redirect_mismatch",
		"error=Call+0900+now":                           "invalid_request",
		"error=%3Cscript%3E&error_description=%3Cb%3Ex": "invalid_request",
		"": "invalid_request",
	} {
		p := w.Browser().Get("/error?" + query)
		if p.Status != 400 || !strings.Contains(p.Body, want) || strings.Contains(p.Body, "0900") ||
			inlineScript(p) {
			t.Errorf("%s: %d %s", query, p.Status, p.Body)
		}
	}
}

// requireGivenName makes given_name a required attribute of the pool.
func requireGivenName(w *hostedtest.World) *userpool.Pool {
	p := *w.Pool
	p.Schema = slices.Clone(p.Schema)
	for i := range p.Schema {
		if p.Schema[i].Name == "given_name" {
			p.Schema[i].Required = true
		}
	}
	w.Update(func(tx *store.Tx) error { return tx.UpdatePool(&p) })
	return &p
}

// The page of the new password has fields for required attributes that the user
// lacks.
func TestNewPasswordWithRequiredAttributes(t *testing.T) {
	w := world(t)
	p := requireGivenName(w)
	w.User(p, "temp", userpool.ForceChangePassword)
	b := w.Browser()
	page := b.Fill(form(b), "username", "temp", "password", hostedtest.Password)
	if _, fields := page.Form(); !fields.Has("requiredAttributes[given_name]") {
		t.Fatalf("%s", page.Body)
	}
	refused(t, "without given_name", b.Fill(page, freshPassword...), "given_name is missing")
	values := append(slices.Clone(freshPassword), "requiredAttributes[given_name]", "Ann")
	signedIn(t, "with given_name", b.Fill(page, values...))
	err := w.DB.View(t.Context(), func(tx *store.Tx) error {
		u, err := tx.User(p, "temp")
		if err == nil && u.Attributes["given_name"] != "Ann" {
			t.Errorf("the attributes are %v", u.Attributes)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// A label starts with a capital, even if its first letter has several bytes.
func TestLabelsOfAttributes(t *testing.T) {
	w := world(t)
	p := *w.Pool
	p.Schema = slices.Clone(p.Schema)
	given := p.Schema[slices.IndexFunc(p.Schema, func(a userpool.Attribute) bool { return a.Name == "given_name" })]
	given.Name, given.Required = "custom:étage_du_bâtiment", true
	p.Schema = append(p.Schema, given)
	w.Update(func(tx *store.Tx) error { return tx.UpdatePool(&p) })
	w.User(&p, "temp", userpool.ForceChangePassword)
	b := w.Browser()
	page := b.Fill(form(b), "username", "temp", "password", hostedtest.Password)
	if !strings.Contains(page.Body, "Étage du bâtiment") {
		t.Error(page.Body)
	}
}

// Text of a link or a form is escaped on every page, which also forbids scripts
// (attack case R6). The control is that the page shows the text at all.
func TestReflectedText(t *testing.T) {
	w := world(t)
	const script = `"'><script>alert(1)</script>`
	for name, values := range map[string][]string{
		"login_hint": {"login_hint", script}, "state": {"state", script}, "lang": {"lang", script},
		"unknown": {script, script}, "error_description": {"error_description", script},
	} {
		b := w.Browser()
		first := b.Follow(b.Get(hostedtest.AuthorizeURL("public", values...)))
		again := b.Fill(first, "username", script, "password", script)
		if !strings.Contains(again.Body, "&lt;script&gt;alert(1)&lt;/script&gt;") {
			t.Errorf("control, %s: %s", name, again.Body)
		}
		error := b.Get("/login?client_id=" + url.QueryEscape(script))
		for _, p := range []hostedtest.Page{first, again, error} {
			policy := p.Header.Get("Content-Security-Policy")
			if inlineScript(p) || strings.Contains(policy, "unsafe") ||
				!strings.HasPrefix(policy, "default-src 'none'") {
				t.Errorf("%s: %s %s", name, policy, p.Body)
			}
		}
	}
}
