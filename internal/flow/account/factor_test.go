package account_test

import (
	"context"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func offersTokens(s *userpool.PoolSettings) {
	s.MfaConfiguration, s.SoftwareTokenMfa = userpool.MFAOptional, new(true)
}

// app returns the authenticator app that has a secret.
func app(t *testing.T, secret userpool.Secret) totp.Secret {
	t.Helper()
	s, err := totp.ParseSecret(secret.Reveal())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Of concurrent first codes of the same secret, one is accepted and consumed.
func TestRacingForOneSecret(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.add("ann", annsMail)
		secret, err := w.flow.AssociateSoftwareToken(t.Context(), w.pool, ann)
		w.must("associate", err)
		first := account.FirstCode{Code: app(t, secret).Code(w.clk.Now()), DeviceName: "phone"}
		var fns []func(context.Context) error
		for range 8 {
			fns = append(fns, func(ctx context.Context) error {
				return w.flow.VerifySoftwareToken(ctx, w.pool, ann, first)
			})
		}
		if won := race(t, fault.EnableSoftwareTokenMFA, fns...); won != 1 {
			t.Errorf("the secret was verified %d times", won)
		}
		u, err := w.find("ann")
		w.must("find", err)
		if !u.Factors.SoftwareToken || u.Factors.TokenName != "phone" || len(u.Factors.Enabled) != 0 {
			t.Errorf("%+v", u.Factors)
		}
		w.update(func(tx *store.Tx) error {
			held, err := tx.SoftwareToken(w.pool.ID, "ann")
			if err != nil || held == nil || held.Secret != secret {
				t.Fatalf("%v, %v", held, err)
			}
			step, _ := app(t, secret).Verify(first.Code, w.clk.Now())
			if again, err := tx.SpendSoftwareTokenStep(w.pool.ID, "ann", held.ID, step); again || err != nil {
				t.Errorf("the first code can be used again: %v", err)
			}
			return nil
		})
	}, offersTokens)
}

// A user who was disabled or deleted after the token was verified cannot enrol
// a factor.
func TestEnrollingRereadsTheUser(t *testing.T) {
	w := newWorld(t, offersTokens)
	ann := w.add("ann", annsMail)
	secret, err := w.flow.AssociateSoftwareToken(t.Context(), w.pool, ann)
	w.must("associate", err)
	first := account.FirstCode{Code: app(t, secret).Code(w.clk.Now())}
	w.must("disable", w.flow.DisableUser(t.Context(), w.pool, account.Named("ann")))
	_, err = w.flow.AssociateSoftwareToken(t.Context(), w.pool, ann)
	wants(t, "associate when disabled", err, fault.UserIsDisabled)
	wants(t, "verify when disabled", w.flow.VerifySoftwareToken(t.Context(), w.pool, ann, first), fault.UserIsDisabled)
	w.must("enable", w.flow.EnableUser(t.Context(), w.pool, account.Named("ann")))
	w.must("verify", w.flow.VerifySoftwareToken(t.Context(), w.pool, ann, first))
	w.must("delete", w.flow.DeleteUser(t.Context(), w.pool, account.Named("ann")))
	_, err = w.flow.AssociateSoftwareToken(t.Context(), w.pool, ann)
	wants(t, "associate when deleted", err, fault.UserDoesNotExist)
	w.add("ann", annsMail)
	w.update(func(tx *store.Tx) error {
		if held, err := tx.SoftwareToken(w.pool.ID, "ann"); held != nil || err != nil {
			t.Errorf("a new user of the name has the secret of the old user: %v", err)
		}
		return nil
	})
}
