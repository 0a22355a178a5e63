package account_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func (w *world) signUp(name string, attributes values) (*account.SignedUp, error) {
	return w.flow.SignUp(w.t.Context(),
		account.SignUpRequest{Request: w.request(name), Password: password, Attributes: attributes})
}

func (w *world) confirm(name, code string, force bool) error {
	_, err := w.flow.ConfirmSignUp(w.t.Context(),
		account.ConfirmRequest{Request: w.request(name), Code: code, ForceAlias: force})
	return err
}

func TestSignUpAndConfirm(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		done, err := w.signUp("ann", values{"email": "ann@example.com", "name": "Ann"})
		w.must("sign-up", err)
		want := userpool.Delivery{Destination: "a***@e***", Medium: userpool.Email, Attribute: "email"}
		if done.Delivery == nil || *done.Delivery != want {
			t.Errorf("delivery %+v", done.Delivery)
		}
		if u := done.User; u.Status != userpool.Unconfirmed || !u.Enabled || !u.SelfRegistered || u.Sub == "" {
			t.Errorf("signed up as %+v", u)
		}
		code := w.code("ann@example.com", "CustomMessage_SignUp")
		_, err = w.signUp("ann", values{"email": "other@example.com"})
		wants(t, "the name again", err, fault.UserAlreadyExists)
		wants(t, "a wrong code", w.confirm("ann", other(code), false), fault.WrongVerificationCode)
		_, err = w.flow.ResendConfirmationCode(t.Context(), w.request("ann"))
		w.must("resend", err)
		second := w.code("ann@example.com", "CustomMessage_ResendCode")
		if second != code {
			wants(t, "a code that was replaced", w.confirm("ann", code, false), fault.WrongVerificationCode)
		}
		w.clk.Advance(24*time.Hour - time.Millisecond)
		w.must("the newer code, just in time", w.confirm("ann", second, false))
		w.has("confirmed", "ann", values{"email": "ann@example.com", "email_verified": "true", "name": "Ann"})
		wants(t, "the code again", w.confirm("ann", second, false), fault.CannotConfirm("CONFIRMED"))
		_, err = w.flow.ResendConfirmationCode(t.Context(), w.request("ann"))
		wants(t, "resend to a confirmed user", err, fault.AlreadyConfirmed)
	})
}

func TestSignUpCodesExpire(t *testing.T) {
	w := newWorld(t)
	_, err := w.signUp("ann", values{"email": "ann@example.com"})
	w.must("sign-up", err)
	code := w.code("ann@example.com", "CustomMessage_SignUp")
	w.clk.Advance(24 * time.Hour)
	wants(t, "after a day", w.confirm("ann", code, false), fault.NoSuchCode)
}

// A code is refused after an administrator has changed the address.
func TestSignUpCodeForAnOldAddress(t *testing.T) {
	w := newWorld(t)
	_, err := w.signUp("ann", values{"email": "ann@example.com"})
	w.must("sign-up", err)
	code := w.code("ann@example.com", "CustomMessage_SignUp")
	w.must("another address", w.adminSet("ann", values{"email": "new@example.com"}))
	w.mail()
	wants(t, "the code for the old address", w.confirm("ann", code, false), fault.NoSuchCode)
	_, err = w.flow.ResendConfirmationCode(t.Context(), w.request("ann"))
	w.must("resend", err)
	code = w.code("new@example.com", "CustomMessage_ResendCode")
	w.must("the code for the new address", w.confirm("ann", code, false))
}

func TestConfirmingAnAliasThatIsTaken(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.add("ann", values{"email": "x@example.com", "email_verified": "true"})
		_, err := w.signUp("bob", values{"email": "x@example.com"})
		w.must("sign-up with a taken alias", err)
		code := w.code("x@example.com", "CustomMessage_SignUp")
		wants(t, "without force", w.confirm("bob", code, false), fault.EmailAliasTaken)
		w.resolves("without force", "x@example.com", "ann")
		w.must("with force", w.confirm("bob", code, true))
		w.resolves("with force", "x@example.com", "bob")
		w.has("the previous holder", "ann", values{"email": "x@example.com", "email_verified": "false"})
	}, aliases("email"))
}

func TestAdminCreatesAliases(t *testing.T) {
	w := newWorld(t, aliases("email", "preferred_username"))
	create := func(name string, attributes values, force bool) error {
		_, err := w.flow.AdminCreateUser(t.Context(), w.pool,
			account.CreateRequest{Username: name, Attributes: attributes, Silent: true, ForceAlias: force})
		return err
	}
	verified := values{"email": "x@example.com", "email_verified": "true"}
	w.must("the first", create("ann", verified, false))
	wants(t, "without force", create("bob", verified, false), fault.EmailAliasTaken)
	w.must("unverified", create("cid", values{"email": "x@example.com"}, false))
	w.resolves("unverified", "x@example.com", "ann")
	w.must("with force", create("bob", verified, true))
	w.resolves("with force", "x@example.com", "bob")
	w.has("the previous holder", "ann", values{"email": "x@example.com", "email_verified": "false"})
	w.must("a preferred name", create("dan", values{"preferred_username": "danny"}, false))
	wants(t, "a taken name", create("eve", values{"preferred_username": "danny"}, false),
		fault.AliasTaken("preferred_username"))
	wants(t, "the username of another user", create("eve", values{"preferred_username": "ann"}, false),
		fault.AliasTaken("preferred_username"))
}

// In pools that sign in by an attribute, a value of it that differs from
// Username is refused, for users and administrators.
func TestSignInAttributeDiffersFromUsername(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for attribute, names := range map[string][2]string{
			"email": {"ann@example.com", "other@example.com"}, "phone_number": {"+15550100", "+15550199"},
		} {
			want := fault.New(fault.InvalidParameter,
				"User "+attribute+" should be empty or same as username, since username attribute is "+attribute)
			other := values{attribute: names[1]}
			_, err := w.signUp(names[0], other)
			wants(t, "a sign-up by "+attribute, err, want)
			_, err = w.flow.AdminCreateUser(t.Context(), w.pool,
				account.CreateRequest{Username: names[0], Attributes: other, Silent: true})
			wants(t, "a creation by "+attribute, err, want)
			for _, name := range names {
				_, err = w.find(name)
				wants(t, name, err, fault.UserDoesNotExist)
			}
			_, err = w.signUp(names[0], values{attribute: names[0]})
			w.must("the same by "+attribute, err)
		}
	}, signsInBy("email", "phone_number"))
}
