package signin

import "context"

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
	return e.proceed(ctx, a)
}
