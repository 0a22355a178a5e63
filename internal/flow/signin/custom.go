package signin

import (
	"context"
	"maps"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	flowCustom      = "CUSTOM_AUTH"
	challengeCustom = "CUSTOM_CHALLENGE"

	paramFirstChallenge = "CHALLENGE_NAME"
	// The API page writes the parameter so.
	paramFirstChallengeAPI = "ChallengeName"

	// maxWrongAnswers to custom challenges end a sign-in, unless the functions
	// let the user in all the same. Source: guide page user-pool-lambda-challenge.
	maxWrongAnswers = 3
	// maxCustomState bounds what functions may leave for one answer, in bytes.
	maxCustomState = 256 << 10
)

var (
	noFunctions    = fault.New(fault.InvalidParameter, "Custom auth lambda trigger is not configured for the user pool.")
	firstChallenge = fault.New(fault.InvalidParameter, "CHALLENGE_NAME must be SRP_A or CUSTOM_CHALLENGE.")
)

// custom is what an attempt knows of a sign-in by the pool's own functions.
type custom struct {
	// rounds are what has been asked and answered, oldest first.
	rounds []trigger.ChallengeResult
	// public is the SRP_A of a start with the password.
	public string
	// handle names the row of a challenge that the functions made.
	handle []byte
}

// startCustom is the first step of CUSTOM_AUTH: the pool's functions decide
// what is asked. With CHALLENGE_NAME SRP_A they are told of a password that is
// on its way. Source: guide page user-pool-lambda-challenge.
func (e *Engine) startCustom(ctx context.Context, s *Start) (Outcome, error) {
	if err := functionsOf(s.Pool); err != nil {
		return Outcome{}, err
	}
	c, err := newCustom(s.Params)
	if err != nil {
		return Outcome{}, err
	}
	a, err := e.begin(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	if a.user != nil && !a.user.Enabled {
		return Outcome{}, fault.UserIsDisabled
	}
	if e.CustomAuthLockout {
		lock, err := e.unlocked(ctx, a)
		if err != nil {
			return Outcome{}, err
		}
		a.failures = lock.Failures
	}
	a.flow, a.custom = flowCustom, c
	return e.define(ctx, a)
}

// functionsOf refuses a pool that lacks one of the three functions.
func functionsOf(p *userpool.Pool) error {
	if l := p.LambdaConfig; l.DefineAuthChallenge == nil || l.CreateAuthChallenge == nil ||
		l.VerifyAuthChallengeResponse == nil {
		return noFunctions
	}
	return nil
}

func newCustom(params map[string]string) (custom, error) {
	first := params[paramFirstChallenge]
	if first == "" {
		first = params[paramFirstChallengeAPI]
	}
	switch first {
	case "", challengeCustom:
		return custom{}, nil
	case paramSRPA:
	default:
		return custom{}, firstChallenge
	}
	if err := need(params, paramSRPA); err != nil {
		return custom{}, err
	}
	if err := checkSRPA(params[paramSRPA]); err != nil {
		return custom{}, err
	}
	return custom{public: params[paramSRPA], rounds: []trigger.ChallengeResult{passed(paramSRPA)}}, nil
}

func passed(challenge string) trigger.ChallengeResult {
	return trigger.ChallengeResult{ChallengeName: challenge, ChallengeResult: true}
}

// define asks the pool's function how the sign-in goes on, and does it. Source:
// guide page user-pool-lambda-define-auth-challenge.
func (e *Engine) define(ctx context.Context, a *attempt) (Outcome, error) {
	v, err := e.verdict(ctx, a)
	switch {
	case err != nil:
		return Outcome{}, err
	case v.FailAuthentication:
		return Outcome{}, e.failCustom(ctx, a)
	case v.IssueTokens:
		return e.vouched(ctx, a)
	case a.custom.wrongAnswers() >= maxWrongAnswers:
		return Outcome{}, fault.IncorrectUsernameOrPassword
	case v.ChallengeName == challengeCustom:
		return e.createChallenge(ctx, a)
	case v.ChallengeName == challengeVerifier && a.custom.atSRP():
		return e.askVerifier(ctx, a, a.custom.public)
	}
	return Outcome{}, trigger.Unrecognizable
}

func (e *Engine) verdict(ctx context.Context, a *attempt) (trigger.DefineAuthChallengeResponse, error) {
	return trigger.Run(ctx, e.Triggers, a.call(trigger.DefineAuthChallengeAuthentication),
		trigger.DefineAuthChallengeRequest{
			UserAttributes: a.attributes(), Session: a.custom.rounds, ClientMetadata: a.metadata, UserNotFound: a.notFound(),
		})
}

// atSRP reports whether the password is the only thing that has been promised.
func (c *custom) atSRP() bool { return len(c.rounds) == 1 && c.public != "" }

func (c *custom) wrongAnswers() (n int) {
	for _, r := range c.rounds {
		if r.ChallengeName == challengeCustom && !r.ChallengeResult {
			n++
		}
	}
	return n
}

// locksOut reports whether what is wrong about the rounds of a custom sign-in
// counts in the lock-out: where a password was among them, or the server is set
// so. Otherwise the lock-out is neither asked nor changed. Source: guide page
// authentication, Lockout behavior for failed sign-in attempts.
// See docs/divergences SI-7.
func (e *Engine) locksOut(rounds []trigger.ChallengeResult) bool {
	return e.CustomAuthLockout || slices.ContainsFunc(rounds, func(r trigger.ChallengeResult) bool {
		return r.ChallengeName == challengeVerifier
	})
}

// failCustom is the answer to a sign-in that the functions have ended. Where
// the rounds count in the lock-out it counts, unless this call has been counted.
func (e *Engine) failCustom(ctx context.Context, a *attempt) error {
	if a.counted || !e.locksOut(a.custom.rounds) {
		return fault.IncorrectUsernameOrPassword
	}
	a.writes = nil
	return e.recordFailure(ctx, a)
}

// vouched takes the functions' word for the user. It does not count for users
// who do not exist, nor against a password that was wrong, nor where nothing
// but the beginning of a password has been seen: functions that look at the
// result of the last round, and not at its name, would let everybody in.
func (e *Engine) vouched(ctx context.Context, a *attempt) (Outcome, error) {
	if a.custom.atSRP() {
		return Outcome{}, trigger.Unrecognizable
	}
	wrong := slices.ContainsFunc(a.custom.rounds, func(r trigger.ChallengeResult) bool {
		return r.ChallengeName == challengeVerifier && !r.ChallengeResult
	})
	if wrong || a.user == nil {
		return Outcome{}, fault.IncorrectUsernameOrPassword
	}
	a.first = proofFunctions
	return e.proceed(ctx, a)
}

// createChallenge has the pool's function make a challenge and sets it. What
// only the verifying function may see stays here. Source: guide page
// user-pool-lambda-create-auth-challenge.
func (e *Engine) createChallenge(ctx context.Context, a *attempt) (Outcome, error) {
	made, err := trigger.Run(ctx, e.Triggers, a.call(
		trigger.CreateAuthChallengeAuthentication,
	), trigger.CreateAuthChallengeRequest{
		UserAttributes: a.attributes(), ChallengeName: challengeCustom, Session: a.custom.rounds, ClientMetadata: a.metadata,
		UserNotFound: a.notFound(),
	})
	if err != nil {
		return Outcome{}, err
	}
	state := record.CustomChallenge{Rounds: recordRounds(a.custom.rounds), Private: made.PrivateChallengeParameters}
	if made.ChallengeMetadata != "" {
		state.Metadata = &made.ChallengeMetadata
	}
	text, err := record.CustomChallengeState.Encode(state, nil)
	if err != nil {
		return Outcome{}, err
	}
	if len(text) > maxCustomState {
		return Outcome{}, trigger.Unrecognizable
	}
	a.custom.handle = e.Entropy.Bytes(16)
	c := a.customChallenge()
	c.Expires, c.State = e.Clock.Now().Add(a.client.SessionLifetime()), userpool.Secret(text)
	a.writes = append(a.writes, func(tx *store.Tx) error { return tx.PutPendingChallenge(c) })

	name := e.srpName(a)
	params := map[string]string{}
	maps.Copy(params, made.PublicChallengeParameters)
	params[paramUsername], params[paramUserID] = name, name
	return e.ask(ctx, a, challengeCustom, params)
}

func (a *attempt) customChallenge() *userpool.PendingChallenge {
	return &userpool.PendingChallenge{
		PoolID: a.pool.ID, ClientID: a.client.ID, Username: a.subject(), Handle: a.custom.handle,
	}
}

func recordRounds(rounds []trigger.ChallengeResult) (recorded []record.Round) {
	for _, r := range rounds {
		recorded = append(recorded, record.Round(r))
	}
	return recorded
}

func resultsOf(rounds []record.Round) (results []trigger.ChallengeResult) {
	for _, r := range rounds {
		results = append(results, trigger.ChallengeResult(r))
	}
	return results
}
