package signin_test

import (
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// associate calls AssociateSoftwareToken with a Session.
func (w *world) associate(session string) (totp.Secret, string) {
	w.t.Helper()
	text, next, err := w.engine.AssociateSoftwareToken(w.t.Context(), session)
	if err != nil {
		w.t.Fatal(err)
	}
	app, err := totp.ParseSecret(text.Reveal())
	if err != nil || next == "" || next == session {
		w.t.Fatalf("%v, session %q", err, next)
	}
	return app, next
}

func (w *world) verify(session, code string) (string, error) {
	return w.engine.VerifySoftwareToken(w.t.Context(), session, account.FirstCode{Code: code, DeviceName: "phone"})
}

func (w *world) endSetup(session string) (signin.Outcome, error) {
	return w.answer("MFA_SETUP", session, map[string]string{"USERNAME": w.user.Username})
}

// recoverBy sets the only recovery mechanism of the pool.
func (w *world) recoverBy(mechanism string) {
	w.t.Helper()
	changed := *w.pool
	changed.RecoveryMechanisms = []userpool.RecoveryOption{{Priority: 1, Name: mechanism}}
	w.update(func(tx *store.Tx) error { return tx.UpdatePool(&changed) })
}

// factors returns the factors of the user.
func (w *world) factors() (f userpool.Factors) {
	w.t.Helper()
	w.change(func(u *userpool.User) { f = u.Factors })
	return f
}

func TestSettingUpAnAuthenticatorApp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOn, "ste")
		out, err := w.bySRP("ann", password)
		w.expect("MFA_SETUP", out, err)
		if got := out.Parameters["MFAS_CAN_SETUP"]; got != `["SMS_MFA","SOFTWARE_TOKEN_MFA"]` {
			t.Errorf("MFAS_CAN_SETUP is %s", got)
		}
		notVerified := fault.New(fault.InvalidParameter, "User has not verified software token mfa")
		_, err = w.endSetup(out.Session)
		wants(t, "no app was associated", err, notVerified)
		_, err = w.verify(out.Session, "123456")
		wants(t, "no secret to verify", err, fault.NoSoftwareToken)
		app, second := w.associate(out.Session)
		_, _, err = w.engine.AssociateSoftwareToken(t.Context(), out.Session)
		wants(t, "the first session again", err, fault.SessionUsed)
		_, err = w.endSetup(second)
		wants(t, "no code was verified", err, notVerified)
		_, err = w.verify(second, w.wrongFor(app))
		wants(t, "wrong code", err, fault.WrongFirstTokenCode)
		code := app.Code(w.clk.Now())
		third, err := w.verify(second, code)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.verify(second, code)
		wants(t, "the second session again", err, fault.SessionUsed)
		_, err = w.endSetup(second)
		wants(t, "the older session", err, fault.SessionUsed)
		_, _, err = w.engine.AssociateSoftwareToken(t.Context(), third)
		wants(t, "another app after the first was verified", err, fault.SessionInvalid)
		other := w.signInTo("SOFTWARE_TOKEN_MFA")
		done, err := w.endSetup(third)
		signedIn(t, "the third session", done, err)
		_, err = w.endSetup(third)
		wants(t, "the third session again", err, fault.SessionUsed)
		_, err = w.submit(other, code)
		wants(t, "the first code again", err, fault.UsedTokenCode)
		f := w.factors()
		if f.Preferred != userpool.SoftwareTokenMFA || len(f.Enabled) != 1 || f.TokenName != "phone" {
			t.Errorf("%+v", f)
		}
		w.clk.Advance(30 * time.Second)
		done, err = w.submit(w.signInTo("SOFTWARE_TOKEN_MFA"), app.Code(w.clk.Now()))
		signedIn(t, "the next sign-in", done, err)
	})
}

// A Session from before the user had a factor neither replaces nor bypasses it.
func TestStaleSetupSessions(t *testing.T) {
	w := openWorld(t)
	w.recoverBy("verified_phone_number")
	w.offer(userpool.MFAOn, "te")
	w.change(func(u *userpool.User) { u.Attributes = map[string]string{} })
	first, second, third := w.signInTo("MFA_SETUP"), w.signInTo("MFA_SETUP"), w.signInTo("MFA_SETUP")
	mailed, err := w.answer("MFA_SETUP", third.Session,
		map[string]string{"USERNAME": "ann", "EMAIL": "thief@example.com"})
	w.expect("EMAIL_OTP", mailed, err)
	stolen := w.code("thief@example.com")
	theirs, thief := w.associate(second.Session)
	mine, own := w.associate(first.Session)
	_, err = w.verify(thief, theirs.Code(w.clk.Now()))
	wants(t, "a secret that was replaced", err, fault.WrongFirstTokenCode)
	_, err = w.verify(thief, mine.Code(w.clk.Now()))
	wants(t, "another session's secret", err, fault.SessionInvalid)
	last, err := w.verify(own, mine.Code(w.clk.Now()))
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = w.engine.AssociateSoftwareToken(t.Context(), thief)
	wants(t, "another app", err, fault.SessionInvalid)
	_, err = w.verify(thief, theirs.Code(w.clk.Now()))
	wants(t, "no pending secret", err, fault.WrongFirstTokenCode)
	_, err = w.answer("MFA_SETUP", thief, map[string]string{"USERNAME": "ann", "EMAIL": "thief@example.com"})
	if f := fault.Of(err); f == nil || f.Kind != fault.MFAMethodNotFound {
		t.Errorf("an address beside the app: %v", err)
	}
	_, err = w.submit(mailed, stolen)
	wants(t, "the code to an address from an older session", err, fault.SessionInvalid)
	done, err := w.endSetup(last)
	signedIn(t, "positive control", done, err)
	if f := w.factors(); len(f.Enabled) != 1 {
		t.Errorf("%+v", f)
	}
}

// The user must still have the app when its setup Session completes the
// sign-in.
func TestSetupOfADeletedApp(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOn, "t")
	app, session := w.associate(w.signInTo("MFA_SETUP").Session)
	last, err := w.verify(session, app.Code(w.clk.Now()))
	if err != nil {
		t.Fatal(err)
	}
	w.update(func(tx *store.Tx) error {
		_, err := tx.DeleteSoftwareToken(w.pool.ID, "ann")
		return err
	})
	w.change(func(u *userpool.User) { u.RemoveSoftwareToken() })
	_, err = w.endSetup(last)
	wants(t, "without the app", err, fault.SessionInvalid)
	w.signInTo("MFA_SETUP")
}

func TestSettingUpAnEmailAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.recoverBy("admin_only")
		w.offer(userpool.MFAOn, "te")
		w.change(func(u *userpool.User) { u.Attributes = map[string]string{} })
		setUp := func(more map[string]string) (signin.Outcome, error) {
			r := map[string]string{"USERNAME": "ann"}
			maps.Copy(r, more)
			return w.answer("MFA_SETUP", w.signInTo("MFA_SETUP").Session, r)
		}
		_, err := setUp(map[string]string{"EMAIL": "no address"})
		wants(t, "an invalid address", err, fault.InvalidEmailFormat)
		for _, key := range []string{"EMAIL", "email"} {
			out, err := setUp(map[string]string{key: "new@example.com"})
			w.expect("EMAIL_OTP", out, err)
			code := w.code("new@example.com")
			if key == "EMAIL" {
				_, err = w.submit(out, other(code))
				wants(t, "wrong code", err, fault.WrongFactorCode)
				continue
			}
			w.change(func(u *userpool.User) {
				if len(u.Attributes) != 0 {
					t.Errorf("the address is stored before its code was verified: %v", u.Attributes)
				}
			})
			done, err := w.submit(out, code)
			signedIn(t, "right code", done, err)
		}
		w.change(func(u *userpool.User) {
			if !u.Verified("email") || u.Attributes["email"] != "new@example.com" || len(u.Factors.Enabled) != 1 {
				t.Errorf("%+v", u.UserProfile)
			}
		})
		done, err := w.submit(w.signInTo("EMAIL_OTP"), w.code("new@example.com"))
		signedIn(t, "the next sign-in", done, err)
	})
}

// Two operations take a Session of MFA_SETUP without pool and client, which are
// still bound to it.
func TestSetupSessionsAreBound(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOn, "t")
	out := w.signInTo("MFA_SETUP")
	refused := func(what, session string, want *fault.Fault) {
		t.Helper()
		_, _, err := w.engine.AssociateSoftwareToken(t.Context(), session)
		wants(t, what, err, want)
		_, err = w.verify(session, "123456")
		wants(t, what, err, want)
	}
	refused("garbage", "AYABeAYABeAYABeAYABe", fault.SessionInvalid)
	refused("truncated", out.Session[:len(out.Session)-4], fault.SessionInvalid)
	client := w.client
	w.client = w.addClient("other")
	_, err := w.endSetup(out.Session)
	wants(t, "another client", err, fault.SessionMalformed)
	w.client = client
	w.user = w.addUser(w.accounts(), "bob", userpool.Confirmed)
	_, err = w.endSetup(out.Session)
	wants(t, "another user", err, fault.SessionInvalid)
	w.user = &userpool.User{Username: "ann"}
	_, err = w.answer("SOFTWARE_TOKEN_MFA", out.Session,
		map[string]string{"USERNAME": "ann", "SOFTWARE_TOKEN_MFA_CODE": "123456"})
	wants(t, "another challenge", err, fault.SessionMalformed)
	w.change(func(u *userpool.User) { u.Enabled = false })
	refused("disabled later", out.Session, fault.UserIsDisabled)
	w.change(func(u *userpool.User) { u.Enabled = true })
	w.associate(out.Session)
	w.clk.Advance(3 * time.Minute)
	refused("expired", out.Session, fault.SessionExpired)
	w.invite("cid")
	fresh, err := w.byPassword("cid", password)
	if err != nil {
		t.Fatal(err)
	}
	refused("the session of another challenge", fresh.Session, fault.SessionInvalid)
}

// Of concurrent calls with one Session, one succeeds.
func TestRacingSetup(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOn, "t")
		out := w.signInTo("MFA_SETUP")
		var won atomic.Int64
		var done sync.WaitGroup
		for range 20 {
			done.Go(func() {
				_, _, err := w.engine.AssociateSoftwareToken(t.Context(), out.Session)
				if err == nil {
					won.Add(1)
				} else if f := fault.Of(err); f == nil || f.Message != fault.SessionUsed.Message {
					t.Error(err)
				}
			})
		}
		done.Wait()
		if won.Load() != 1 {
			t.Errorf("%d secrets were returned for one session", won.Load())
		}
	})
}

func TestSessionAmongResponses(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOn, "t")
	app, session := w.associate(w.signInTo("MFA_SETUP").Session)
	last, err := w.verify(session, app.Code(w.clk.Now()))
	if err != nil {
		t.Fatal(err)
	}
	done, err := w.answer("MFA_SETUP", "", map[string]string{"USERNAME": "ann", "SESSION": last})
	signedIn(t, "among the responses", done, err)
}
