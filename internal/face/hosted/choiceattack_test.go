package hosted_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A second factor follows a password. An e-mail code of a second factor has a page of
// its own, with 6 digits, and neither code answers the other's page.
func TestSecondFactorAfterChoice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		w.Pool.RecoveryMechanisms = []userpool.RecoveryOption{{Priority: 1, Name: "admin_only"}}
		offer(w, "OPTIONAL", true)
		offerChoices(w, "PASSWORD", "EMAIL_OTP", "WEB_AUTHN")
		w.User(w.Pool, "bob", userpool.Confirmed)
		w.Change("bob", func(u *userpool.User) { u.EnableFactor(userpool.EmailMFA) })
		b := w.Browser()
		p := onPage(t, "with a second factor", "/login/password", name(b, choosing, "bob"))
		p = onPage(t, "second factor", "/mfa/email", b.Fill(p, "password", hostedtest.Password))
		if strings.Contains(p.Body, "cells eight") || strings.Contains(p.Body, `name="another"`) {
			t.Errorf("the second factor has the page of a first one: %s", p.Body)
		}
		if b.Cookies["cognito-"+w.Pool.ID] != "" {
			t.Error("an incomplete sign-in has a session")
		}
		code := sent(t, w)
		if len(code) != 6 {
			t.Errorf("code %q", code)
		}
		action, values := p.Form()
		values.Set("mfa_code", code)
		swapped := b.Post(strings.Replace(action, "/mfa/email", "/login/email", 1), values)
		if swapped.Status != 303 || swapped.Location.Path != "/login" {
			t.Errorf("second factor at the page of the first: %d %v", swapped.Status, swapped.Location)
		}
		values.Set("another", "1")
		values.Set("mfa_code", "")
		if p := b.Post(action, values); strings.Contains(p.Body, "/login/choice") {
			t.Errorf("a second factor leads to the list of first ones: %s", p.Body)
		}
		signedIn(t, "positive control", b.Fill(p, "mfa_code", code))
	})
}

// A passkey counts as both factors only where the pool says so.
func TestPasskeyAndSecondFactor(t *testing.T) {
	w := world(t)
	offer(w, "OPTIONAL", false)
	offerChoices(w, "PASSWORD", "WEB_AUTHN")
	key := register(w, choosing, "ann")
	app := enrol(t, w, "ann")
	b := w.Browser()
	p := onPage(t, "a passkey is one factor", "/login/password", name(b, choosing, "ann", "challenge", "WEB_AUTHN"))
	p = onPage(t, "second factor", "/mfa/totp", b.Fill(p, "password", hostedtest.Password))
	signedIn(t, "password and app", b.Fill(p, "mfa_code", app.Code(w.Clock.Now())))
	w.Update(func(tx *store.Tx) error {
		changed, two := *w.Pool, userpool.MultiFactor
		settings := *changed.WebAuthn
		settings.FactorConfiguration, changed.WebAuthn = &two, &settings
		w.Pool = &changed
		return tx.UpdatePool(w.Pool)
	})
	b = w.Browser()
	p = onPage(t, "a passkey is both factors", "/login/passkey", name(b, choosing, "ann", "challenge", "WEB_AUTHN"))
	signedIn(t, "passkey", answerKey(b, key, p))
	w.Update(func(tx *store.Tx) error {
		changed := *w.Pool
		changed.MfaConfiguration = "ON"
		w.Pool = &changed
		return tx.UpdatePool(w.Pool)
	})
	w.User(w.Pool, "eve", userpool.Confirmed)
	b = w.Browser()
	p = onPage(t, "without a passkey", "/login/password", name(b, choosing, "eve"))
	p = onPage(t, "set-up after the password", "/mfa/setup/totp", b.Fill(p, "password", hostedtest.Password))
	secret, err := totp.ParseSecret(strings.ReplaceAll(shownSecret.FindStringSubmatch(p.Body)[1], " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	signedIn(t, "set up", b.Fill(p, "code", secret.Code(w.Clock.Now())))
}

// Every page of a first factor requires the page before it, in the same browser, for
// the same request and user, and no page signs in twice (attack cases M1, M2, C11).
func TestSkippedChoices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerChoices(w, "PASSWORD", "EMAIL_OTP", "WEB_AUTHN")
		key := register(w, choosing, "ann")
		for way, answer := range map[string]func(hostedtest.Page) (string, string){
			"PASSWORD":  func(hostedtest.Page) (string, string) { return "password", hostedtest.Password },
			"EMAIL_OTP": func(hostedtest.Page) (string, string) { return "mfa_code", sent(t, w) },
			"WEB_AUTHN": func(p hostedtest.Page) (string, string) {
				return "credential", string(key.Get(optionsOf(t, p)))
			},
		} {
			b := w.Browser()
			p := b.Fill(name(b, choosing, "ann"), "answer", way)
			action, values := p.Form()
			field, value := answer(p)
			values.Set(field, value)
			attackStep(way, b, action, values, choosing)
			signedIn(t, way+": positive control", b.Post(action, values))
			if way != "PASSWORD" { // which is no secret of one page
				refused(t, way+": twice", b.Post(action, values), "Your session has expired.")
			}
		}
	})
}

// attackStep posts the step of a page in every wrong way.
func attackStep(what string, b *hostedtest.Browser, action string, values url.Values, client string) {
	w, t := b.World, b.World.T
	t.Helper()
	try := func(how string, b *hostedtest.Browser, action string, set ...string) {
		t.Helper()
		form := url.Values{}
		for name := range values {
			form.Set(name, values.Get(name))
		}
		for i := 0; i+1 < len(set); i += 2 {
			form.Set(set[i], set[i+1])
		}
		if p := b.Post(action, form); p.Status != 303 || p.Location.Path != "/login" {
			t.Errorf("%s %s: %d %v %s", what, how, p.Status, p.Location, p.Body)
		}
	}
	if p := b.Get(action); !strings.HasPrefix(action, "/passkeys/add") &&
		(p.Status != 303 || p.Location.Path != "/login") {
		t.Errorf("%s opened directly: %d %v", what, p.Status, p.Location)
	}
	try("without the step", b, action, "step", "")
	try("with a truncated step", b, action, "step", values.Get("step")[:40])
	otherClient := "confidential"
	path := regexp.MustCompile(`^[^?]*`).FindString(action)
	for _, other := range []string{
		"/login/choice", "/login/password", "/login/email", "/login/sms", "/login/passkey", "/login/session",
		"/passkeys/add", "/mfa/email",
	} {
		if other != path {
			try("at "+other, b, strings.Replace(action, path, other, 1))
		}
	}
	try("for another client", b, strings.Replace(action, "client_id="+client, "client_id="+otherClient, 1))
	try("for another state", b, strings.Replace(action, "state=st", "state=other", 1))
	other := w.Browser()
	_, own := other.Follow(other.Get(hostedtest.AuthorizeURL(client))).Form()
	try("in another browser", other, action, "_csrf", own.Get("_csrf"))
}

// What follows a name is the same for unknown names, where the client hides who exists.
func TestChoicesOfUnknownUsers(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerChoices(w, "PASSWORD", "EMAIL_OTP")
		texts := func(p hostedtest.Page, name string) string {
			text := regexp.MustCompile(` value="[^"]*"`).ReplaceAllString(p.Body, "")
			text = strings.ReplaceAll(text, "<span>"+name+"</span>", "<span>NAME</span>")
			text = regexp.MustCompile(`aria-hidden="true">[A-Z]<`).ReplaceAllString(text, `aria-hidden="true">X<`)
			return regexp.MustCompile(`<b>.\*\*\*@.\*\*\*</b>`).ReplaceAllString(text, "<b>TO</b>")
		}
		type walk struct {
			pages []string
			sizes []int
		}
		run := func(name_ string) (seen walk) {
			b := w.Browser()
			note := func(p hostedtest.Page) hostedtest.Page {
				_, values := p.Form()
				seen.pages = append(seen.pages, texts(p, name_))
				seen.sizes = append(seen.sizes, len(values.Get("step")))
				return p
			}
			list := note(name(b, choosing, name_))
			p := note(b.Fill(list, "answer", "PASSWORD"))
			note(b.Fill(p, "password", "wrong"))
			p = note(b.Fill(list, "answer", "EMAIL_OTP"))
			note(b.Fill(p, "mfa_code", "00000000"))
			return seen
		}
		w.User(w.Pool, "amy", userpool.Confirmed)
		known, unknown := run("amy"), run("abe")
		for i := range known.pages {
			if known.pages[i] != unknown.pages[i] {
				t.Errorf("page %d of a known user is\n%s\nof an unknown one\n%s", i, known.pages[i], unknown.pages[i])
			}
		}
		if !slices.Equal(known.sizes, unknown.sizes) {
			t.Errorf("sizes of the steps: %v, %v", known.sizes, unknown.sizes)
		}
		refused(t, "positive control: a client that does not hide", name(w.Browser(), open, "abe"),
			"User does not exist.")
	})
}
