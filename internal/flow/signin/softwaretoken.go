package signin

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// answerToken verifies a code of the user's authenticator app. The write that
// ends the challenge consumes the code's time step, so a code works once,
// however many Sessions send it.
func (e *Engine) answerToken(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if out, recovered, err := e.answerRecovery(ctx, a, in.Responses[paramTokenCode]); recovered {
		return out, err
	}
	check := func() error { return e.checkToken(ctx, a, in.Responses[paramTokenCode]) }
	if err := e.requireFactor(ctx, a, check); err != nil {
		return Outcome{}, err
	}
	a.completed(userpool.MethodTOTP)
	return e.proceed(ctx, a)
}

func (e *Engine) checkToken(ctx context.Context, a *attempt, code string) error {
	if !a.user.Factors.SoftwareToken {
		return fault.NoSoftwareToken
	}
	if a.first == proofNone || !a.accepts(userpool.SoftwareTokenMFA) {
		return fault.SessionInvalid
	}
	return e.Store.View(ctx, func(tx *store.Tx) error {
		t, err := tx.SoftwareToken(a.pool.ID, a.user.Username)
		if err != nil {
			return err
		}
		if t == nil {
			return fault.NoSoftwareToken
		}
		secret, err := totp.ParseSecret(t.Secret.Reveal())
		if err != nil {
			return err
		}
		step, right := secret.Verify(code, a.at)
		if !right {
			return fault.WrongTokenCode
		}
		if _, unused := totp.Spent(t.Spent).Redeem(step); !unused {
			return fault.UsedTokenCode
		}
		a.writes = append(a.writes, func(tx *store.Tx) error {
			first, err := tx.SpendSoftwareTokenStep(a.pool.ID, a.user.Username, t.ID, step)
			if err == nil && !first {
				return fault.UsedTokenCode
			}
			return err
		})
		return nil
	})
}
