package signin_test

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// offer sets the pool's MFA mode and the factors that letters name: s, t, e.
func (w *world) offer(mode, letters string) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		p, err := tx.Pool(w.pool.ID)
		if err != nil {
			return err
		}
		changed := *p
		changed.MfaConfiguration = mode
		changed.SmsMfa, changed.SoftwareTokenMfa = strings.Contains(letters, "s"), new(strings.Contains(letters, "t"))
		changed.SmsConfiguration = &userpool.SmsConfiguration{}
		changed.EmailMfa = nil
		if strings.Contains(letters, "e") {
			changed.EmailMfa = &userpool.EmailMfaConfiguration{}
		}
		w.pool = &changed
		return tx.UpdatePool(w.pool)
	})
}

// enable enables factors of the user and sets the phone number.
func (w *world) enable(factors ...userpool.Factor) {
	w.t.Helper()
	w.change(func(u *userpool.User) {
		u.Attributes["phone_number"] = "+15550100"
		for _, f := range factors {
			u.EnableFactor(f)
		}
	})
}

// enrol gives the user an authenticator app, whose code of an hour ago was
// verified, and enables the factor.
func (w *world) enrol() totp.Secret {
	w.t.Helper()
	secret, err := totp.NewSecret(entropy.System())
	if err != nil {
		w.t.Fatal(err)
	}
	kept := &userpool.SoftwareToken{ID: entropy.System().UUID(), Secret: userpool.Secret(secret.Text())}
	w.update(func(tx *store.Tx) error {
		if err := tx.PutPendingSoftwareToken(w.pool.ID, w.user.Username, kept); err != nil {
			return err
		}
		_, err := tx.AdoptSoftwareToken(w.pool.ID, w.user.Username, kept, w.clk.Now().Unix()/30-120)
		return err
	})
	w.change(func(u *userpool.User) { u.AdoptSoftwareToken("Ann's phone"); u.EnableFactor(userpool.SoftwareTokenMFA) })
	return secret
}

// mail returns and removes the messages in the outbox.
func (w *world) mail() (all []userpool.Message) {
	w.t.Helper()
	claimed, err := w.db.Outbox().Claim(w.t.Context(), nil, 500, time.Minute)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, m := range claimed {
		if err := w.db.Outbox().Done(w.t.Context(), m); err != nil {
			w.t.Fatal(err)
		}
		all = append(all, m.Item)
	}
	return all
}

// code returns the code of the only message, which must be a sign-in code to
// the address.
func (w *world) code(to string) string {
	w.t.Helper()
	all := w.mail()
	if len(all) != 1 || all[0].To != to || all[0].TriggerSource != "CustomMessage_Authentication" ||
		len(all[0].Code) != 6 || !strings.Contains(all[0].Body, all[0].Code) {
		w.t.Fatalf("want one code to %s, got %+v", to, all)
	}
	return all[0].Code
}

// signInTo signs the user in with the password, up to a challenge.
func (w *world) signInTo(challenge string) signin.Outcome {
	w.t.Helper()
	out, err := w.byPassword(w.user.Username, password)
	return w.expect(challenge, out, err)
}

// expect fails unless out is the challenge, without tokens.
func (w *world) expect(challenge string, out signin.Outcome, err error) signin.Outcome {
	w.t.Helper()
	if err != nil || out.Challenge != challenge || out.Session == "" || out.Tokens != nil ||
		out.Parameters["USER_ID_FOR_SRP"] != w.user.Username {
		w.t.Fatalf("want the challenge %s, got %+v, %v", challenge, out, err)
	}
	if len(out.Session) > 2048 {
		w.t.Errorf("a Session of %d characters", len(out.Session))
	}
	return out
}

var responseKeys = map[string]string{
	"SOFTWARE_TOKEN_MFA": "SOFTWARE_TOKEN_MFA_CODE", "SMS_MFA": "SMS_MFA_CODE", "EMAIL_OTP": "EMAIL_OTP_CODE",
	"SELECT_MFA_TYPE": "ANSWER",
}

// submit answers the challenge of out with one value.
func (w *world) submit(out signin.Outcome, value string) (signin.Outcome, error) {
	return w.answer(out.Challenge, out.Session,
		map[string]string{"USERNAME": w.user.Username, responseKeys[out.Challenge]: value})
}

// other returns a code of six digits that differs from codes.
func other(codes ...string) string {
	for _, c := range []string{"000000", "111111", "222222", "333333", "444444"} {
		if !slices.Contains(codes, c) {
			return c
		}
	}
	return ""
}

// wrongFor returns a code that the app has in no step that is accepted now.
func (w *world) wrongFor(app totp.Secret) string {
	now := w.clk.Now()
	return other(app.Code(now), app.Code(now.Add(-30*time.Second)), app.Code(now.Add(30*time.Second)))
}

func TestSoftwareTokenSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "t")
		out, err := w.bySRP("ann", password)
		signedIn(t, "without a factor", out, err)
		app := w.enrol()
		out, err = w.bySRP("ann", password)
		first := w.expect("SOFTWARE_TOKEN_MFA", out, err)
		if first.Parameters["FRIENDLY_DEVICE_NAME"] != "Ann's phone" || len(first.Parameters) != 2 {
			t.Errorf("parameters %v", first.Parameters)
		}
		_, err = w.submit(first, w.wrongFor(app))
		wants(t, "wrong", err, fault.WrongTokenCode)
		_, err = w.submit(first, "")
		wants(t, "none", err, fault.MissingParameter("SOFTWARE_TOKEN_MFA_CODE"))
		second := w.signInTo("SOFTWARE_TOKEN_MFA")
		code := app.Code(w.clk.Now())
		out, err = w.submit(first, code)
		signedIn(t, "right, after a wrong one", out, err)
		_, err = w.submit(first, code)
		wants(t, "the session again", err, fault.SessionUsed)
		_, err = w.submit(second, code)
		wants(t, "the code in another session", err, fault.UsedTokenCode)
		w.clk.Advance(30 * time.Second)
		_, err = w.submit(second, code)
		wants(t, "the used code, one step late", err, fault.UsedTokenCode)
		out, err = w.submit(second, app.Code(w.clk.Now()))
		signedIn(t, "the next code", out, err)
	})
}

// One step of drift is accepted, two are not. A code of an earlier step than
// the last is refused.
func TestSoftwareTokenDrift(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "t")
	app := w.enrol()
	for _, c := range []struct {
		steps int
		want  *fault.Fault
	}{
		{-2, fault.WrongTokenCode}, {2, fault.WrongTokenCode}, {-1, nil}, {0, nil}, {1, nil}, {0, fault.UsedTokenCode},
		{-1, fault.UsedTokenCode}, {1, fault.UsedTokenCode},
	} {
		code := app.Code(w.clk.Now().Add(time.Duration(c.steps) * 30 * time.Second))
		out, err := w.submit(w.signInTo("SOFTWARE_TOKEN_MFA"), code)
		if c.want == nil {
			signedIn(t, "drift", out, err)
		} else {
			wants(t, "drift", err, c.want)
		}
	}
}

// Of 200 answers with one code, in many sessions or in one, one gets tokens.
func TestOneCodeSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "t")
		app := w.enrol()
		sessions := make([]signin.Outcome, 20)
		for i := range sessions {
			sessions[i] = w.signInTo("SOFTWARE_TOKEN_MFA")
		}
		for name, pick := range map[string]func(int) signin.Outcome{
			"twenty sessions": func(n int) signin.Outcome { return sessions[n%len(sessions)] },
			"one session":     func(int) signin.Outcome { return sessions[0] },
		} {
			w.clk.Advance(30 * time.Second)
			if name == "one session" {
				sessions[0] = w.signInTo("SOFTWARE_TOKEN_MFA")
			}
			answer := func(n int) (signin.Outcome, error) { return w.submit(pick(n), app.Code(w.clk.Now())) }
			if won := w.race(200, answer, fault.UsedTokenCode, fault.SessionUsed); won != 1 {
				t.Errorf("%s: one code signed in %d times", name, won)
			}
		}
	})
}

// race returns how many of n parallel answers get tokens. The others must be
// refused with one of the faults.
func (w *world) race(n int, answer func(int) (signin.Outcome, error), refusals ...*fault.Fault) int64 {
	var won atomic.Int64
	var done sync.WaitGroup
	refused := func(err error) bool {
		f := fault.Of(err)
		return f != nil &&
			slices.ContainsFunc(refusals, func(r *fault.Fault) bool { return r.Message == f.Message })
	}
	for i := range n {
		done.Go(func() {
			out, err := answer(i)
			switch {
			case err == nil && out.Tokens != nil:
				won.Add(1)
			case !refused(err):
				w.t.Errorf("refused with %v", err)
			}
		})
	}
	done.Wait()
	return won.Load()
}

// Wrong codes and wrong passwords share one counter, whatever flow, name and
// session they use.
func TestFactorsShareTheLockOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "st")
		app := w.enrol()
		w.enable(userpool.SMSMFA)
		wrong := func(factor string) error {
			out, err := w.bySRP("ann@example.com", password)
			picked, err := w.submit(w.expect("SELECT_MFA_TYPE", out, err), factor)
			_, err = w.submit(w.expect(factor, picked, err), other(w.wrongFor(app)))
			return err
		}
		fresh := w.signInTo("SELECT_MFA_TYPE")
		token, err := w.submit(fresh, "SOFTWARE_TOKEN_MFA")
		w.expect("SOFTWARE_TOKEN_MFA", token, err)
		_, err = w.byPassword("ann", "Wrong-Pa55")
		wants(t, "first", err, fault.IncorrectUsernameOrPassword)
		_, err = w.submit(token, w.wrongFor(app))
		wants(t, "second", err, fault.WrongTokenCode)
		wants(t, "third", wrong("SMS_MFA"), fault.WrongFactorCode)
		_, err = w.bySRP(w.user.Sub, "Wrong-Pa55")
		wants(t, "fourth", err, fault.IncorrectUsernameOrPassword)
		_, err = w.submit(token, w.wrongFor(app))
		wants(t, "fifth", err, fault.WrongTokenCode)
		_, err = w.submit(token, app.Code(w.clk.Now()))
		wants(t, "the right code during the lock-out", err, fault.PasswordAttemptsExceeded)
		_, err = w.byPassword("ann", password)
		wants(t, "the password during the lock-out", err, fault.PasswordAttemptsExceeded)
		w.clk.Advance(time.Second)
		w.signInTo("SELECT_MFA_TYPE")
		_, err = w.submit(token, w.wrongFor(app))
		wants(t, "the password alone does not clear the counter", err, fault.WrongTokenCode)
		w.clk.Advance(time.Second)
		_, err = w.submit(token, app.Code(w.clk.Now()))
		wants(t, "the lock-out has doubled", err, fault.PasswordAttemptsExceeded)
		w.clk.Advance(time.Second)
		out, err := w.submit(token, app.Code(w.clk.Now()))
		signedIn(t, "after the lock-out", out, err)
		_, err = w.byPassword("ann", "Wrong-Pa55")
		wants(t, "counted from zero", err, fault.IncorrectUsernameOrPassword)
		w.signInTo("SELECT_MFA_TYPE")
	})
}

// A burst of guesses is verified no more often than the lock-out allows.
func TestBurstOfCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "t")
		app := w.enrol()
		out := w.signInTo("SOFTWARE_TOKEN_MFA")
		var verified atomic.Int64
		w.race(100, func(int) (signin.Outcome, error) {
			_, err := w.submit(out, w.wrongFor(app))
			if f := fault.Of(err); f != nil && f.Message == fault.WrongTokenCode.Message {
				verified.Add(1)
			}
			return signin.Outcome{}, err
		}, fault.WrongTokenCode, fault.PasswordAttemptsExceeded)
		if verified.Load() != 5 {
			t.Errorf("%d guesses were verified, want 5", verified.Load())
		}
	})
}

func TestMessageFactors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			factor                   userpool.Factor
			to, medium, masked, flag string
		}{
			{userpool.SMSMFA, "+15550100", "SMS", "+*******0100", "phone_number_verified"},
			{userpool.EmailMFA, "ann@example.com", "EMAIL", "a***@e***", "email_verified"},
		} {
			w.offer(userpool.MFAOptional, "se")
			w.enable(c.factor)
			w.change(func(u *userpool.User) { u.Factors.Preferred = c.factor; u.Attributes[c.flag] = "false" })
			out := w.signInTo(string(c.factor))
			if p := out.Parameters; p["CODE_DELIVERY_DELIVERY_MEDIUM"] != c.medium ||
				p["CODE_DELIVERY_DESTINATION"] != c.masked || len(p) != 3 {
				t.Errorf("parameters %v", p)
			}
			code := w.code(c.to)
			second := w.signInTo(string(c.factor))
			later := w.code(c.to)
			_, err := w.submit(out, other(code))
			wants(t, "wrong", err, fault.WrongFactorCode)
			if code != later {
				_, err = w.submit(second, code)
				wants(t, "the code of another session", err, fault.WrongFactorCode)
			}
			_, err = w.submit(out, "")
			wants(t, "none", err, fault.MissingParameter(responseKeys[string(c.factor)]))
			done, err := w.submit(out, code)
			signedIn(t, "right, after a wrong one", done, err)
			_, err = w.submit(out, code)
			wants(t, "again", err, fault.SessionUsed)
			w.change(func(u *userpool.User) {
				if u.Attributes[c.flag] != "true" {
					t.Errorf("%s is %q after the code was verified", c.flag, u.Attributes[c.flag])
				}
			})
			w.clk.Advance(3 * time.Minute)
			_, err = w.submit(second, later)
			wants(t, "expired", err, fault.SessionExpired)
		}
	})
}

// Of concurrent answers with a code that was sent, one succeeds.
func TestOneSentCodeSignsInOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "s")
		w.enable(userpool.SMSMFA)
		out := w.signInTo("SMS_MFA")
		code := w.code("+15550100")
		answer := func(int) (signin.Outcome, error) { return w.submit(out, code) }
		won := w.race(50, answer, fault.SessionUsed, conflictFault)
		if won != 1 {
			t.Errorf("one code signed in %d times", won)
		}
	})
}

var conflictFault = fault.New(fault.ConcurrentModification, "A concurrent modification occurred.")

// One page of the documentation has EMAIL_MFA.
func TestEmailFactorNames(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "se")
	w.enable(userpool.SMSMFA, userpool.EmailMFA)
	out := w.signInTo("SELECT_MFA_TYPE")
	if got := out.Parameters["MFAS_CAN_CHOOSE"]; got != `["SMS_MFA","EMAIL_OTP"]` {
		t.Errorf("MFAS_CAN_CHOOSE is %s", got)
	}
	if sent := w.mail(); len(sent) != 0 {
		t.Errorf("codes were sent before the choice: %+v", sent)
	}
	for _, factor := range []string{"SOFTWARE_TOKEN_MFA", "PASSWORD", "sms_mfa"} {
		_, err := w.submit(out, factor)
		if f := fault.Of(err); f == nil || f.Kind != fault.MFAMethodNotFound {
			t.Errorf("%s: %v", factor, err)
		}
	}
	next, err := w.submit(out, "EMAIL_MFA")
	w.expect("EMAIL_OTP", next, err)
	_, err = w.submit(out, "SMS_MFA")
	wants(t, "selected twice", err, fault.SessionUsed)
	done, err := w.answer("EMAIL_OTP", next.Session,
		map[string]string{"USERNAME": "ann", "EMAIL_MFA_CODE": w.code("ann@example.com")})
	signedIn(t, "with the other key", done, err)
}

// An answer must match the Session's challenge, client and user (M2), and the
// user must still have the factor.
func TestFactorSessionsAreBound(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "st")
	app := w.enrol()
	w.enable(userpool.SMSMFA)
	pick := func(f string) signin.Outcome {
		out, err := w.submit(w.signInTo("SELECT_MFA_TYPE"), f)
		return w.expect(f, out, err)
	}
	sms, token := pick("SMS_MFA"), pick("SOFTWARE_TOKEN_MFA")
	code := w.code("+15550100")
	answer := func(challenge, session string, more map[string]string) error {
		r := map[string]string{
			"USERNAME": "ann", "SMS_MFA_CODE": code, "EMAIL_OTP_CODE": code,
			"SOFTWARE_TOKEN_MFA_CODE": app.Code(w.clk.Now()), "ANSWER": "SMS_MFA",
		}
		maps.Copy(r, more)
		_, err := w.answer(challenge, session, r)
		return err
	}
	wants(t, "an SMS code for SOFTWARE_TOKEN_MFA", answer("SMS_MFA", token.Session, nil), fault.SessionInvalid)
	wants(t, "a code of the app for SMS_MFA", answer("SOFTWARE_TOKEN_MFA", sms.Session, nil),
		fault.SessionInvalid)
	wants(t, "as e-mail", answer("EMAIL_OTP", sms.Session, nil), fault.SessionInvalid)
	wants(t, "selecting again", answer("SELECT_MFA_TYPE", sms.Session, nil), fault.SessionInvalid)
	wants(t, "as set-up", answer("MFA_SETUP", sms.Session, map[string]string{"EMAIL": "x@example.com"}),
		fault.SessionMalformed)
	w.user = w.addUser(w.accounts(), "bob", userpool.Confirmed)
	wants(t, "another user", answer("SMS_MFA", sms.Session, map[string]string{"USERNAME": "bob"}), fault.SessionInvalid)
	w.user = &userpool.User{Username: "ann"}
	w.change(func(u *userpool.User) { u.Attributes["phone_number"] = "+15550199" })
	wants(t, "the number has changed", answer("SMS_MFA", sms.Session, nil), fault.WrongFactorCode)
	w.change(func(u *userpool.User) {
		u.Attributes["phone_number"] = "+15550100"
		u.Factors.Enabled = u.Factors.Enabled[1:]
	})
	wants(t, "the factor was disabled", answer("SMS_MFA", sms.Session, nil), fault.SessionInvalid)
	w.update(func(tx *store.Tx) error {
		_, err := tx.DeleteSoftwareToken(w.pool.ID, "ann")
		return err
	})
	wants(t, "the app was deleted", answer("SOFTWARE_TOKEN_MFA", token.Session, nil), fault.NoSoftwareToken)
	w.change(func(u *userpool.User) { u.EnableFactor(userpool.SMSMFA) })
	if err := answer("SMS_MFA", sms.Session, nil); err != nil {
		t.Errorf("positive control: %v", err)
	}
}

// A second factor does not move the verified alias of another user.
func TestVerifiedAddressMovesNoAlias(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "e")
	w.enable(userpool.EmailMFA)
	w.change(func(u *userpool.User) {
		u.Attributes["email"], u.Attributes["email_verified"] = "bob@example.com", "false"
	})
	w.addUser(w.accounts(), "bob", userpool.Confirmed)
	out, err := w.submit(w.signInTo("EMAIL_OTP"), w.code("bob@example.com"))
	signedIn(t, "with a code to an address that is bob's alias", out, err)
	w.change(func(u *userpool.User) {
		if u.Attributes["email_verified"] != "false" {
			t.Error("the address was verified for two users")
		}
	})
}
