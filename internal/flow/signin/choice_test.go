package signin_test

import (
	"encoding/base64"
	"maps"
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
// client with USER_AUTH that hides users, unless change says otherwise.
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
		"PASSWORD_CLAIM_SIGNATURE": base64.StdEncoding.EncodeToString(client.Sign(claim, password, p["SALT"], p["SRP_B"])),
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
		signedIn(t, "at once", out, err)
		_, err = w.begin("ann", "PASSWORD", "PASSWORD", "Wrong-Pa55")
		wants(t, "wrong, at once", err, fault.IncorrectUsernameOrPassword)
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
				return w.reply("SELECT_CHALLENGE", w.mustBegin("SELECT_CHALLENGE", ""), "ANSWER", "PASSWORD_SRP", "SRP_A", a)
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
	code := w.mustBegin
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
			func() (signin.Outcome, error) { return w.reply("SELECT_CHALLENGE", list()) }, fault.MissingParameter("ANSWER"),
		},
		"answer without password": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "PASSWORD")
		}, fault.MissingParameter("PASSWORD")},
		"not a factor of the pool": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "EMAIL_OTP")
		}, fault.New(fault.InvalidParameter, "The selected challenge is not available.")},
		"not one of the user's": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "SMS_OTP")
		}, fault.New(fault.InvalidParameter, "The selected challenge is not available.")},
		"no choice at all": {func() (signin.Outcome, error) {
			return w.reply("SELECT_CHALLENGE", list(), "ANSWER", "NEW_PASSWORD_REQUIRED")
		}, fault.New(fault.InvalidParameter, "The selected challenge is not available.")},
		"step-up": {func() (signin.Outcome, error) {
			return w.begin("ann", "", "TARGET_ACR_VALUES", "x")
		}, fault.New(fault.InvalidParameter, "Step-up authentication is not built in this version: TARGET_ACR_VALUES.")},
	} {
		_, err := c.try()
		wants(t, name, err, c.want)
	}
	if out := code("SELECT_CHALLENGE", "SMS_OTP"); !slices.Equal(out.Available, []string{"PASSWORD_SRP", "PASSWORD"}) {
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
	mine := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
	code := w.otp("ann@example.com")
	texted := w.mustBegin("SMS_OTP", "SMS_OTP")
	textedCode := w.otp("+15550100")
	list := w.mustBegin("SELECT_CHALLENGE", "")
	for name, c := range map[string]struct {
		challenge string
		of        signin.Outcome
		pairs     []string
	}{
		"a list for a code":          {"EMAIL_OTP", list, []string{"EMAIL_OTP_CODE", code}},
		"a list for a text":          {"SMS_OTP", list, []string{"SMS_OTP_CODE", textedCode}},
		"a list for a passkey":       {"WEB_AUTHN", list, []string{"CREDENTIAL", "{}"}},
		"a code for a password":      {"PASSWORD", mine, []string{"PASSWORD", password}},
		"a code for SRP":             {"PASSWORD_SRP", mine, []string{"SRP_A", "abc"}},
		"a code for a list":          {"SELECT_CHALLENGE", mine, []string{"ANSWER", "PASSWORD", "PASSWORD", password}},
		"a mailed code as a text":    {"SMS_OTP", mine, []string{"SMS_OTP_CODE", code}},
		"a text as a mailed code":    {"EMAIL_OTP", texted, []string{"EMAIL_OTP_CODE", textedCode}},
		"a text as a second factor":  {"SMS_MFA", texted, []string{"SMS_MFA_CODE", textedCode}},
		"a code for a new password":  {"NEW_PASSWORD_REQUIRED", mine, []string{"NEW_PASSWORD", password}},
		"a code for a factor's list": {"SELECT_MFA_TYPE", mine, []string{"ANSWER", "SMS_MFA"}},
		"another user":               {"EMAIL_OTP", mine, []string{"EMAIL_OTP_CODE", code, "USERNAME", bob.Username}},
	} {
		_, err := w.reply(c.challenge, c.of, c.pairs...)
		wants(t, name, err, fault.SessionInvalid)
	}
	at := w.client
	w.client = w.addClient("elsewhere")
	_, err := w.reply("EMAIL_OTP", mine, "EMAIL_OTP_CODE", code)
	wants(t, "another client", err, fault.SessionMalformed)
	w.client = at
	out, err := w.reply("EMAIL_OTP", mine, "EMAIL_OTP_CODE", code)
	signedIn(t, "positive control", out, err)
	out, err = w.reply("SMS_OTP", texted, "SMS_OTP_CODE", textedCode)
	signedIn(t, "positive control", out, err)
	w.clk.Advance(w.client.SessionLifetime())
	_, err = w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD", "PASSWORD", password)
	wants(t, "too late", err, fault.SessionExpired)
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
	out, err = w.reply("NEW_PASSWORD_REQUIRED", w.expect("NEW_PASSWORD_REQUIRED", out, err), "NEW_PASSWORD", "Other-Pa55")
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
		mine := w.mustBegin("EMAIL_OTP", "EMAIL_OTP")
		code := w.otp("ann@example.com")
		key := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
		spare := w.mustBegin("WEB_AUTHN", "WEB_AUTHN")
		client := w.srpClient()
		verifier, err := w.begin("ann", "PASSWORD_SRP", "SRP_A", client.PublicHex())
		verifier = w.expect("PASSWORD_VERIFIER", verifier, err)

		_, err = w.begin("ann", "PASSWORD", "PASSWORD", "Wrong-Pa55")
		wants(t, "a password", err, fault.IncorrectUsernameOrPassword)
		_, err = w.reply("EMAIL_OTP", mine, "EMAIL_OTP_CODE", other(code))
		wants(t, "a code", err, fault.WrongFactorCode)
		_, err = w.reply("WEB_AUTHN", key, "CREDENTIAL", "{}")
		wants(t, "a passkey", err, fault.IncorrectUsernameOrPassword)
		_, err = w.answer("PASSWORD_VERIFIER", verifier.Session, w.claim(client, verifier, "Wrong-Pa55"))
		wants(t, "SRP", err, fault.IncorrectUsernameOrPassword)
		_, err = w.byPassword("ann@example.com", "Wrong-Pa55")
		wants(t, "another flow and name", err, fault.IncorrectUsernameOrPassword)

		_, err = w.reply("EMAIL_OTP", mine, "EMAIL_OTP_CODE", code)
		wants(t, "the right code while locked", err, fault.PasswordAttemptsExceeded)
		_, err = w.begin("ann", "PASSWORD", "PASSWORD", password)
		wants(t, "the password while locked", err, fault.PasswordAttemptsExceeded)
		answer := string(a.Get([]byte(spare.Parameters["CREDENTIAL_REQUEST_OPTIONS"])))
		_, err = w.reply("WEB_AUTHN", spare, "CREDENTIAL", answer)
		wants(t, "the passkey while locked", err, fault.PasswordAttemptsExceeded)
		w.clk.Advance(2e9)
		out, err := w.reply("WEB_AUTHN", spare, "CREDENTIAL", answer)
		signedIn(t, "after the lock", out, err)
		_, err = w.reply("EMAIL_OTP", mine, "EMAIL_OTP_CODE", other(code))
		wants(t, "counted from zero", err, fault.WrongFactorCode)
		out, err = w.reply("EMAIL_OTP", mine, "EMAIL_OTP_CODE", code)
		signedIn(t, "positive control", out, err)
	})
}

// If the client hides users, names, sizes and responses must not reveal who
// exists. Otherwise an unknown user is an error.
func TestUnknownUsersGetDecoyChoices(t *testing.T) {
	w := openWorld(t)
	// With aliases USER_ID_FOR_SRP reveals it, as the guide says.
	w.reconfigure(func(p *userpool.Pool) { p.AliasAttributes = nil })
	w.choose("pesk")
	w.change(func(u *userpool.User) { u.Attributes["phone_number"] = "+15550100" })
	w.passkey()
	decoy := w.decoyUser("WEB_AUTHN", "SMS_OTP")
	for _, preferred := range []string{"", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"} {
		known, err := w.begin("ann", preferred)
		if err != nil {
			t.Fatal(preferred, err)
		}
		unknown, err := w.begin(decoy, preferred)
		if err != nil {
			t.Fatal(preferred, err)
		}
		keys := func(o signin.Outcome) []string { return slices.Sorted(maps.Keys(o.Parameters)) }
		if known.Challenge != unknown.Challenge || !slices.Equal(known.Available, unknown.Available) ||
			!slices.Equal(keys(known), keys(unknown)) || len(known.Session) != len(unknown.Session) {
			t.Errorf("%q: known and unknown user differ: %v %v %v %d, %v %v %v %d", preferred, known.Challenge, known.Available,
				known.Parameters, len(known.Session), unknown.Challenge, unknown.Available, unknown.Parameters,
				len(unknown.Session))
		}
		again, err := w.begin(decoy, preferred)
		if err != nil || !slices.Equal(again.Available, unknown.Available) ||
			again.Parameters["CODE_DELIVERY_DESTINATION"] != unknown.Parameters["CODE_DELIVERY_DESTINATION"] {
			t.Errorf("%q: %+v, then %+v, %v", preferred, unknown, again, err)
		}
	}
	if sent := w.mail(); len(sent) != 2 {
		t.Errorf("%d messages, want the two to ann", len(sent))
	}
	out, err := w.begin("zoe@example.com", "EMAIL_OTP")
	if err != nil || out.Parameters["CODE_DELIVERY_DESTINATION"] != "z***@e***" {
		t.Errorf("decoy destination: %+v, %v", out, err)
	}
	w.user = &userpool.User{Username: decoy}
	list, err := w.begin(decoy, "")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		preferred, challenge string
		pairs                []string
		want                 *fault.Fault
	}{
		"a mailed code": {"EMAIL_OTP", "EMAIL_OTP", []string{"EMAIL_OTP_CODE", "12345678"}, fault.WrongFactorCode},
		"a text":        {"SMS_OTP", "SMS_OTP", []string{"SMS_OTP_CODE", "12345678"}, fault.WrongFactorCode},
		"a passkey":     {"WEB_AUTHN", "WEB_AUTHN", []string{"CREDENTIAL", "{}"}, fault.IncorrectUsernameOrPassword},
		"a password":    {"", "PASSWORD", []string{"PASSWORD", password}, fault.IncorrectUsernameOrPassword},
	} {
		w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, decoy) })
		out, err := w.begin(decoy, c.preferred)
		if err != nil {
			t.Fatal(err)
		}
		w.user.Username = out.Parameters["USER_ID_FOR_SRP"] // as clients do
		_, err = w.reply(c.challenge, out, c.pairs...)
		wants(t, name, err, c.want)
	}
	client := w.srpClient()
	verifier, err := w.reply("SELECT_CHALLENGE", list, "ANSWER", "PASSWORD_SRP", "SRP_A", client.PublicHex())
	if err != nil || verifier.Challenge != "PASSWORD_VERIFIER" {
		t.Fatalf("%+v, %v", verifier, err)
	}
	_, err = w.answer("PASSWORD_VERIFIER", verifier.Session, w.claim(client, verifier, password))
	wants(t, "SRP", err, fault.IncorrectUsernameOrPassword)

	w.choose("pesk", legacy)
	_, err = w.begin(decoy, "EMAIL_OTP")
	wants(t, "a client that does not hide users", err, fault.UserDoesNotExist)
}

// decoyUser returns an unknown name of three letters whose decoy has the
// choices.
func (w *world) decoyUser(has ...string) string {
	w.t.Helper()
	for i := range 200 {
		name := "n" + string(rune('a'+i%26)) + string(rune('a'+i/26))
		out, err := w.begin(name, "")
		if err != nil {
			w.t.Fatal(err)
		}
		if !slices.ContainsFunc(has, func(c string) bool { return !slices.Contains(out.Available, c) }) {
			return name
		}
	}
	w.t.Fatalf("no decoy has %v", has)
	return ""
}

// Unknown users have the same lock-out and limits as known ones.
func TestUnknownUsersAreLimitedAlike(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	for _, name := range []string{"ann", "bob"} {
		w.user = &userpool.User{Username: name}
		out, err := w.begin(name, "EMAIL_OTP")
		if err != nil {
			t.Fatal(err)
		}
		w.user.Username = out.Parameters["USER_ID_FOR_SRP"]
		for range 5 {
			_, err = w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", "none")
			wants(t, name, err, fault.WrongFactorCode)
		}
		_, err = w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", "none")
		wants(t, name+" locked", err, fault.PasswordAttemptsExceeded)
		for range 19 {
			if _, err = w.begin(name, "EMAIL_OTP"); err != nil {
				t.Fatal(name, err)
			}
		}
		_, err = w.begin(name, "EMAIL_OTP")
		wants(t, name+" beyond the limit", err, fault.TooManyRequestsRate)
	}
}

// A user who cannot sign in is treated as unknown.
func TestUserWithoutChoices(t *testing.T) {
	w := openWorld(t)
	w.choose("pe")
	w.change(func(u *userpool.User) { u.Status = userpool.ExternalProvider })
	out, err := w.begin("ann", "EMAIL_OTP")
	if err != nil || out.Challenge != "EMAIL_OTP" || len(w.mail()) != 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	w.user.Username = out.Parameters["USER_ID_FOR_SRP"]
	_, err = w.reply("EMAIL_OTP", out, "EMAIL_OTP_CODE", "12345678")
	wants(t, "hidden", err, fault.WrongFactorCode)
	w.choose("pe", legacy)
	_, err = w.begin("ann", "EMAIL_OTP")
	wants(t, "not hidden", err, fault.IncorrectUsernameOrPassword)
}

// PreAuthentication runs once at the start, PostAuthentication at the end.
// UserMigration runs only with the password.
func TestTriggersOfChoices(t *testing.T) {
	w := openWorld(t)
	w.choose("pe", legacy)
	calls := w.recordCalls("", map[string]string{
		"UserMigration_Authentication": `{"userAttributes":{"email":"old@example.com",` +
			`"email_verified":"true"},"finalUserStatus":"CONFIRMED"}`,
	},
		preAuthentication, postAuthentication, userMigration)
	out, err := w.reply("SELECT_CHALLENGE", w.mustBegin("SELECT_CHALLENGE", ""), "ANSWER", "EMAIL_OTP")
	out, err = w.reply("EMAIL_OTP", w.expect("EMAIL_OTP", out, err), "EMAIL_OTP_CODE", w.otp("ann@example.com"))
	signedIn(t, "by code", out, err)
	if got := strings.Join(sources(
		*calls,
	), " "); got != "PreAuthentication_Authentication PostAuthentication_Authentication" {
		t.Errorf("called %s", got)
	}
	*calls = nil
	for _, preferred := range []string{"", "EMAIL_OTP"} {
		_, err = w.begin("old", preferred, "PASSWORD", password)
		wants(t, "passwordless", err, fault.UserDoesNotExist)
	}
	if len(*calls) != 0 {
		t.Errorf("called %v for a user without the password", sources(*calls))
	}
	out, err = w.begin("old", "PASSWORD", "PASSWORD", password)
	signedIn(t, "migrated", out, err)
}
