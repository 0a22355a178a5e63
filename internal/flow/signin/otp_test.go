package signin_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// otp returns the code of the only message, of eight digits.
func (w *world) otp(to string) string {
	w.t.Helper()
	all := w.mail()
	if len(all) != 1 || all[0].To != to || all[0].TriggerSource != "CustomMessage_Authentication" ||
		len(all[0].Code) != 8 || !strings.Contains(all[0].Body, all[0].Code) {
		w.t.Fatalf("want one code to %s, got %+v", to, all)
	}
	return all[0].Code
}

// storedUser reads the user again.
func (w *world) storedUser() *userpool.User {
	w.t.Helper()
	var u *userpool.User
	err := w.db.View(w.t.Context(), func(tx *store.Tx) (err error) {
		u, err = tx.UserBySub(w.pool, w.user.Sub)
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

func TestOneTimePasswords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pes")
		w.change(func(u *userpool.User) { u.Attributes["phone_number"] = "+15550100" })
		for _, c := range []struct{ kind, to, medium, masked, key string }{
			{"EMAIL_OTP", "ann@example.com", "EMAIL", "a***@e***", "EMAIL_OTP_CODE"},
			{"SMS_OTP", "+15550100", "SMS", "+*******0100", "SMS_OTP_CODE"},
		} {
			out := w.mustBegin(c.kind, c.kind)
			if p := out.Parameters; p["CODE_DELIVERY_DELIVERY_MEDIUM"] != c.medium ||
				p["CODE_DELIVERY_DESTINATION"] != c.masked || len(p) != 3 ||
				!slices.Equal(out.Available, []string{c.kind}) {
				t.Errorf("%+v", out)
			}
			code := w.otp(c.to)
			for range 4 {
				_, err := w.reply(c.kind, out, c.key, other(code))
				wants(t, "wrong", err, fault.WrongFactorCode)
			}
			_, err := w.reply(c.kind, out)
			wants(t, "none", err, fault.MissingParameter(c.key))
			second := w.mustBegin(c.kind, c.kind)
			if later := w.otp(c.to); later != code {
				_, err = w.reply(c.kind, second, c.key, code)
				wants(t, "the code of another session", err, fault.WrongFactorCode)
				w.clk.Advance(2e9)
			}
			done, err := w.reply(c.kind, out, c.key, code)
			signedIn(t, c.kind, done, err)
			_, err = w.reply(c.kind, out, c.key, code)
			wants(t, "again", err, fault.SessionUsed)
			chosen, err := w.reply("SELECT_CHALLENGE", w.mustBegin("SELECT_CHALLENGE", ""), "ANSWER", c.kind)
			chosen = w.expect(c.kind, chosen, err)
			done, err = w.reply(c.kind, chosen, c.key, w.otp(c.to))
			signedIn(t, c.kind+" chosen", done, err)
			late := w.mustBegin(c.kind, c.kind)
			code = w.otp(c.to)
			w.clk.Advance(w.client.SessionLifetime())
			_, err = w.reply(c.kind, late, c.key, code)
			wants(t, "expired", err, fault.SessionExpired)
		}
	})
}

// Of 200 answers with the right code, one gets tokens.
func TestOneOTPSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pe")
		out := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
		code := w.otp("ann@example.com")
		answer := func(int) (signin.Outcome, error) { return w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", code) }
		if won := w.race(200, answer, fault.SessionUsed); won != 1 {
			t.Errorf("signed in %d times", won)
		}
	})
}

// Codes of a first and of a second factor have the same challenge name, but
// neither replaces the other (C7, C8, M2).
func TestFirstAndSecondCodesAreDifferent(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	first := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
	firstCode := w.otp("ann@example.com")
	w.offer(userpool.MFAOptional, "e")
	w.enable(userpool.EmailMFA)
	second := w.signInTo("EMAIL_OTP")
	secondCode := w.code("ann@example.com")
	_, err := w.reply("EMAIL_OTP", second, "EMAIL_OTP_CODE", firstCode)
	wants(t, "the first code as a second", err, fault.WrongFactorCode)
	_, err = w.reply("EMAIL_OTP", first, "EMAIL_OTP_CODE", secondCode)
	wants(t, "the second code as a first, with a factor", err, fault.SessionInvalid)
	_, err = w.reply("EMAIL_OTP", first, "EMAIL_OTP_CODE", firstCode)
	wants(t, "the first code, with a factor that was enrolled later", err, fault.SessionInvalid)
	out, err := w.reply("EMAIL_OTP", second, "EMAIL_OTP_CODE", secondCode)
	signedIn(t, "positive control of the second", out, err)
	w.offer(userpool.MFAOff, "")
	_, err = w.reply("EMAIL_OTP", first, "EMAIL_OTP_CODE", secondCode)
	wants(t, "the second code as a first", err, fault.WrongFactorCode)
	out, err = w.reply("EMAIL_OTP", first, "EMAIL_OTP_CODE", firstCode)
	signedIn(t, "positive control of the first", out, err)
}

// A change after the code was sent applies to its answer.
func TestOTPAfterAChange(t *testing.T) {
	user := func(edit func(*userpool.User)) func(*world) {
		return func(w *world) { w.change(edit) }
	}
	for name, c := range map[string]struct {
		change func(w *world)
		want   *fault.Fault
	}{
		"another address": {
			user(func(u *userpool.User) { u.Attributes["email"] = "b@example.com" }), fault.WrongFactorCode,
		},
		"no address":     {user(func(u *userpool.User) { delete(u.Attributes, "email") }), fault.SessionInvalid},
		"disabled":       {user(func(u *userpool.User) { u.Enabled = false }), fault.UserIsDisabled},
		"password reset": {user(func(u *userpool.User) { u.Status = userpool.ResetRequired }), fault.SessionInvalid},
		"not a first factor": {
			func(w *world) { w.pool.AllowedFirstAuthFactors = []string{"PASSWORD"} }, fault.SessionInvalid,
		},
		"MFA is required": {func(w *world) { w.offer(userpool.MFAOn, "t") }, fault.SessionInvalid},
		"deleted": {func(w *world) {
			w.update(func(tx *store.Tx) error { return tx.DeleteUser(w.pool, "ann") })
		}, fault.SessionInvalid},
	} {
		w := openWorld(t)
		w.choose("pe")
		out := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
		code := w.otp("ann@example.com")
		c.change(w)
		_, err := w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", code)
		wants(t, name, err, c.want)
	}
}

// A right code verifies the address and confirms an unconfirmed user.
// PostConfirmation is called once.
func TestOTPConfirms(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("es")
		calls := w.recordCalls("", nil, func(l *userpool.LambdaConfig, arn *string) { l.PostConfirmation = arn })
		w.change(func(u *userpool.User) {
			u.Status = userpool.Unconfirmed
			delete(u.Attributes, "email_verified")
		})
		out := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
		code := w.otp("ann@example.com")
		_, err := w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", other(code))
		wants(t, "wrong", err, fault.WrongFactorCode)
		if u := w.storedUser(); u.Status != userpool.Unconfirmed || u.Verified("email") {
			t.Errorf("after a wrong code: %+v", u)
		}
		done, err := w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", code)
		signedIn(t, "right", done, err)
		if u := w.storedUser(); u.Status != userpool.Confirmed || !u.Verified("email") {
			t.Errorf("after a right code: %+v", u)
		}
		if got := strings.Join(sources(*calls), " "); got != "PostConfirmation_ConfirmSignUp" {
			t.Errorf("called %s", got)
		}
		w.change(func(u *userpool.User) { u.Attributes["phone_number"] = "+15550100" })
		out = w.mustBegin("SMS_OTP", "SMS_OTP")
		done, err = w.reply("SMS_OTP", out, "SMS_OTP_CODE", w.otp("+15550100"))
		signedIn(t, "an address that is not verified", done, err)
		if !w.storedUser().Verified("phone_number") || len(*calls) != 1 {
			t.Errorf("%+v, called %v", w.storedUser(), sources(*calls))
		}
	})
}

// Imported users have no password and can sign in with a code; users with a
// password must reset it first.
func TestOTPOfResetUsers(t *testing.T) {
	w := openWorld(t)
	w.choose("e", legacy)
	w.change(func(u *userpool.User) { u.Status = userpool.ResetRequired })
	_, err := w.begin("ann", "EMAIL_OTP")
	wants(t, "with a password", err, fault.IncorrectUsernameOrPassword)
	w.user = &userpool.User{
		PoolID: w.pool.ID, Username: "imp", Sub: "sub-imp", Status: userpool.ResetRequired, Enabled: true,
	}
	w.user.Attributes = map[string]string{"email": "imp@example.com", "email_verified": "true"}
	w.update(func(tx *store.Tx) error { return tx.InsertUser(w.pool, w.user) })
	out := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
	out, err = w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", w.otp("imp@example.com"))
	signedIn(t, "imported", out, err)
	if u := w.storedUser(); u.Status != userpool.Confirmed {
		t.Errorf("%+v", u)
	}
}

// A code does not move the alias of another user and does not create a second
// holder of it.
func TestOTPMovesNoAlias(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	w.addUser(w.accounts(), "bob", userpool.Confirmed)
	w.change(func(u *userpool.User) {
		u.Attributes["email"], u.Attributes["email_verified"] = "bob@example.com", "false"
		u.Status = userpool.Unconfirmed
	})
	out := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
	out, err := w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", w.otp("bob@example.com"))
	signedIn(t, "ann", out, err)
	if u := w.storedUser(); u.Verified("email") || u.Status != userpool.Confirmed {
		t.Errorf("ann has bob's alias: %+v", u)
	}
	var holder string
	err = w.db.View(t.Context(), func(tx *store.Tx) (err error) {
		holder, _, err = tx.AliasHolder(w.pool, "email", "bob@example.com")
		return err
	})
	if err != nil || holder != "bob" {
		t.Errorf("bob's alias resolves to %q, %v", holder, err)
	}
}
