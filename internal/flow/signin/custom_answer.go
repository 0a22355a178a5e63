package signin

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// answerCustom takes the answer to a challenge of the pool's functions. The
// session is spent whatever they say, and also where they fail.
func (e *Engine) answerCustom(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if err := functionsOf(a.pool); err != nil {
		return Outcome{}, err
	}
	state, right, err := e.judgeCustom(ctx, a, in.Responses[paramAnswer])
	if err != nil {
		return Outcome{}, err
	}
	a.custom.rounds = append(resultsOf(state.Rounds), trigger.ChallengeResult{
		ChallengeName: challengeCustom, ChallengeResult: right, ChallengeMetadata: state.Metadata,
	})
	return e.define(ctx, a)
}

// judgeCustom has the pool's function judge an answer. Where answers count in
// the lock-out, this one counts as wrong until the function says right, so that a
// burst of guesses is judged no more often than the lock-out allows, however long
// the function takes and on however many nodes. A function that throws has
// refused the answer; one that gives no verdict has not judged it. Source: guide
// page user-pool-lambda-verify-auth-challenge-response.
func (e *Engine) judgeCustom(
	ctx context.Context, a *attempt, answer string,
) (state record.CustomChallenge, right bool, err error) {
	state, before, counted, err := e.takeCustom(ctx, a)
	if err != nil {
		return state, false, err
	}
	v, judged := trigger.Run(ctx, e.Triggers, a.call(
		trigger.VerifyAuthChallengeResponseAuthentication,
	), trigger.VerifyAuthChallengeRequest{
		UserAttributes: a.attributes(), PrivateChallengeParameters: state.Private, ChallengeAnswer: answer,
		ClientMetadata: a.metadata, UserNotFound: a.notFound(),
	})
	if counted.Failures == 0 {
		return state, v.AnswerCorrect, judged
	}
	if wrong := judged == nil && !v.AnswerCorrect || errors.Is(judged, fault.UserLambdaValidation); !wrong {
		err := e.Store.Update(ctx, func(tx *store.Tx) error {
			return tx.ForgiveFailure(a.pool.ID, a.subject(), before, counted)
		})
		if err != nil {
			return state, false, err
		}
	}
	a.counted, a.failures = !v.AnswerCorrect, counted.Failures
	return state, v.AnswerCorrect, judged
}

// takeCustom takes the challenge that is being answered, which nobody can answer
// again. Where answers count in the lock-out it counts this one: before and
// counted are what the lock-out goes from and to. Otherwise both are zero.
// See docs/divergences SI-31.
func (e *Engine) takeCustom(
	ctx context.Context, a *attempt,
) (state record.CustomChallenge, before, counted userpool.Lockout, err error) {
	c := a.customChallenge()
	err = e.Store.Update(ctx, func(tx *store.Tx) error {
		state, before, counted = record.CustomChallenge{}, userpool.Lockout{}, userpool.Lockout{}
		taken, err := tx.TakePendingChallenge(c)
		if err == nil && !taken {
			return fault.SessionInvalid
		}
		if err != nil {
			return err
		}
		if err := record.CustomChallengeState.Decode([]byte(c.State.Reveal()), &state); err != nil {
			return err
		}
		if !e.locksOut(resultsOf(state.Rounds)) {
			return nil
		}
		if before, err = tx.Lockout(a.pool.ID, a.subject()); err != nil {
			return err
		}
		if before.Locked(tx.Now) {
			return fault.PasswordAttemptsExceeded // the challenge stays
		}
		counted, err = tx.RecordFailure(a.pool.ID, a.subject())
		return err
	})
	return state, before, counted, err
}

// checkVerifierSession refuses a PASSWORD_VERIFIER of CUSTOM_AUTH without the
// session that was sent with its block.
func (e *Engine) checkVerifierSession(ctx context.Context, in *Answer, b record.SRPBlock) error {
	if b.Flow != flowCustom {
		return nil
	}
	_, p, err := e.openSession(ctx, in)
	if err == nil && p.EventID != b.EventID {
		return fault.SessionInvalid
	}
	return err
}

// afterVerifier goes on after the password of a custom sign-in, which was
// refused where refusal is set. The functions hear of a wrong one too. Those of
// a user with a temporary password are asked before it is replaced and after;
// a second factor is asked for without them. Source: guide page
// user-pool-lambda-challenge.
func (e *Engine) afterVerifier(ctx context.Context, a *attempt, refusal error) (Outcome, error) {
	if refusal != nil && !a.counted {
		return Outcome{}, refusal
	}
	if err := functionsOf(a.pool); err != nil {
		return Outcome{}, err
	}
	a.custom.rounds = []trigger.ChallengeResult{
		passed(paramSRPA), {ChallengeName: challengeVerifier, ChallengeResult: refusal == nil},
	}
	if refusal != nil {
		a.writes = nil // counting has made them
		return e.define(ctx, a)
	}
	if a.user.Status != userpool.ForceChangePassword {
		return e.proceed(ctx, a)
	}
	if err := temporaryPasswordAlive(a); err != nil {
		return Outcome{}, err
	}
	if err := e.settle(ctx, a); err != nil {
		return Outcome{}, err
	}
	v, err := e.verdict(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	if v.FailAuthentication {
		return Outcome{}, e.failCustom(ctx, a)
	}
	return e.proceed(ctx, a)
}

// settle is a beat three before the functions are asked: what was used stays
// used, whatever they say.
func (e *Engine) settle(ctx context.Context, a *attempt) error {
	err := e.commit(ctx, a)
	a.writes = nil
	return err
}

// functionsNext reports whether a custom sign-in that began with the password
// has come to where others end. A device has its turn after the functions,
// unless it stands in for a second factor.
func (a *attempt) functionsNext() bool {
	if a.flow != flowCustom || a.first != proofPassword {
		return false
	}
	s := a.situation()
	if s.Device == deviceNamed {
		s.Device = deviceNone
	}
	return next(s) == stepTokens
}

// defineNext is what follows then.
func (e *Engine) defineNext(ctx context.Context, a *attempt) (Outcome, error) {
	if err := e.settle(ctx, a); err != nil {
		return Outcome{}, err
	}
	return e.define(ctx, a)
}

// builtIn are the challenges after the password that the functions hear of.
// Source: guide page user-pool-lambda-define-auth-challenge.
var builtIn = map[string]bool{
	challengeNewPassword: true, challengeSMS: true, challengeEmail: true, challengeToken: true,
	challengeDevice: true, challengeDeviceVerifier: true,
}

// customProgress is what the next Session remembers for the functions.
func (a *attempt) customProgress(challenge string) *record.CustomProgress {
	if a.flow != flowCustom {
		return nil
	}
	if challenge == challengeCustom {
		return &record.CustomProgress{Handle: a.custom.handle}
	}
	p := &record.CustomProgress{}
	for _, r := range a.custom.rounds {
		p.Passed = append(p.Passed, r.ChallengeName)
	}
	return p
}

// resumeCustom is the way back. The challenge that is being answered is among
// the rounds: nothing comes of an attempt that fails it.
func (a *attempt) resumeCustom(challenge string, p *record.CustomProgress) {
	if p == nil {
		return
	}
	a.custom.handle = p.Handle
	for _, name := range p.Passed {
		a.custom.rounds = append(a.custom.rounds, passed(name))
	}
	if builtIn[challenge] {
		a.custom.rounds = append(a.custom.rounds, passed(challenge))
	}
}
