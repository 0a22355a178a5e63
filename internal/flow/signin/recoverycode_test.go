package signin_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// recovery gives the user new recovery codes.
func (w *world) recovery() []string {
	w.t.Helper()
	w.flow.RecoveryCodes = true
	codes, err := w.flow.NewRecoveryCodes(w.t.Context(), w.pool, account.Self(w.user))
	if err != nil {
		w.t.Fatal(err)
	}
	if len(codes) != 10 || len(codes[0]) != 14 || codes[0] == codes[1] {
		w.t.Fatalf("%v", codes)
	}
	return codes
}

// A recovery code replaces the second factor of the challenge, once.
func TestRecoveryCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "ste")
		_, err := w.flow.NewRecoveryCodes(t.Context(), w.pool, account.Self(w.user))
		wants(t, "off by default", err,
			fault.New(fault.UnsupportedOperation, "Recovery codes are not enabled on this server."))
		w.flow.RecoveryCodes = true
		_, err = w.flow.NewRecoveryCodes(t.Context(), w.pool, account.Self(w.user))
		wants(t, "without a second factor", err,
			fault.New(fault.InvalidParameter, "The user has no second factor that a recovery code could stand in for."))
		w.enrol()
		codes := w.recovery()

		out := w.signInTo("SOFTWARE_TOKEN_MFA")
		won := w.race(200, func(int) (signin.Outcome, error) { return w.submit(out, codes[0]) },
			fault.WrongFactorCode, fault.SessionUsed, fault.PasswordAttemptsExceeded)
		if won != 1 {
			t.Errorf("one code signed in %d times", won)
		}
		w.clk.Advance(24 * 3600e9)
		_, err = w.submit(w.signInTo("SOFTWARE_TOKEN_MFA"), codes[0])
		wants(t, "a consumed code", err, fault.WrongFactorCode)
		out, err = w.submit(w.signInTo("SOFTWARE_TOKEN_MFA"), strings.ToUpper(strings.ReplaceAll(codes[1], "-", " ")))
		signedIn(t, "in upper case with spaces", out, err)

		w.change(func(u *userpool.User) { u.Factors.Preferred = "" })
		w.enable(userpool.SMSMFA)
		out, err = w.answer("SELECT_MFA_TYPE", w.signInTo("SELECT_MFA_TYPE").Session,
			map[string]string{"USERNAME": "ann", "ANSWER": "SMS_MFA"})
		out, err = w.submit(w.expect("SMS_MFA", out, err), codes[2])
		signedIn(t, "instead of SMS", out, err)

		fresh := w.recovery()
		_, err = w.submit(w.selectFactor("SOFTWARE_TOKEN_MFA"), codes[3])
		wants(t, "of the previous set", err, fault.WrongFactorCode)
		out, err = w.submit(w.selectFactor("SOFTWARE_TOKEN_MFA"), fresh[0])
		signedIn(t, "of the new set", out, err)

		w.flow.RecoveryCodes = false
		_, err = w.submit(w.selectFactor("SOFTWARE_TOKEN_MFA"), fresh[1])
		wants(t, "turned off", err, fault.WrongTokenCode)
		w.flow.RecoveryCodes = true

		if err := w.flow.DeleteSoftwareToken(t.Context(), w.pool, account.Self(w.user)); err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *store.Tx) error {
			mac, _ := w.flow.RecoveryCodeMAC(w.pool, w.user, fresh[1])
			has, err := tx.HasRecoveryCode(w.pool.ID, "ann", mac)
			if has {
				t.Error("recovery codes remain after the last factor was deleted")
			}
			return err
		})
	})
}

// selectFactor signs in up to the challenge of a factor.
func (w *world) selectFactor(factor string) signin.Outcome {
	w.t.Helper()
	out, err := w.answer("SELECT_MFA_TYPE", w.signInTo("SELECT_MFA_TYPE").Session,
		map[string]string{"USERNAME": w.user.Username, "ANSWER": factor})
	return w.expect(factor, out, err)
}

// Recovery codes are bound to their user, count in the lock-out and replace
// only a second factor.
func TestRecoveryCodesAreBound(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "t")
	w.enrol()
	codesOfAnn := w.recovery()
	ann := w.user
	w.user = w.addUser(w.accounts(), "bob", userpool.Confirmed)
	w.enrol()
	codesOfBob := w.recovery()
	for range 5 {
		_, err := w.submit(w.signInTo("SOFTWARE_TOKEN_MFA"), codesOfAnn[0])
		wants(t, "another user's", err, fault.WrongFactorCode)
	}
	_, err := w.byPassword("bob", password)
	wants(t, "guesses are counted", err, fault.PasswordAttemptsExceeded)
	w.clk.Advance(24 * 3600e9)
	out, err := w.submit(w.signInTo("SOFTWARE_TOKEN_MFA"), codesOfBob[0])
	signedIn(t, "the user's own", out, err)

	_, err = w.byPassword("ann", codesOfAnn[0])
	wants(t, "as a password", err, fault.IncorrectUsernameOrPassword)
	w.user = ann
	w.update(func(tx *store.Tx) error { return tx.DeleteUser(w.pool, "ann") })
	w.user = w.addUser(w.accounts(), "ann", userpool.Confirmed)
	w.enrol()
	_, err = w.submit(w.signInTo("SOFTWARE_TOKEN_MFA"), codesOfAnn[1])
	wants(t, "of a deleted user of the name", err, fault.WrongFactorCode)
}
