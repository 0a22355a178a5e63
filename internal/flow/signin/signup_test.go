package signin_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// signedUp returns the Session of a ConfirmSignUp of the user.
func (w *world) signedUp() string {
	w.t.Helper()
	session, err := w.engine.SignedUpSession(w.pool, w.client, w.storedUser())
	if err != nil || session == "" || len(session) > 2048 {
		w.t.Fatalf("%q, %v", session, err)
	}
	return session
}

// resumeSignUp begins USER_AUTH with the Session of a ConfirmSignUp.
func (w *world) resumeSignUp(name, session string) (signin.Outcome, error) {
	return w.engine.Start(w.t.Context(), signin.Start{
		Pool: w.pool, Client: w.client, Flow: "USER_AUTH", Session: session,
		Params: map[string]string{"USERNAME": name, "PREFERRED_CHALLENGE": "anything at all"},
	})
}

// The Session of a sign-up signs in its user once, through its client, until it
// expires.
func TestSessionOfASignUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pe")
		session := w.signedUp()
		w.addUser(w.accounts(), "bob", userpool.Confirmed)
		_, err := w.resumeSignUp("bob", session)
		wants(t, "another user", err, fault.SessionInvalid)
		at := w.client
		w.choose("pe")
		_, err = w.resumeSignUp("ann", session)
		wants(t, "another client", err, fault.SessionInvalid)
		w.client = at
		_, err = w.resumeSignUp("ann", "no session at all, but long enough")
		wants(t, "garbage", err, fault.SessionInvalid)
		_, err = w.resumeSignUp("ann", w.mustBegin("EMAIL_OTP", "EMAIL_OTP").Session)
		wants(t, "the session of a challenge", err, fault.SessionInvalid)
		_, err = w.answer("EMAIL_OTP", session, map[string]string{"USERNAME": "ann", "EMAIL_OTP_CODE": "12345678"})
		wants(t, "for a challenge", err, fault.SessionMalformed)
		out, err := w.resumeSignUp("ann@example.com", session)
		signedIn(t, "by an alias", out, err)
		_, err = w.resumeSignUp("ann", session)
		wants(t, "again", err, fault.SessionUsed)
		late := w.signedUp()
		w.clk.Advance(w.client.SessionLifetime())
		_, err = w.resumeSignUp("ann", late)
		wants(t, "expired", err, fault.SessionExpired)
	})
}

// The Session of SignUp, before the code, does not sign in.
func TestSessionBeforeTheCode(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	w.pool.AutoVerifiedAttributes = []string{"email"}
	w.change(func(u *userpool.User) { u.Status = userpool.Unconfirmed })
	unconfirmed, err := w.engine.SignUpSession(w.pool, w.client, w.storedUser())
	if err != nil || unconfirmed == "" {
		t.Fatalf("%q, %v", unconfirmed, err)
	}
	_, err = w.resumeSignUp("ann", unconfirmed)
	wants(t, "before the code", err, fault.SessionInvalid)
	w.change(func(u *userpool.User) { u.Status = userpool.Confirmed })
	_, err = w.resumeSignUp("ann", unconfirmed)
	wants(t, "after the code", err, fault.SessionInvalid)
	if session, err := w.engine.SignUpSession(w.pool, w.client, w.storedUser()); session != "" || err != nil {
		t.Errorf("a Session for a confirmed user: %q, %v", session, err)
	}
	if sub, err := w.engine.OpenSignUp(w.t.Context(), w.pool, w.client, unconfirmed); sub != w.user.Sub || err != nil {
		t.Errorf("%q, %v", sub, err)
	}
	_, err = w.engine.OpenSignUp(w.t.Context(), w.pool, w.client, w.signedUp())
	wants(t, "a Session of ConfirmSignUp", err, fault.SessionInvalid)
	w.clk.Advance(w.client.SessionLifetime())
	if sub, err := w.engine.OpenSignUp(w.t.Context(), w.pool, w.client, unconfirmed); sub != "" || err != nil {
		t.Errorf("expired: %q, %v", sub, err)
	}
}

// There is no Session if a code could not sign the user in, and later changes
// apply to an older Session.
func TestNoSignUpSession(t *testing.T) {
	for name, change := range map[string]func(w *world){
		"codes are no factor": func(w *world) { w.pool.AllowedFirstAuthFactors = []string{"PASSWORD"} },
		"only codes by SMS are a factor": func(w *world) {
			w.pool.AllowedFirstAuthFactors = []string{"PASSWORD", "SMS_OTP"}
		},
		"no verified address": func(w *world) {
			w.change(func(u *userpool.User) { u.Attributes["email_verified"] = "false" })
		},
		"client without the flow": func(w *world) {
			c := *w.client
			c.ExplicitAuthFlows = []string{"ALLOW_USER_SRP_AUTH"}
			w.client = &c
		},
	} {
		w := openWorld(t)
		w.choose("pe")
		before := w.signedUp()
		change(w)
		if session, err := w.engine.SignedUpSession(w.pool, w.client, w.storedUser()); session != "" || err != nil {
			t.Errorf("%s: %q, %v", name, session, err)
		}
		if _, err := w.resumeSignUp("ann", before); err == nil {
			t.Errorf("%s: an older session signs in", name)
		}
	}
	for name, c := range map[string]struct {
		edit func(u *userpool.User)
		want *fault.Fault
	}{
		"disabled": {func(u *userpool.User) { u.Enabled = false }, fault.UserIsDisabled},
		"password reset": {
			func(u *userpool.User) { u.Status = userpool.ResetRequired }, fault.IncorrectUsernameOrPassword,
		},
	} {
		w := openWorld(t)
		w.choose("pe")
		session := w.signedUp()
		w.change(c.edit)
		_, err := w.resumeSignUp("ann", session)
		wants(t, name, err, c.want)
	}
	w := openWorld(t)
	w.choose("pe")
	session := w.signedUp()
	w.update(func(tx *store.Tx) error { return tx.DeleteUser(w.pool, "ann") })
	w.user = &userpool.User{
		PoolID: w.pool.ID, Username: "ann", Sub: "another", Status: userpool.Confirmed, Enabled: true,
	}
	w.user.Attributes = map[string]string{"email": "ann@example.com", "email_verified": "true"}
	w.update(func(tx *store.Tx) error { return tx.InsertUser(w.pool, w.user) })
	_, err := w.resumeSignUp("ann", session)
	wants(t, "another user of the same name", err, fault.SessionInvalid)
	out, err := w.resumeSignUp("ann", w.signedUp())
	signedIn(t, "positive control", out, err)
}

// A second factor is still required.
func TestSecondFactorAfterASignUp(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	session := w.signedUp()
	w.offer(userpool.MFAOptional, "t")
	app := w.enrol()
	out, err := w.resumeSignUp("ann", session)
	out, err = w.submit(w.expect("SOFTWARE_TOKEN_MFA", out, err), app.Code(w.clk.Now()))
	signedIn(t, "both", out, err)
}

// Of 200 calls with one Session, one gets tokens.
func TestOneSignUpSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pe")
		session := w.signedUp()
		answer := func(int) (signin.Outcome, error) { return w.resumeSignUp("ann", session) }
		if won := w.race(200, answer, fault.SessionUsed); won != 1 {
			t.Errorf("signed in %d times", won)
		}
	})
}

// A confidential client must send SECRET_HASH at every step, also for unknown
// users.
func TestChoicesWithASecret(t *testing.T) {
	w := openWorld(t)
	w.choose("pe", func(c *userpool.Client) {
		c.Secrets = []userpool.ClientSecret{{ID: "1", Value: "first-secret-first-secret"}}
	})
	hash := func(name string) string { return secretHash("first-secret-first-secret", name, w.client.ID) }
	_, err := w.begin("ann", "EMAIL_OTP")
	wants(t, "none at the start", err, fault.SecretHashMissing(w.client.ID))
	for _, name := range []string{"ann", "nobody"} {
		out, err := w.begin(name, "EMAIL_OTP", "SECRET_HASH", hash(name))
		if err != nil {
			t.Fatal(name, err)
		}
		srpName := out.Parameters["USER_ID_FOR_SRP"]
		_, err = w.reply("EMAIL_OTP", out, "USERNAME", srpName, "EMAIL_OTP_CODE", "none")
		wants(t, name+" without one", err, fault.SecretHashMissing(w.client.ID))
		_, err = w.reply("EMAIL_OTP", out, "USERNAME", srpName, "EMAIL_OTP_CODE", "none", "SECRET_HASH", "AAAA")
		wants(t, name+" with a wrong one", err, fault.SecretHashWrong(w.client.ID))
		_, err = w.reply("EMAIL_OTP", out, "USERNAME", srpName, "EMAIL_OTP_CODE", "none", "SECRET_HASH", hash(srpName))
		wants(t, name, err, fault.WrongFactorCode)
	}
	session := w.signedUp()
	_, err = w.resumeSignUp("ann", session)
	wants(t, "a sign-up without one", err, fault.SecretHashMissing(w.client.ID))
	out, err := w.engine.Start(t.Context(), signin.Start{
		Pool: w.pool, Client: w.client, Admin: true, Flow: "USER_AUTH", Session: session,
		Params: map[string]string{"USERNAME": "ann", "SECRET_HASH": hash("ann")},
	})
	signedIn(t, "a sign-up", out, err)
}
