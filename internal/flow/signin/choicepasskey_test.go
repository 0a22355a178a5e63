package signin_test

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// passkey registers a passkey of the user.
func (w *world) passkey() *passkeytest.Authenticator {
	w.t.Helper()
	a := passkeytest.NewES256(w.t, "https://example.com")
	accounts := w.accounts()
	h := account.Holder{Pool: w.pool, Client: w.client, User: w.user}
	options, err := accounts.StartPasskey(w.t.Context(), h)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := accounts.CompletePasskey(w.t.Context(), h, a.Create(options), ""); err != nil {
		w.t.Fatal(err)
	}
	return a
}

// answerPasskey answers the passkey request of out.
func (w *world) answerPasskey(a *passkeytest.Authenticator, out signin.Outcome) (signin.Outcome, error) {
	w.t.Helper()
	return w.reply("WEB_AUTHN", out, "CREDENTIAL", assertion(a, out))
}

// assertion returns the CREDENTIAL for the passkey request of out.
func assertion(a *passkeytest.Authenticator, out signin.Outcome) string {
	return string(a.Get([]byte(out.Parameters["CREDENTIAL_REQUEST_OPTIONS"])))
}

// usePasskeysAsMFA makes passkeys with user verification count as two factors.
func (w *world) usePasskeysAsMFA() {
	w.t.Helper()
	w.reconfigure(func(p *userpool.Pool) {
		settings, two := *p.WebAuthn, userpool.MultiFactor
		settings.FactorConfiguration = &two
		p.WebAuthn = &settings
	})
}

func TestPasskeySignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pk")
		without := w.mustBegin("SELECT_CHALLENGE", "WEB_AUTHN")
		if without.Parameters["CREDENTIAL_REQUEST_OPTIONS"] != "" {
			t.Errorf("credential request for a user without passkeys: %+v", without)
		}
		a := w.passkey()
		out, err := w.answerPasskey(a, w.mustBegin("WEB_AUTHN", "WEB_AUTHN"))
		signedIn(t, "preferred", out, err)
		out, err = w.reply("SELECT_CHALLENGE", w.mustBegin("SELECT_CHALLENGE", ""), "ANSWER", "WEB_AUTHN")
		out, err = w.answerPasskey(a, w.expect("WEB_AUTHN", out, err))
		signedIn(t, "chosen", out, err)
		list := w.mustBegin("SELECT_CHALLENGE", "")
		out, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "WEB_AUTHN", "CREDENTIAL", assertion(a, list))
		signedIn(t, "chosen and answered in one step", out, err)
		list = w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
		out, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD", "PASSWORD", password)
		signedIn(t, "another choice after a passkey request", out, err)
	})
}

// A passkey request is consumed by the first answer, right or wrong, and only
// its own answer is right.
func TestPasskeyRequestsAreSingleUse(t *testing.T) {
	w := openWorld(t)
	w.choose("pk")
	a := w.passkey()
	out := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
	other := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
	_, err := w.reply("WEB_AUTHN", out, "CREDENTIAL", assertion(a, other))
	wants(t, "the answer to another request", err, fault.IncorrectUsernameOrPassword)
	_, err = w.answerPasskey(a, out)
	wants(t, "the right answer after a wrong one", err, fault.SessionUsed)
	_, err = w.reply("SELECT_CHALLENGE", out, "ANSWER", "PASSWORD", "PASSWORD", password)
	wants(t, "another choice after a wrong answer", err, fault.SessionUsed)
	clone := *a
	done, err := w.answerPasskey(a, other)
	signedIn(t, "positive control", done, err)
	_, err = w.answerPasskey(a, other)
	wants(t, "again", err, fault.SessionUsed)
	_, err = w.reply("WEB_AUTHN", other)
	wants(t, "no credential", err, fault.MissingParameter("CREDENTIAL"))
	out = w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
	_, err = w.answerPasskey(&clone, out)
	wants(t, "a clone", err, fault.IncorrectUsernameOrPassword)
}

// Of 200 answers to one request, one gets tokens.
func TestOnePasskeyAnswerSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pk")
		a := w.passkey()
		out := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
		credential := assertion(a, out)
		answer := func(int) (signin.Outcome, error) { return w.reply("WEB_AUTHN", out, "CREDENTIAL", credential) }
		won := w.race(200, answer,
			fault.SessionUsed, fault.IncorrectUsernameOrPassword, fault.PasswordAttemptsExceeded)
		if won != 1 {
			t.Errorf("signed in %d times", won)
		}
	})
}

// A passkey replaces the second factor only if the pool is configured so and
// the user was verified.
func TestPasskeysAndSecondFactors(t *testing.T) {
	w := openWorld(t)
	w.choose("pk")
	a := w.passkey()
	w.offer(userpool.MFAOptional, "e")
	before := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
	w.enable(userpool.EmailMFA)
	w.mustBegin("SELECT_CHALLENGE", "WEB_AUTHN")
	_, err := w.answerPasskey(a, before)
	wants(t, "a factor that was enrolled later", err, fault.IncorrectUsernameOrPassword)
	for _, mode := range []string{userpool.MFAOptional, userpool.MFAOn} {
		w.offer(mode, "e")
		w.usePasskeysAsMFA()
		a.Flags &^= passkeytest.UserVerified
		_, err = w.answerPasskey(a, w.mustBegin("WEB_AUTHN", "WEB_AUTHN"))
		wants(t, "not verified", err, fault.IncorrectUsernameOrPassword)
		a.Flags |= passkeytest.UserVerified
		out, err := w.answerPasskey(a, w.mustBegin("WEB_AUTHN", "WEB_AUTHN"))
		signedIn(t, "verified, with MFA "+mode, out, err)
	}
}

// A passkey does not sign in another user or an unknown one.
func TestPasskeysOfOthers(t *testing.T) {
	w := openWorld(t)
	w.choose("pk")
	a := w.passkey()
	ann := w.user
	w.user = w.addUser(w.accounts(), "bob", userpool.Confirmed)
	b := w.passkey()
	out := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
	_, err := w.answerPasskey(a, out)
	wants(t, "ann's for bob", err, fault.IncorrectUsernameOrPassword)
	done, err := w.answerPasskey(b, w.mustBegin("WEB_AUTHN", "WEB_AUTHN"))
	signedIn(t, "positive control", done, err)
	decoy := w.decoyUser("WEB_AUTHN")
	out, err = w.begin(decoy, "WEB_AUTHN")
	if err != nil || out.Challenge != "WEB_AUTHN" {
		t.Fatalf("%s, %v", out.Challenge, err)
	}
	w.user = &userpool.User{Username: decoy}
	_, err = w.answerPasskey(a, out)
	wants(t, "ann's for an unknown user", err, fault.IncorrectUsernameOrPassword)
	w.user = ann
	done, err = w.answerPasskey(a, w.mustBegin("WEB_AUTHN", "WEB_AUTHN"))
	signedIn(t, "positive control", done, err)
}

// An error of the store during the verification of a passkey does not count as
// a failure, and the request can be answered again.
func TestStoreFailureIsNotAWrongPasskey(t *testing.T) {
	w, breaker := countingWorld(t)
	w.choose("pk")
	a := w.passkey()
	breaker.Once = true
	for nth := 1; ; nth++ {
		out := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
		answer := assertion(a, out)
		breaker.Break(nth)
		_, err := w.reply("WEB_AUTHN", out, "CREDENTIAL", answer)
		if !breaker.Mend() {
			if err != nil || nth < 5 {
				t.Fatalf("statement %d: %v", nth, err)
			}
			return
		}
		if fault.Of(err) != nil {
			t.Errorf("statement %d fails: %v", nth, err)
		}
		if n := w.failures("ann").Failures; n > 0 {
			t.Fatalf("statement %d fails: counted as %d failures", nth, n)
		}
	}
}
