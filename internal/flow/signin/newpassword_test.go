package signin_test

import (
	"errors"
	"log/slog"
	"maps"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// invite adds a user with a temporary password.
func (w *world) invite(name string) {
	w.t.Helper()
	f := account.New(account.Config{
		Store: w.db, Clock: w.clk, Entropy: entropy.System(), Log: slog.New(slog.DiscardHandler),
	})
	w.user = w.addUser(f, name, userpool.ForceChangePassword)
}

func TestNewPasswordRequired(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite("bob")
		out, err := w.bySRP("bob", password)
		if err != nil || out.Challenge != "NEW_PASSWORD_REQUIRED" || out.Tokens != nil {
			t.Fatalf("%+v, %v", out, err)
		}
		p := out.Parameters
		if p["USER_ID_FOR_SRP"] != "bob" || p["requiredAttributes"] != "[]" ||
			p["userAttributes"] != `{"email":"bob@example.com","email_verified":"true"}` {
			t.Errorf("parameters %v", p)
		}
		answer := func(more map[string]string) (signin.Outcome, error) {
			r := map[string]string{"USERNAME": "bob", "NEW_PASSWORD": "New-Pa55word"}
			maps.Copy(r, more)
			return w.answer("NEW_PASSWORD_REQUIRED", out.Session, r)
		}
		_, err = answer(map[string]string{"NEW_PASSWORD": "short"})
		wants(t, "weak", err,
			fault.New(fault.InvalidPassword, "Password does not conform to policy: Password not long enough"))
		_, err = answer(map[string]string{"userAttributes.email": "x@example.com"})
		wants(t, "known attribute", err, fault.CannotModify("email"))
		_, err = answer(map[string]string{"userAttributes.phone_number_verified": "true"})
		wants(t, "verified flag", err, fault.CannotModifyImmutable("phone_number_verified"))
		_, err = answer(map[string]string{
			"userAttributes.email": "bob@example.com", "userAttributes.email_verified": "true",
		})
		wants(t, "all attributes, unchanged", err, fault.CannotModifyImmutable("email_verified"))
		_, err = answer(map[string]string{"USERNAME": "ann"})
		wants(t, "another user", err, fault.SessionInvalid)
		done, err := answer(map[string]string{"userAttributes.name": "Bob"})
		signedIn(t, "valid answer", done, err)
		_, err = answer(nil)
		wants(t, "the session again", err, fault.SessionUsed)
		after, err := w.bySRP("bob", "New-Pa55word")
		signedIn(t, "with the new password", after, err)
		_, err = w.bySRP("bob", password)
		wants(t, "with the temporary one", err, fault.IncorrectUsernameOrPassword)
	})
}

func TestSessionsAreBound(t *testing.T) {
	w := openWorld(t)
	w.invite("bob")
	out, err := w.byPassword("bob", password)
	if err != nil {
		t.Fatal(err)
	}
	right := map[string]string{"USERNAME": "bob", "NEW_PASSWORD": "New-Pa55word"}
	other := w.addClient("other")
	_, err = w.engine.Answer(t.Context(), signin.Answer{
		Pool: w.pool, Client: other, Challenge: "NEW_PASSWORD_REQUIRED", Session: out.Session, Responses: right,
	})
	wants(t, "another client", err, fault.SessionMalformed)
	for name, session := range map[string]string{
		"garbage": "AYABe", "truncated": out.Session[:len(out.Session)-4], "appended": out.Session + "AAAA",
	} {
		_, err = w.answer("NEW_PASSWORD_REQUIRED", session, right)
		wants(t, name, err, fault.SessionMalformed)
	}
	_, err = w.answer("SMS_MFA", out.Session, map[string]string{"USERNAME": "bob", "SMS_MFA_CODE": "123456"})
	wants(t, "another challenge", err, fault.SessionInvalid)
	_, err = w.answer("ADMIN_NO_SRP_AUTH", out.Session, right)
	if !errors.Is(err, fault.UnsupportedOperation) {
		t.Errorf("a challenge that is not built: %v", err)
	}
	w.change(func(u *userpool.User) { u.Enabled = false })
	_, err = w.answer("NEW_PASSWORD_REQUIRED", out.Session, right)
	wants(t, "disabled later", err, fault.UserIsDisabled)
	w.change(func(u *userpool.User) { u.Enabled = true })
	w.clk.Advance(3 * time.Minute)
	_, err = w.answer("NEW_PASSWORD_REQUIRED", out.Session, right)
	wants(t, "after three minutes", err, fault.SessionExpired)
}

// TestTemporaryPasswordExpires is attack case C12, to the second.
func TestTemporaryPasswordExpires(t *testing.T) {
	w := openWorld(t)
	w.invite("bob")
	w.clk.Advance(7*24*time.Hour - time.Second)
	if out, err := w.byPassword("bob", password); err != nil || out.Challenge == "" {
		t.Errorf("a second before: %+v, %v", out, err)
	}
	w.clk.Advance(time.Second)
	_, err := w.byPassword("bob", password)
	wants(t, "after seven days", err, fault.TemporaryPasswordExpired)
}

// A sign-in clears the failures before it, even if its last challenge has
// nothing to verify.
func TestNewPasswordClearsFailures(t *testing.T) {
	w := openWorld(t)
	w.change(func(u *userpool.User) { u.Status = userpool.ForceChangePassword })
	for range 4 {
		_, err := w.byPassword("ann", "Wrong-Pa55")
		wants(t, "before", err, fault.IncorrectUsernameOrPassword)
	}
	out, err := w.byPassword("ann", password)
	out, err = w.answer("NEW_PASSWORD_REQUIRED", w.expect("NEW_PASSWORD_REQUIRED", out, err).Session,
		map[string]string{"USERNAME": "ann", "NEW_PASSWORD": "New-Pa55word"})
	signedIn(t, "new password", out, err)
	for range 4 {
		_, err := w.byPassword("ann", "Wrong-Pa55")
		wants(t, "after", err, fault.IncorrectUsernameOrPassword)
	}
	out, err = w.byPassword("ann", "New-Pa55word")
	signedIn(t, "counted from zero", out, err)
}
