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

// answerCustom handles the answer to a custom challenge. The Session is
// consumed whatever the functions return, and also if they fail.
func (e *Engine) answerCustom(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if err := requireFunctions(a.pool); err != nil {
		return Outcome{}, err
	}
	state, right, err := e.verifyCustom(ctx, a, in.Responses[paramAnswer])
	if err != nil {
		return Outcome{}, err
	}
	a.custom.rounds = append(resultsOf(state.Rounds), trigger.ChallengeResult{
		ChallengeName: challengeCustom, ChallengeResult: right, ChallengeMetadata: state.Metadata,
	})
	return e.define(ctx, a)
}

// verifyCustom calls the VerifyAuthChallengeResponse function. If failures
// count in the lock-out, the answer counts as wrong until the function has
// returned: a burst of guesses then gets no more results than the lock-out
// allows, however long the function takes and on however many nodes. An error
// that the function throws counts as a wrong answer; a call that fails in
// another way does not. Source: guide page
// user-pool-lambda-verify-auth-challenge-response.
func (e *Engine) verifyCustom(
	ctx context.Context, a *attempt, answer string,
) (state record.CustomChallenge, right bool, err error) {
	state, before, counted, err := e.redeemCustom(ctx, a)
	if err != nil {
		return state, false, err
	}
	v, runErr := trigger.Run(ctx, e.Triggers, a.call(trigger.VerifyAuthChallengeResponseAuthentication),
		trigger.VerifyAuthChallengeRequest{
			UserAttributes: a.attributes(), PrivateChallengeParameters: state.Private, ChallengeAnswer: answer,
			ClientMetadata: a.metadata, UserNotFound: a.notFound(),
		})
	if counted.Failures == 0 {
		return state, v.AnswerCorrect, runErr
	}
	wrong := runErr == nil && !v.AnswerCorrect || errors.Is(runErr, fault.UserLambdaValidation)
	if !wrong {
		err := e.Store.Update(ctx, func(tx *store.Tx) error {
			return tx.ForgiveFailure(a.pool.ID, a.subject(), before, counted)
		})
		if err != nil {
			return state, false, err
		}
	}
	a.counted, a.failures = !v.AnswerCorrect, counted.Failures
	return state, v.AnswerCorrect, runErr
}

// redeemCustom consumes the stored challenge, so that it can be answered only
// once. If failures count in the lock-out, it counts one: before and counted
// are the lock-out before and after. Otherwise both are zero. See
// docs/divergences SI-31.
func (e *Engine) redeemCustom(
	ctx context.Context, a *attempt,
) (state record.CustomChallenge, before, counted userpool.Lockout, err error) {
	c := a.customChallenge()
	err = e.Store.Update(ctx, func(tx *store.Tx) error {
		state, before, counted = record.CustomChallenge{}, userpool.Lockout{}, userpool.Lockout{}
		redeemed, err := tx.RedeemPendingChallenge(c)
		if err == nil && !redeemed {
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
			return fault.PasswordAttemptsExceeded // the challenge is not consumed
		}
		counted, err = tx.RecordFailure(a.pool.ID, a.subject())
		return err
	})
	return state, before, counted, err
}

// checkVerifierSession refuses a PASSWORD_VERIFIER of CUSTOM_AUTH without the
// Session that was returned with its SECRET_BLOCK.
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

// afterVerifier continues a custom sign-in after its password, which was wrong
// if refusal is set: DefineAuthChallenge runs then too. For a user with a
// temporary password it runs before and after the password is replaced. A
// second factor follows without it. Source: guide page
// user-pool-lambda-challenge.
func (e *Engine) afterVerifier(ctx context.Context, a *attempt, refusal error) (Outcome, error) {
	if refusal != nil && !a.counted {
		return Outcome{}, refusal
	}
	if err := requireFunctions(a.pool); err != nil {
		return Outcome{}, err
	}
	a.custom.rounds = []trigger.ChallengeResult{
		passed(paramSRPA), {ChallengeName: challengeVerifier, ChallengeResult: refusal == nil},
	}
	if refusal != nil {
		a.writes = nil // recordFailure has run them
		return e.define(ctx, a)
	}
	if a.user.Status != userpool.ForceChangePassword {
		return e.proceed(ctx, a)
	}
	if err := requireUnexpiredPassword(a); err != nil {
		return Outcome{}, err
	}
	if err := e.commitEarly(ctx, a); err != nil {
		return Outcome{}, err
	}
	v, err := e.runDefine(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	if v.FailAuthentication {
		return Outcome{}, e.failCustom(ctx, a)
	}
	return e.proceed(ctx, a)
}

// commitEarly runs the writes before DefineAuthChallenge, so that what was
// consumed stays consumed, whatever the function returns.
func (e *Engine) commitEarly(ctx context.Context, a *attempt) error {
	err := e.commit(ctx, a)
	a.writes = nil
	return err
}

// functionsNext reports whether a custom sign-in that began with the password
// is at the point where other flows issue tokens. A device is verified after
// the functions, unless it replaces a second factor.
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

// defineNext commits and calls DefineAuthChallenge, if functionsNext is true.
func (e *Engine) defineNext(ctx context.Context, a *attempt) (Outcome, error) {
	if err := e.commitEarly(ctx, a); err != nil {
		return Outcome{}, err
	}
	return e.define(ctx, a)
}

// builtIn are the challenges after the password that become rounds of the
// functions. Source: guide page user-pool-lambda-define-auth-challenge.
var builtIn = map[string]bool{
	challengeNewPassword: true, challengeSMS: true, challengeEmail: true, challengeToken: true,
	challengeDevice: true, challengeDeviceVerifier: true,
}

// customProgress is the part of the next Session that belongs to CUSTOM_AUTH.
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

// resumeCustom restores what customProgress stored. The challenge that is being
// answered counts as passed: if the answer is wrong, the attempt ends.
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
