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
	// The spelling of the API page.
	paramFirstChallengeAPI = "ChallengeName"

	// maxWrongAnswers to custom challenges end a sign-in, unless the functions
	// then issue tokens. Source: guide page user-pool-lambda-challenge.
	maxWrongAnswers = 3
	// maxCustomState bounds the state that functions may store for one answer, in
	// bytes.
	maxCustomState = 256 << 10
)

var (
	noFunctions = fault.New(fault.InvalidParameter,
		"Custom auth lambda trigger is not configured for the user pool.")
	firstChallenge = fault.New(fault.InvalidParameter, "CHALLENGE_NAME must be SRP_A or CUSTOM_CHALLENGE.")
)

// custom is the state of a CUSTOM_AUTH sign-in.
type custom struct {
	// rounds are the challenges so far with their results, oldest first.
	rounds []trigger.ChallengeResult
	// public is SRP_A, if the sign-in starts with the password.
	public string
	// handle is the key of the stored challenge.
	handle []byte
}

// startCustom is the first step of CUSTOM_AUTH: the DefineAuthChallenge
// function selects the challenge. With CHALLENGE_NAME SRP_A its session begins
// with an SRP_A round. Source: guide page user-pool-lambda-challenge.
func (e *Engine) startCustom(ctx context.Context, s *Start) (Outcome, error) {
	if err := requireFunctions(s.Pool); err != nil {
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
		lock, err := e.requireUnlocked(ctx, a)
		if err != nil {
			return Outcome{}, err
		}
		a.failures = lock.Failures
	}
	a.flow, a.custom = flowCustom, c
	return e.define(ctx, a)
}

// requireFunctions returns an error if the pool lacks one of the three
// functions.
func requireFunctions(p *userpool.Pool) error {
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

// define calls the DefineAuthChallenge function and runs the step that its
// response selects. Source: guide page user-pool-lambda-define-auth-challenge.
func (e *Engine) define(ctx context.Context, a *attempt) (Outcome, error) {
	v, err := e.runDefine(ctx, a)
	switch {
	case err != nil:
		return Outcome{}, err
	case v.FailAuthentication:
		return Outcome{}, e.failCustom(ctx, a)
	case v.IssueTokens:
		return e.proceedByFunctions(ctx, a)
	case a.custom.wrongAnswers() >= maxWrongAnswers:
		return Outcome{}, fault.IncorrectUsernameOrPassword
	case v.ChallengeName == challengeCustom:
		return e.createChallenge(ctx, a)
	case v.ChallengeName == challengeVerifier && a.custom.atSRP():
		return e.promptVerifier(ctx, a, a.custom.public)
	}
	return Outcome{}, trigger.Unrecognizable
}

func (e *Engine) runDefine(ctx context.Context, a *attempt) (trigger.DefineAuthChallengeResponse, error) {
	return trigger.Run(ctx, e.Triggers, a.call(trigger.DefineAuthChallengeAuthentication),
		trigger.DefineAuthChallengeRequest{
			UserAttributes: a.attributes(), Session: a.custom.rounds,
			ClientMetadata: a.metadata, UserNotFound: a.notFound(),
		})
}

// atSRP reports whether SRP_A is the only round: no password was verified yet.
func (c *custom) atSRP() bool { return len(c.rounds) == 1 && c.public != "" }

func (c *custom) wrongAnswers() (n int) {
	for _, r := range c.rounds {
		if r.ChallengeName == challengeCustom && !r.ChallengeResult {
			n++
		}
	}
	return n
}

// locksOut reports whether failures in these rounds count in the lock-out: if a
// password is among them, or CustomAuthLockout is set. Otherwise the lock-out
// is neither read nor written. Source: guide page authentication, Lockout
// behavior for failed sign-in attempts. See docs/divergences SI-7.
func (e *Engine) locksOut(rounds []trigger.ChallengeResult) bool {
	return e.CustomAuthLockout || slices.ContainsFunc(rounds, func(r trigger.ChallengeResult) bool {
		return r.ChallengeName == challengeVerifier
	})
}

// failCustom refuses a sign-in that the functions have failed. It counts a
// failure if the rounds count in the lock-out and this call is not counted yet.
func (e *Engine) failCustom(ctx context.Context, a *attempt) error {
	if a.counted || !e.locksOut(a.custom.rounds) {
		return fault.IncorrectUsernameOrPassword
	}
	a.writes = nil
	return e.recordFailure(ctx, a)
}

// proceedByFunctions signs in a user for whom the functions issue tokens. It
// refuses unknown users, a wrong password, and a sign-in in which only SRP_A
// was sent: a function that checks the result of the last round but not its
// name would sign in every caller.
func (e *Engine) proceedByFunctions(ctx context.Context, a *attempt) (Outcome, error) {
	if a.custom.atSRP() {
		return Outcome{}, trigger.Unrecognizable
	}
	wrongPassword := slices.ContainsFunc(a.custom.rounds, func(r trigger.ChallengeResult) bool {
		return r.ChallengeName == challengeVerifier && !r.ChallengeResult
	})
	if wrongPassword || a.user == nil {
		return Outcome{}, fault.IncorrectUsernameOrPassword
	}
	a.first = proofFunctions
	return e.proceed(ctx, a)
}

// createChallenge calls the CreateAuthChallenge function and returns its
// challenge. The private parameters are stored and never sent to the client.
// Source: guide page user-pool-lambda-create-auth-challenge.
func (e *Engine) createChallenge(ctx context.Context, a *attempt) (Outcome, error) {
	created, err := trigger.Run(ctx, e.Triggers, a.call(trigger.CreateAuthChallengeAuthentication),
		trigger.CreateAuthChallengeRequest{
			UserAttributes: a.attributes(), ChallengeName: challengeCustom, Session: a.custom.rounds,
			ClientMetadata: a.metadata, UserNotFound: a.notFound(),
		})
	if err != nil {
		return Outcome{}, err
	}
	state := record.CustomChallenge{
		Rounds: recordRounds(a.custom.rounds), Private: created.PrivateChallengeParameters,
	}
	if created.ChallengeMetadata != "" {
		state.Metadata = &created.ChallengeMetadata
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
	maps.Copy(params, created.PublicChallengeParameters)
	params[paramUsername], params[paramUserID] = name, name
	return e.prompt(ctx, a, challengeCustom, params)
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
