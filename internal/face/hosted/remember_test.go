package hosted_test

import (
	"encoding/json"
	"maps"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// rememberBrowsers offers authenticator apps in a pool where a remembered device
// replaces them, and enrols ann.
func rememberBrowsers(t *testing.T, w *hostedtest.World) totp.Secret {
	t.Helper()
	offer(w, "OPTIONAL", false)
	w.Update(func(tx *store.Tx) error {
		changed := *w.Pool
		changed.DeviceConfiguration = &userpool.DeviceConfiguration{
			ChallengeRequiredOnNewDevice: new(true), DeviceOnlyRememberedOnUserPrompt: new(true),
		}
		w.Pool = &changed
		return tx.UpdatePool(w.Pool)
	})
	return enrol(t, w, "ann")
}

// deviceCookie returns the name of the browser's only cookie of a device.
func deviceCookie(t *testing.T, b *hostedtest.Browser) (name string) {
	t.Helper()
	for each := range b.Cookies {
		if strings.HasPrefix(each, "device-") {
			name += each
		}
	}
	return name
}

// skips reports whether ann signs in in the browser with the password alone. The
// browser's session does not count.
func skips(b *hostedtest.Browser) bool {
	b.World.T.Helper()
	fresh := *b
	fresh.Cookies = maps.Clone(b.Cookies)
	delete(fresh.Cookies, "cognito-"+b.World.Pool.ID)
	p := fresh.Fill(form(&fresh), "username", "ann", "password", hostedtest.Password)
	return p.Query().Get("code") != ""
}

// A browser that the user had remembered is asked for the password only, until the
// device is forgotten or 30 days are over. Its cookie is worth nothing elsewhere.
func TestRememberedBrowser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		app := rememberBrowsers(t, w)
		b := w.Browser()
		p := begin(t, b, "/mfa/totp")
		contains(t, "box", p, `<input type="checkbox" name="remember_device"`, "Do not ask again on this device")
		signedIn(t, "not ticked", b.Fill(p, "mfa_code", app.Code(clk.Now())))
		if deviceCookie(t, b) != "" || skips(b) {
			t.Fatal("remembered without the user's wish")
		}
		clk.Advance(time.Minute)
		b = w.Browser()
		p = begin(t, b, "/mfa/totp")
		if b.Fill(p, "mfa_code", wrong(app.Code(clk.Now())), "remember_device", "on"); deviceCookie(t, b) != "" {
			t.Fatal("remembered after a wrong code")
		}
		signedIn(t, "ticked", b.Fill(p, "mfa_code", app.Code(clk.Now()), "remember_device", "on"))
		name := deviceCookie(t, b)
		if name == "" || !skips(b) {
			t.Fatal("not remembered")
		}
		for what, spoilt := range map[string]map[string]string{
			"no cookie":       {},
			"changed":         {name: b.Cookies[name][:len(b.Cookies[name])-4] + "AAAA"},
			"page step":       {name: stepOf(p)},
			"session":         {name: b.Cookies["cognito-"+w.Pool.ID]},
			"of another pool": {strings.Replace(name, w.Pool.ID, w.Other.ID, 1): b.Cookies[name]},
		} {
			other := w.Browser()
			maps.Copy(other.Cookies, spoilt)
			if skips(other) {
				t.Errorf("%s: signs in without a second factor", what)
			}
		}
		otherUser := w.Browser()
		otherUser.Cookies[name] = b.Cookies[name]
		w.User(w.Pool, "bob", userpool.Confirmed)
		enrol(t, w, "bob")
		asBob := otherUser.Fill(form(otherUser), "username", "bob", "password", hostedtest.Password)
		onStep(t, "another user", asBob, "/mfa/totp")

		later := *b
		clk.Advance(29 * 24 * time.Hour)
		if !skips(&later) {
			t.Error("forgotten before 30 days")
		}
		clk.Advance(24 * time.Hour)
		if skips(&later) {
			t.Error("remembered after 30 days")
		}
	})
}

// tokensOf redeems the code of a response.
func tokensOf(t *testing.T, b *hostedtest.Browser, p hostedtest.Page) (set map[string]string) {
	t.Helper()
	r := b.Post("/oauth2/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {"public"}, "code": {p.Query().Get("code")},
		"redirect_uri": {hostedtest.Callback},
	})
	var all map[string]any
	if err := json.Unmarshal([]byte(r.Body), &all); err != nil || r.Status != 200 {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
	set = map[string]string{}
	for name, value := range all {
		set[name], _ = value.(string)
	}
	return set
}

// stepOf returns the sealed step of a page.
func stepOf(p hostedtest.Page) string {
	_, fields := p.Form()
	return fields.Get("step")
}

// The tokens name the device; a refresh needs not name it. A global sign-out forgets no
// device. A device that is forgotten replaces no factor.
func TestForgottenBrowser(t *testing.T) {
	w := world(t)
	app := rememberBrowsers(t, w)
	b := w.Browser()
	p := b.Fill(begin(t, b, "/mfa/totp"), "mfa_code", app.Code(w.Clock.Now()), "remember_device", "on")
	set := tokensOf(t, b, p)
	bearer, err := w.Tokens.Authorize(t.Context(), set["access_token"])
	if err != nil || bearer.DeviceKey == "" {
		t.Fatalf("%+v, %v", bearer, err)
	}
	again := tokensOf(t, b, b.Get(hostedtest.AuthorizeURL("public", "prompt", "none")))
	if bearer, err := w.Tokens.Authorize(t.Context(), again["access_token"]); err != nil || bearer.DeviceKey == "" {
		t.Errorf("tokens of the session have the device %+v, %v", bearer, err)
	}
	refresh := func() hostedtest.Page {
		return w.Browser().Post("/oauth2/token", url.Values{
			"grant_type": {"refresh_token"}, "client_id": {"public"}, "refresh_token": {set["refresh_token"]},
		})
	}
	if p := refresh(); p.Status != 200 {
		t.Errorf("refresh: %d %s", p.Status, p.Body)
	}
	query := account.DeviceQuery{User: account.Self(bearer.User), Key: bearer.DeviceKey}
	devices, _, err := w.Account.Devices(t.Context(), w.Pool, account.DeviceQuery{
		User: account.Self(bearer.User), Remembered: true, Limit: 10,
	})
	if err != nil || len(devices) != 1 || devices[0].ID != bearer.DeviceKey {
		t.Errorf("the user's devices are %v, %v", devices, err)
	}
	w.Clock.Advance(time.Second)
	w.Change("ann", func(u *userpool.User) { u.SignedOut = w.Clock.Now() })
	w.Clock.Advance(time.Second)
	if !skips(b) {
		t.Fatal("not remembered after a global sign-out")
	}
	if err := w.Account.ForgetDevice(t.Context(), w.Pool, query); err != nil {
		t.Fatal(err)
	}
	if skips(b) {
		t.Error("a forgotten browser signs in without a second factor")
	}
}

// The session and the tokens of a browser end when the device is forgotten.
func TestSessionOfForgottenBrowser(t *testing.T) {
	w := world(t)
	app := rememberBrowsers(t, w)
	b := w.Browser()
	p := b.Fill(begin(t, b, "/mfa/totp"), "mfa_code", app.Code(w.Clock.Now()), "remember_device", "on")
	bearer, err := w.Tokens.Authorize(t.Context(), tokensOf(t, b, p)["access_token"])
	if err != nil {
		t.Fatal(err)
	}
	set := tokensOf(t, b, b.Get(hostedtest.AuthorizeURL("public", "prompt", "none")))
	refresh := func() int {
		return w.Browser().Post("/oauth2/token", url.Values{
			"grant_type": {"refresh_token"}, "client_id": {"public"}, "refresh_token": {set["refresh_token"]},
		}).Status
	}
	if status := refresh(); status != 200 {
		t.Errorf("refresh before: %d", status)
	}
	silent := func() hostedtest.Page { return b.Get(hostedtest.AuthorizeURL("public", "prompt", "none")) }
	signedIn(t, "before", silent())
	query := account.DeviceQuery{User: account.Self(bearer.User), Key: bearer.DeviceKey}
	if err := w.Account.ForgetDevice(t.Context(), w.Pool, query); err != nil {
		t.Fatal(err)
	}
	if status := refresh(); status != 400 {
		t.Errorf("refresh after: %d", status)
	}
	if p := silent(); p.Query().Get("error") != "login_required" {
		t.Errorf("after: %v", p.Location)
	}
}

// One browser remembers several users, but not any number.
func TestBrowserOfSeveralUsers(t *testing.T) {
	w := world(t)
	rememberBrowsers(t, w)
	b := w.Browser()
	for _, name := range []string{"u1", "u2", "u3", "u4", "u5", "u6", "u7"} {
		w.User(w.Pool, name, userpool.Confirmed)
		app := enrol(t, w, name)
		delete(b.Cookies, "cognito-"+w.Pool.ID)
		p := b.Fill(form(b), "username", name, "password", hostedtest.Password)
		signedIn(t, name, b.Fill(p, "mfa_code", app.Code(w.Clock.Now()), "remember_device", "on"))
		delete(b.Cookies, "cognito-"+w.Pool.ID)
		p = b.Fill(form(b), "username", name, "password", hostedtest.Password)
		signedIn(t, name+" again", p)
		if n := strings.Count(deviceCookie(t, b), "device-"); n > 5 {
			t.Errorf("%d cookies", n)
		}
	}
}

// A remembered browser replaces the second factor that the pool asks for, not the one
// that a requested level needs.
func TestRememberedBrowserSatisfiesNoLevel(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		app := rememberBrowsers(t, w)
		b := w.Browser()
		signedIn(t, "ticked",
			b.Fill(begin(t, b, "/mfa/totp"), "mfa_code", app.Code(clk.Now()), "remember_device", "on"))
		clk.Advance(time.Minute)
		delete(b.Cookies, "cognito-"+w.Pool.ID)
		p := b.Fill(authorize(b, "acr_values", level4), "username", "ann", "password", hostedtest.Password)
		onStep(t, "level", p, "/mfa/totp")
		signedIn(t, "code", b.Fill(p, "mfa_code", app.Code(clk.Now()), "remember_device", "on"))
		delete(b.Cookies, "cognito-"+w.Pool.ID)
		p = b.Fill(authorize(b, "acr_values", level1), "username", "ann", "password", hostedtest.Password)
		if acr, amr := assurance(t, w, p); acr != level1 || amr != "pwd" {
			t.Errorf("%q, %q", acr, amr)
		}
		p = authorize(b, "acr_values", level4)
		onStep(t, "step-up", p, "/mfa/totp")
		clk.Advance(time.Minute)
		if acr, _ := assurance(t, w, b.Fill(p, "mfa_code", app.Code(clk.Now()))); acr != level4 {
			t.Errorf("after the step-up: %q", acr)
		}
	})
}

// A code that is the first factor offers no remembered browser: a device replaces
// second factors. The control is the page of a second factor of the same pool.
func TestFirstFactorRemembersNoBrowser(t *testing.T) {
	w := world(t)
	rememberBrowsers(t, w)
	offerChoices(w, "PASSWORD", "EMAIL_OTP")
	w.User(w.Pool, "bob", userpool.Confirmed)
	b := w.Browser()
	p := onPage(t, "first factor", "/login/email", b.Fill(name(b, choosing, "bob"), "answer", "EMAIL_OTP"))
	if strings.Contains(p.Body, "remember_device") {
		t.Error(p.Body)
	}
	contains(t, "second factor", begin(t, w.Browser(), "/mfa/totp"), `name="remember_device"`)
}
