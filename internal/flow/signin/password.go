package signin

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// startPassword is the first step of the flows that send the password itself.
func (e *Engine) startPassword(ctx context.Context, s *Start) (Outcome, error) {
	a, err := e.begin(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	err = e.requireProof(ctx, a, func() (bool, error) {
		return e.Account.CheckPassword(a.pool, a.subject(), a.cred, s.Params[paramPassword]), nil
	})
	if err != nil {
		return Outcome{}, err
	}
	a.completed(userpool.MethodPassword)
	if len(s.Targets) > 0 {
		factors := userpool.WaysOf(nil, a.pool.StepUpFactors(a.user))
		if err := a.aim(stepUp{targets: s.Targets}, factors); err != nil {
			return Outcome{}, err
		}
	}
	return e.proceed(ctx, a)
}
