package hosted_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// offer sets the pool's MFA mode, with authenticator apps and e-mail.
func offer(w *hostedtest.World, mode string, email bool) {
	w.Update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.Pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		changed.RecoveryMechanisms = w.Pool.RecoveryMechanisms
		changed.Name, changed.MfaConfiguration, changed.SoftwareTokenMfa = "My pool", mode, new(true)
		if email {
			changed.EmailMfa = &userpool.EmailMfaConfiguration{}
		}
		w.Pool = &changed
		return tx.UpdatePool(w.Pool)
	})
}

// enrol enrols an authenticator app for a user.
func enrol(t *testing.T, w *hostedtest.World, name string) totp.Secret {
	t.Helper()
	secret, err := totp.NewSecret(entropy.System())
	if err != nil {
		t.Fatal(err)
	}
	kept := &userpool.SoftwareToken{ID: "app", Secret: userpool.Secret(secret.Text())}
	w.Update(func(tx *store.Tx) error {
		if err := tx.PutPendingSoftwareToken(w.Pool.ID, name, kept); err != nil {
			return err
		}
		_, err := tx.AdoptSoftwareToken(w.Pool.ID, name, kept, w.Clock.Now().Unix()/30-120)
		return err
	})
	w.Change(name, func(u *userpool.User) { u.AdoptSoftwareToken("phone"); u.EnableFactor(userpool.SoftwareTokenMFA) })
	return secret
}

func wrong(code string) string {
	if code == "000000" {
		return "000001"
	}
	return "000000"
}

// begin sends the password of ann and requires that the step at path follows.
func begin(t *testing.T, b *hostedtest.Browser, path string) hostedtest.Page {
	t.Helper()
	p := b.Fill(form(b), "username", "ann", "password", hostedtest.Password)
	if action, _ := p.Form(); !strings.HasPrefix(action, path+"?") {
		t.Fatalf("after the password: %q %v %s", action, p.Location, p.Body)
	}
	if b.Cookies["cognito-"+b.World.Pool.ID] != "" {
		t.Fatal("an incomplete sign-in has a session")
	}
	return p
}

// A password alone gives no session if a second factor is required (attack
// cases M1, M2).
func TestSoftwareToken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offer(w, "OPTIONAL", false)
		app := enrol(t, w, "ann")
		b := w.Browser()
		p := begin(t, b, "/mfa/totp")
		silent := b.Get(hostedtest.AuthorizeURL("public", "prompt", "none"))
		if silent.Query().Get("error") != "login_required" {
			t.Errorf("with the password alone: %v", silent.Location)
		}
		code := app.Code(clk.Now())
		p = b.Fill(p, "code", "")
		refused(t, "no code", p, "Please fill in every field.")
		p = b.Fill(p, "code", wrong(code))
		if p.Query().Get("code") != "" || !strings.Contains(p.Body, "errorMessage-customizable") {
			t.Errorf("wrong code: %v %s", p.Location, p.Body)
		}
		signedIn(t, "right code", b.Fill(p, "code", code))
		other := w.Browser()
		again := other.Fill(begin(t, other, "/mfa/totp"), "code", code)
		if again.Query().Get("code") != "" {
			t.Error("a code was accepted twice")
		}
		clk.Advance(30 * time.Second)
		signedIn(t, "next code", other.Fill(again, "code", app.Code(clk.Now())))
	})
}

// sent returns the newest code that was sent to ann.
func sent(t *testing.T, w *hostedtest.World) string {
	t.Helper()
	messages, err := w.DB.Outbox().Claim(t.Context(), nil, 10, time.Minute)
	if err != nil || len(messages) == 0 {
		t.Fatalf("no message: %v", err)
	}
	return messages[len(messages)-1].Item.Code
}

func TestSelectAndEmail(t *testing.T) {
	w := world(t)
	offer(w, "OPTIONAL", true)
	enrol(t, w, "ann")
	w.Change("ann", func(u *userpool.User) { u.EnableFactor(userpool.EmailMFA); u.Factors.Preferred = "" })
	b := w.Browser()
	p := begin(t, b, "/mfa/select")
	for _, name := range []string{"Authenticator app", "E-mail"} {
		if !strings.Contains(p.Body, name) {
			t.Errorf("no choice of %s: %s", name, p.Body)
		}
	}
	refused(t, "factor that is not offered", b.Fill(p, "answer", "SMS_MFA"), "cannot use this MFA method")
	p = b.Fill(p, "answer", "EMAIL_OTP")
	if !strings.Contains(p.Body, "We sent a code to <b>a***@e***</b>.") {
		t.Errorf("%s", p.Body)
	}
	code := sent(t, w)
	if refusal := b.Fill(p, "code", wrong(code)); refusal.Query().Get("code") != "" {
		t.Error("signed in with a wrong code")
	}
	signedIn(t, "right code", b.Fill(p, "code", code))
}

var shownSecret = regexp.MustCompile(`<p class="secret">([A-Z2-7 ]+)</p>`)

// If a second factor is required, a user without one sets it up during the
// sign-in.
func TestSetUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offer(w, "ON", false)
		b := w.Browser()
		p := begin(t, b, "/mfa/setup/totp")
		found := shownSecret.FindStringSubmatch(p.Body)
		if found == nil || !strings.Contains(p.Body, "otpauth://totp/My%20pool") ||
			!strings.Contains(p.Body, "It is for <b>ann</b> at <b>My pool</b>.") ||
			!strings.Contains(p.Body, `aria-label="QR code for your authenticator app"`) {
			t.Fatalf("%s", p.Body)
		}
		app, err := totp.ParseSecret(strings.ReplaceAll(found[1], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		code := app.Code(clk.Now())
		p = b.Fill(p, "code", wrong(code))
		if again := shownSecret.FindStringSubmatch(p.Body); again == nil || again[1] != found[1] ||
			!strings.Contains(p.Body, "errorMessage-customizable") {
			t.Fatalf("after a wrong code: %s", p.Body)
		}
		signedIn(t, "right code", b.Fill(p, "code", code, "friendly_device_name", "phone"))
		clk.Advance(time.Minute)
		next := w.Browser()
		signedIn(t, "next sign-in", next.Fill(begin(t, next, "/mfa/totp"), "code", app.Code(clk.Now())))
	})
}

func TestSetUpIsChosen(t *testing.T) {
	w := world(t)
	w.Pool.RecoveryMechanisms = []userpool.RecoveryOption{{Priority: 1, Name: "admin_only"}}
	offer(w, "ON", true)
	w.Change("ann", func(u *userpool.User) { delete(u.Attributes, "email"); delete(u.Attributes, "email_verified") })
	b := w.Browser()
	p := begin(t, b, "/mfa/setup")
	refused(t, "no choice", b.Fill(p, "answer", ""), "Please fill in every field.")
	refused(t, "unknown factor", b.Fill(p, "answer", "NO_MFA"), "This method cannot be set up here.")
	p = b.Fill(p, "method", "EMAIL_OTP")
	p = b.Fill(p, "email", "ann@example.org")
	if action, _ := p.Form(); !strings.HasPrefix(action, "/mfa/email?") {
		t.Fatalf("%q %s", action, p.Body)
	}
	signedIn(t, "code by e-mail", b.Fill(p, "code", sent(t, w)))
}
