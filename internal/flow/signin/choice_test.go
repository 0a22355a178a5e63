package signin_test

import (
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// choose allows the first factors that letters name: p, e, s, k. It adds a
// client with USER_AUTH that hides users, unless change sets it otherwise.
func (w *world) choose(letters string, change ...func(*userpool.Client)) {
	w.t.Helper()
	w.reconfigure(func(p *userpool.Pool) {
		p.AllowedFirstAuthFactors = nil
		for _, f := range []struct{ letter, factor string }{
			{"p", "PASSWORD"}, {"e", "EMAIL_OTP"}, {"s", "SMS_OTP"}, {"k", "WEB_AUTHN"},
		} {
			if strings.Contains(letters, f.letter) {
				p.AllowedFirstAuthFactors = append(p.AllowedFirstAuthFactors, f.factor)
			}
		}
		party := "example.com"
		p.WebAuthn = &userpool.WebAuthnConfiguration{RelyingPartyId: &party}
	})
	hide := "ENABLED"
	settings := append([]func(*userpool.Client){func(c *userpool.Client) {
		c.ExplicitAuthFlows = []string{"ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"}
		c.PreventUserExistenceErrors = &hide
	}}, change...)
	w.client = w.addClient("choosing"+entropy.System().UUID()[:8], settings...)
}

// reconfigure changes the pool.
func (w *world) reconfigure(change func(*userpool.Pool)) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		change(&changed)
		w.pool = &changed
		return tx.UpdatePool(w.pool)
	})
}

func legacy(c *userpool.Client) { c.PreventUserExistenceErrors = nil }

// begin calls InitiateAuth with USER_AUTH. more are further parameters, in
// pairs.
func (w *world) begin(name, preferred string, more ...string) (signin.Outcome, error) {
	params := map[string]string{"USERNAME": name}
	if preferred != "" {
		params["PREFERRED_CHALLENGE"] = preferred
	}
	for i := 0; i < len(more); i += 2 {
		params[more[i]] = more[i+1]
	}
	return w.start("USER_AUTH", params)
}

// mustBegin is begin, but fails unless it returns the challenge.
func (w *world) mustBegin(challenge, preferred string) signin.Outcome {
	w.t.Helper()
	out, err := w.begin(w.user.Username, preferred)
	return w.expect(challenge, out, err)
}

// reply answers a challenge with pairs of responses.
func (w *world) reply(challenge string, out signin.Outcome, pairs ...string) (signin.Outcome, error) {
	responses := map[string]string{"USERNAME": w.user.Username}
	for i := 0; i < len(pairs); i += 2 {
		responses[pairs[i]] = pairs[i+1]
	}
	return w.answer(challenge, out.Session, responses)
}

// claim returns the responses of the user to a PASSWORD_VERIFIER challenge.
func (w *world) claim(client *srp.Client, out signin.Outcome, password string) map[string]string {
	w.t.Helper()
	p := out.Parameters
	block, err := base64.StdEncoding.DecodeString(p["SECRET_BLOCK"])
	if err != nil {
		w.t.Fatal(err)
	}
	claim := srp.Claim{
		Pool: w.pool.SRPName(), User: p["USER_ID_FOR_SRP"], SecretBlock: block,
		Timestamp: w.clk.Now().Format("Mon Jan 2 15:04:05 UTC 2006"),
	}
	return map[string]string{
		"USERNAME": p["USERNAME"], "TIMESTAMP": claim.Timestamp, "PASSWORD_CLAIM_SECRET_BLOCK": p["SECRET_BLOCK"],
		"PASSWORD_CLAIM_SIGNATURE": signature(client, claim, password, p),
	}
}

func (w *world) srpClient() *srp.Client {
	w.t.Helper()
	client, err := srp.NewClient(entropy.System())
	if err != nil {
		w.t.Fatal(err)
	}
	return client
}

func TestChoosingPasswords(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pe")
		list := w.mustBegin("SELECT_CHALLENGE", "")
		if !slices.Equal(list.Available, []string{"PASSWORD_SRP", "PASSWORD", "EMAIL_OTP"}) ||
			list.Parameters["USERNAME"] != "ann" || len(list.Parameters) != 2 {
			t.Errorf("%+v", list)
		}
		out, err := w.begin("ann", "PASSWORD", "PASSWORD", password)
		signedIn(t, "in the first call", out, err)
		_, err = w.begin("ann", "PASSWORD", "PASSWORD", "Wrong-Pa55")
		wants(t, "wrong, in the first call", err, fault.IncorrectUsernameOrPassword)
		_, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD", "PASSWORD", "Wrong-Pa55")
		wants(t, "wrong, chosen", err, fault.IncorrectUsernameOrPassword)
		out, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD", "PASSWORD", password)
		signedIn(t, "chosen, after a wrong one", out, err)
		_, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD", "PASSWORD", password)
		wants(t, "the session again", err, fault.SessionUsed)
		out, err = w.reply("PASSWORD", w.mustBegin("SELECT_CHALLENGE", ""), "PASSWORD", password)
		signedIn(t, "as the challenge itself", out, err)

		for name, first := range map[string]func(a string) (signin.Outcome, error){
			"preferred": func(a string) (signin.Outcome, error) { return w.begin("ann", "PASSWORD_SRP", "SRP_A", a) },
			"chosen": func(a string) (signin.Outcome, error) {
				list := w.mustBegin("SELECT_CHALLENGE", "")
				return w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD_SRP", "SRP_A", a)
			},
			"as the challenge": func(a string) (signin.Outcome, error) {
				return w.reply("PASSWORD_SRP", w.mustBegin("SELECT_CHALLENGE", ""), "SRP_A", a)
			},
		} {
			client := w.srpClient()
			out, err := first(client.PublicHex())
			out = w.expect("PASSWORD_VERIFIER", out, err)
			_, err = w.answer("PASSWORD_VERIFIER", out.Session, w.claim(client, out, "Wrong-Pa55"))
			wants(t, name+", wrong", err, fault.IncorrectUsernameOrPassword)
			out, err = first(client.PublicHex())
			out = w.expect("PASSWORD_VERIFIER", out, err)
			done, err := w.answer("PASSWORD_VERIFIER", out.Session, w.claim(client, out, password))
			signedIn(t, name, done, err)
		}
	})
}

// Missing parameters and unavailable choices are refused.
func TestRefusedChoices(t *testing.T) {
	w := openWorld(t)
	w.choose("ps")
	list := func() signin.Outcome { return w.mustBegin("SELECT_CHALLENGE", "") }
	notAvailable := fault.New(fault.InvalidParameter, "The selected challenge is not available.")
	for name, c := range map[string]struct {
		try  func() (signin.Outcome, error)
		want *fault.Fault
	}{
		"unknown preference": {
			func() (signin.Outcome, error) { return w.begin("ann", "RETINA") },
			fault.New(fault.InvalidParameter, "Invalid PREFERRED_CHALLENGE."),
		},
		"no password": {
			func() (signin.Outcome, error) { return w.begin("ann", "PASSWORD") }, fault.MissingParameter("PASSWORD"),
		},
		"no SRP_A": {
			func() (signin.Outcome, error) { return w.begin("ann", "PASSWORD_SRP") }, fault.MissingParameter("SRP_A"),
		},
		"no answer": {
			func() (signin.Outcome, error) { return w.reply("SELECT_CHALLENGE", list()) },
			fault.MissingParameter("ANSWER"),
		},
		"answer without password": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "PASSWORD")
		}, fault.MissingParameter("PASSWORD")},
		"not a factor of the pool": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "EMAIL_OTP")
		}, notAvailable},
		"not a factor of the user": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "SMS_OTP")
		}, notAvailable},
		"not a first factor": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "NEW_PASSWORD_REQUIRED")
		}, notAvailable},
	} {
		_, err := c.try()
		wants(t, name, err, c.want)
	}
	out := w.mustBegin("SELECT_CHALLENGE", "SMS_OTP")
	if !slices.Equal(out.Available, []string{"PASSWORD_SRP", "PASSWORD"}) {
		t.Errorf("an unavailable preference: %v", out.Available)
	}
	w.client = w.addClient("others")
	_, err := w.begin("ann", "")
	wants(t, "a client without the flow", err,
		fault.New(fault.InvalidParameter, "USER_AUTH flow not enabled for this client"))
}

// A Session accepts only answers to its own challenge, of its own client, pool
// and user.
func TestSessionsOfChoices(t *testing.T) {
	w := openWorld(t)
	w.choose("pesk")
	w.change(func(u *userpool.User) { u.Attributes["phone_number"] = "+15550100" })
	bob := w.addUser(w.accounts(), "bob", userpool.Confirmed)
	mailed := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
	code := w.otp("ann@example.com")
	texted := w.mustBegin("SMS_OTP", "SMS_OTP")
	textedCode := w.otp("+15550100")
	list := w.mustBegin("SELECT_CHALLENGE", "")
	for name, c := range map[string]struct {
		challenge string
		of        signin.Outcome
		pairs     []string
	}{
		"list for EMAIL_OTP":         {"EMAIL_OTP", list, []string{"EMAIL_OTP_CODE", code}},
		"list for SMS_OTP":           {"SMS_OTP", list, []string{"SMS_OTP_CODE", textedCode}},
		"list for WEB_AUTHN":         {"WEB_AUTHN", list, []string{"CREDENTIAL", "{}"}},
		"EMAIL_OTP for PASSWORD":     {"PASSWORD", mailed, []string{"PASSWORD", password}},
		"EMAIL_OTP for PASSWORD_SRP": {"PASSWORD_SRP", mailed, []string{"SRP_A", "abc"}},
		"EMAIL_OTP for the list": {
			"SELECT_CHALLENGE", mailed, []string{"ANSWER", "PASSWORD", "PASSWORD", password},
		},
		"EMAIL_OTP for SMS_OTP": {"SMS_OTP", mailed, []string{"SMS_OTP_CODE", code}},
		"SMS_OTP for EMAIL_OTP": {"EMAIL_OTP", texted, []string{"EMAIL_OTP_CODE", textedCode}},
		"SMS_OTP for SMS_MFA":   {"SMS_MFA", texted, []string{"SMS_MFA_CODE", textedCode}},
		"EMAIL_OTP for a new password": {
			"NEW_PASSWORD_REQUIRED", mailed, []string{"NEW_PASSWORD", password},
		},
		"EMAIL_OTP for SELECT_MFA_TYPE": {"SELECT_MFA_TYPE", mailed, []string{"ANSWER", "SMS_MFA"}},
		"another user": {
			"EMAIL_OTP", mailed, []string{"EMAIL_OTP_CODE", code, "USERNAME", bob.Username},
		},
	} {
		_, err := w.reply(c.challenge, c.of, c.pairs...)
		wants(t, name, err, fault.SessionInvalid)
	}
	at := w.client
	w.client = w.addClient("elsewhere")
	_, err := w.reply("EMAIL_OTP", mailed, "EMAIL_OTP_CODE", code)
	wants(t, "another client", err, fault.SessionMalformed)
	w.client = at
	out, err := w.reply("EMAIL_OTP", mailed, "EMAIL_OTP_CODE", code)
	signedIn(t, "positive control", out, err)
	out, err = w.reply("SMS_OTP", texted, "SMS_OTP_CODE", textedCode)
	signedIn(t, "positive control", out, err)
	w.clk.Advance(w.client.SessionLifetime())
	_, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD", "PASSWORD", password)
	wants(t, "expired", err, fault.SessionExpired)
}

// After a chosen password the same steps follow as in other flows.
func TestStepsAfterAChosenPassword(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	w.offer(userpool.MFAOptional, "e")
	w.enable(userpool.EmailMFA)
	list := w.mustBegin("SELECT_CHALLENGE", "EMAIL_OTP")
	if !slices.Equal(list.Available, []string{"PASSWORD_SRP", "PASSWORD"}) {
		t.Errorf("with a second factor %v", list.Available)
	}
	out, err := w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD", "PASSWORD", password)
	out = w.expect("EMAIL_OTP", out, err)
	if out.Available != nil {
		t.Errorf("Available of a second factor: %v", out.Available)
	}
	out, err = w.submit(out, w.code("ann@example.com"))
	signedIn(t, "second factor", out, err)

	w.user = w.addUser(w.accounts(), "new", userpool.ForceChangePassword)
	list = w.mustBegin("SELECT_CHALLENGE", "EMAIL_OTP")
	if !slices.Equal(list.Available, []string{"PASSWORD_SRP", "PASSWORD"}) {
		t.Errorf("with a temporary password %v", list.Available)
	}
	out, err = w.reply("PASSWORD", list, "PASSWORD", password)
	out = w.expect("NEW_PASSWORD_REQUIRED", out, err)
	out, err = w.reply("NEW_PASSWORD_REQUIRED", out, "NEW_PASSWORD", "Other-Pa55")
	signedIn(t, "a new password", out, err)

	w.user = w.addUser(w.accounts(), "early", userpool.Unconfirmed)
	_, err = w.begin("early", "PASSWORD", "PASSWORD", password)
	wants(t, "not confirmed", err, fault.UserIsNotConfirmed)
	w.change(func(u *userpool.User) { u.Enabled = false })
	_, err = w.begin("early", "")
	wants(t, "disabled", err, fault.UserIsDisabled)
}

// All flows, factors and names of a user share one lock-out.
func TestChoicesShareTheLockOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.choose("pesk")
		a := w.passkey()
		mailed := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
		code := w.otp("ann@example.com")
		key := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
		spare := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
		client := w.srpClient()
		verifier, err := w.begin("ann", "PASSWORD_SRP", "SRP_A", client.PublicHex())
		verifier = w.expect("PASSWORD_VERIFIER", verifier, err)

		_, err = w.begin("ann", "PASSWORD", "PASSWORD", "Wrong-Pa55")
		wants(t, "a password", err, fault.IncorrectUsernameOrPassword)
		_, err = w.reply("EMAIL_OTP", mailed, "EMAIL_OTP_CODE", other(code))
		wants(t, "a code", err, fault.WrongFactorCode)
		_, err = w.reply("WEB_AUTHN", key, "CREDENTIAL", "{}")
		wants(t, "a passkey", err, fault.IncorrectUsernameOrPassword)
		_, err = w.answer("PASSWORD_VERIFIER", verifier.Session, w.claim(client, verifier, "Wrong-Pa55"))
		wants(t, "SRP", err, fault.IncorrectUsernameOrPassword)
		_, err = w.byPassword("ann@example.com", "Wrong-Pa55")
		wants(t, "another flow and name", err, fault.IncorrectUsernameOrPassword)

		_, err = w.reply("EMAIL_OTP", mailed, "EMAIL_OTP_CODE", code)
		wants(t, "the right code during the lock-out", err, fault.PasswordAttemptsExceeded)
		_, err = w.begin("ann", "PASSWORD", "PASSWORD", password)
		wants(t, "the password during the lock-out", err, fault.PasswordAttemptsExceeded)
		credential := assertion(a, spare)
		_, err = w.reply("WEB_AUTHN", spare, "CREDENTIAL", credential)
		wants(t, "the passkey during the lock-out", err, fault.PasswordAttemptsExceeded)
		w.clk.Advance(2e9)
		out, err := w.reply("WEB_AUTHN", spare, "CREDENTIAL", credential)
		signedIn(t, "after the lock-out", out, err)
		_, err = w.reply("EMAIL_OTP", mailed, "EMAIL_OTP_CODE", other(code))
		wants(t, "counted from zero", err, fault.WrongFactorCode)
		out, err = w.reply("EMAIL_OTP", mailed, "EMAIL_OTP_CODE", code)
		signedIn(t, "positive control", out, err)
	})
}

// PreAuthentication runs once at the start, PostAuthentication at the end.
// UserMigration runs only with the password.
func TestTriggersOfChoices(t *testing.T) {
	w := openWorld(t)
	w.choose("pe", legacy)
	migrated := `{"userAttributes":{"email":"old@example.com","email_verified":"true"},"finalUserStatus":"CONFIRMED"}`
	calls := w.recordCalls("", map[string]string{"UserMigration_Authentication": migrated},
		preAuthentication, postAuthentication, userMigration)
	out, err := w.reply("SELECT_CHALLENGE", w.mustBegin("SELECT_CHALLENGE", ""), "ANSWER", "EMAIL_OTP")
	out, err = w.reply("EMAIL_OTP", w.expect("EMAIL_OTP", out, err), "EMAIL_OTP_CODE", w.otp("ann@example.com"))
	signedIn(t, "by code", out, err)
	got := strings.Join(sources(*calls), " ")
	if got != "PreAuthentication_Authentication PostAuthentication_Authentication" {
		t.Errorf("called %s", got)
	}
	*calls = nil
	for _, preferred := range []string{"", "EMAIL_OTP"} {
		_, err = w.begin("old", preferred, "PASSWORD", password)
		wants(t, "not by password", err, fault.UserDoesNotExist)
	}
	if len(*calls) != 0 {
		t.Errorf("called %v for a user without the password", sources(*calls))
	}
	out, err = w.begin("old", "PASSWORD", "PASSWORD", password)
	signedIn(t, "migrated", out, err)
}
