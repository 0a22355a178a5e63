package signin

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// answerRecovery verifies a recovery code sent instead of the second factor. ok
// is false if the code does not have the form of a recovery code; then nothing
// was verified or counted. A wrong recovery code counts as a wrong code of the
// factor. It satisfies no assurance level, so it cannot be sent for a factor that
// the target requires.
func (e *Engine) answerRecovery(ctx context.Context, a *attempt, code string) (out Outcome, ok bool, err error) {
	if a.user == nil || a.first == proofNone || a.short() {
		return Outcome{}, false, nil
	}
	mac, ok := e.Account.RecoveryCodeMAC(a.pool, a.user, code)
	if !ok {
		return Outcome{}, false, nil
	}
	err = e.requireFactor(ctx, a, func() error {
		if len(a.pool.SecondFactor(a.user).Factors) == 0 {
			return fault.SessionInvalid // there is no factor to replace
		}
		return e.Store.View(ctx, func(tx *store.Tx) error {
			has, err := tx.HasRecoveryCode(a.pool.ID, a.user.Username, mac)
			if err == nil && !has {
				return fault.WrongFactorCode
			}
			return err
		})
	})
	if err != nil {
		return Outcome{}, true, err
	}
	a.writes = append(a.writes, func(tx *store.Tx) error {
		redeemed, err := tx.RedeemRecoveryCode(a.pool.ID, a.user.Username, mac)
		if err == nil && !redeemed {
			return fault.WrongFactorCode
		}
		return err
	})
	out, err = e.proceed(ctx, a)
	return out, true, err
}
