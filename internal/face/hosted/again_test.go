package hosted_test

import (
	"html"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// offerSMS adds codes by SMS to what the pool offers.
func offerSMS(w *hostedtest.World, mode string) {
	w.Pool.RecoveryMechanisms = []userpool.RecoveryOption{{Priority: 1, Name: "admin_only"}}
	offer(w, mode, true)
	w.Update(func(tx *store.Tx) error {
		changed := *w.Pool
		changed.SmsMfa, changed.SmsConfiguration = true, &userpool.SmsConfiguration{}
		w.Pool = &changed
		return tx.UpdatePool(w.Pool)
	})
}

// onStep requires that a page is the step at path.
func onStep(t *testing.T, what string, p hostedtest.Page, path string) {
	t.Helper()
	if action, _ := p.Form(); !strings.HasPrefix(action, path+"?") {
		t.Fatalf("%s: %q %v %s", what, action, p.Location, p.Body)
	}
}

func contains(t *testing.T, what string, p hostedtest.Page, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(html.UnescapeString(p.Body), text) {
			t.Errorf("%s: no %q in %s", what, text, p.Body)
		}
	}
}

// A code can be sent again, half a minute after the one before; that one is then
// worthless, and so is the page that had it.
func TestSendAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerSMS(w, "OPTIONAL")
		w.Change("ann", func(u *userpool.User) { u.EnableFactor(userpool.SMSMFA) })
		b := w.Browser()
		p := begin(t, b, "/mfa")
		contains(t, "first", p, "Send a new code", `data-wait="30"`, `name="mfa_code"`)
		if strings.Contains(p.Body, "Try another way") || strings.Contains(p.Body, "remember_device") {
			t.Errorf("a way back without a choice, or a box where no device is remembered: %s", p.Body)
		}
		old := sent(t, w)
		early := b.Fill(p, "resend", "1")
		refused(t, "too early", early, "Wait half a minute")
		clk.Advance(12 * time.Second)
		contains(t, "wrong code", b.Fill(p, "mfa_code", wrong(old)), `data-wait="20"`, `aria-invalid="true"`)
		clk.Advance(signin.ResendWait)
		next := b.Fill(p, "resend", "1")
		contains(t, "again", next, "We sent a new code to +*******0100.", `data-wait="30"`)
		fresh := sent(t, w)
		contains(t, "page before", b.Fill(p, "mfa_code", fresh), "Your session has expired.")
		if old != fresh {
			contains(t, "old code", b.Fill(next, "mfa_code", old), `aria-invalid="true"`)
		}
		signedIn(t, "new code", b.Fill(next, "mfa_code", fresh))
	})
}

// The choice says where codes go. From each factor the user can return to it.
func TestTryAnotherWay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerSMS(w, "OPTIONAL")
		app := enrol(t, w, "ann")
		w.Change("ann", func(u *userpool.User) {
			u.EnableFactor(userpool.SMSMFA)
			u.EnableFactor(userpool.EmailMFA)
			u.Factors.Preferred = ""
		})
		b := w.Browser()
		list := begin(t, b, "/mfa/select")
		contains(t, "list", list, "We send it to +*******0100", "We send it to a***@e***", "A code from the app")
		for factor, path := range map[string]string{"SMS_MFA": "/mfa", "EMAIL_OTP": "/mfa/email"} {
			p := b.Fill(list, "answer", factor)
			onStep(t, factor, p, path)
			contains(t, factor, p, "Try another way")
			code := sent(t, w)
			list = b.Fill(p, "another", "1")
			onStep(t, "return", list, "/mfa/select")
			contains(t, "code after the return", b.Fill(p, "mfa_code", code), "Your session has expired.")
		}
		p := b.Fill(list, "answer", "SOFTWARE_TOKEN_MFA")
		onStep(t, "app", p, "/mfa/totp")
		p = b.Fill(b.Fill(p, "another", "1"), "answer", "SOFTWARE_TOKEN_MFA")
		signedIn(t, "app", b.Fill(p, "mfa_code", app.Code(clk.Now())))
	})
}

// A user sets up a phone number, and can return to the choice from every page.
func TestSetUpPhone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerSMS(w, "ON")
		w.Change("ann", func(u *userpool.User) { u.Attributes = map[string]string{"name": "Ann"} })
		b := w.Browser()
		list := begin(t, b, "/mfa/setup")
		contains(t, "list", list, "Authenticator app", "Text message", "E-mail")
		for factor, path := range map[string]string{
			"SOFTWARE_TOKEN_MFA": "/mfa/setup/totp", "EMAIL_OTP": "/mfa/setup/email",
		} {
			p := b.Fill(list, "method", factor)
			onStep(t, factor, p, path)
			contains(t, factor, p, "Choose another method")
			list = b.Fill(p, "another", "1")
			onStep(t, "return from "+factor, list, "/mfa/setup")
		}
		p := b.Fill(list, "method", "SMS_MFA")
		onStep(t, "phone", p, "/mfa/setup/sms")
		refused(t, "empty", b.Fill(p, "phone_number", ""), "Please fill in every field.")
		refused(t, "no number", b.Fill(p, "phone_number", "0151"), "phone number")
		p = b.Fill(p, "phone_number", "+491512345678")
		onStep(t, "code", p, "/mfa")
		contains(t, "code", p, "*5678", "Try another way", "Send a new code")
		refused(t, "wrong code", b.Fill(p, "mfa_code", wrong(sent(t, w))), "Invalid code")
		clk.Advance(signin.ResendWait)
		p = b.Fill(p, "resend", "1")
		signedIn(t, "phone", b.Fill(p, "mfa_code", sent(t, w)))
		clk.Advance(time.Hour)
		begin(t, w.Browser(), "/mfa")
	})
}

// With optional MFA nobody is asked to set up a factor.
func TestOptionalMFASetsUpNothing(t *testing.T) {
	w := world(t)
	offerSMS(w, "OPTIONAL")
	b := w.Browser()
	signedIn(t, "optional", b.Fill(form(b), "username", "ann", "password", hostedtest.Password))
}

// A forged field does not lead to a list that there is none of, nor to a code of an
// app.
func TestNoListWithoutAChoice(t *testing.T) {
	w := world(t)
	offer(w, "OPTIONAL", false)
	app := enrol(t, w, "ann")
	b := w.Browser()
	p := begin(t, b, "/mfa/totp")
	for _, name := range []string{"another", "resend"} {
		refused(t, name, b.Fill(p, name, "1"), "Please fill in every field.")
	}
	signedIn(t, "code", b.Fill(p, "mfa_code", app.Code(w.Clock.Now()), "another", "1"))
}

// The pages of a step-up send codes again and lead back to the choice as those of a
// sign-in do, and the level is that of the factor in the end.
func TestStepUpChoosesAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		offerSMS(w, "OPTIONAL")
		w.Change("ann", func(u *userpool.User) { u.Attributes["phone_number_verified"] = "true" })
		b := w.Browser()
		signedIn(t, "password", b.Fill(form(b), "username", "ann", "password", hostedtest.Password))
		list := authorize(b, "acr_values", level3)
		onStep(t, "step-up", list, "/mfa/select")
		contains(t, "step-up", list, "We send it to +*******0100", "We send it to a***@e***")
		p := b.Fill(list, "answer", "SMS_MFA")
		contains(t, "code", p, "The application asks for a second step.", "Send a new code", "Try another way")
		sent(t, w)
		p = b.Fill(b.Fill(p, "another", "1"), "answer", "EMAIL_OTP")
		onStep(t, "e-mail", p, "/mfa/email")
		old := sent(t, w)
		clk.Advance(signin.ResendWait)
		next := b.Fill(p, "resend", "1")
		contains(t, "e-mail again", next, "We sent a new code to a***@e***.")
		contains(t, "page before", b.Fill(p, "mfa_code", old), "Your session has expired.")
		if acr, amr := assurance(t, w, b.Fill(next, "mfa_code", sent(t, w))); acr != level3 {
			t.Errorf("%q, %q", acr, amr)
		}
	})
}
