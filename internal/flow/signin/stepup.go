package signin

import (
	"context"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The parameters of USER_AUTH that request an assurance level. Source: API
// reference InitiateAuth.
const (
	paramTargets     = "TARGET_ACR_VALUES"
	paramMaxAge      = "MAX_AGE"
	paramAccessToken = "ACCESS_TOKEN"
)

// The errors of step-up authentication. The service's own texts are unknown.
var (
	// LevelNotReachable is the error if the user has no factors for any of the
	// requested levels.
	LevelNotReachable = fault.New(fault.InvalidParameter,
		"The user has no authentication factors for the requested authentication level.")
	levelReached = fault.New(fault.InvalidParameter,
		"The access token already satisfies the requested authentication level.")
	targetsUnknown = fault.New(fault.InvalidParameter,
		"TARGET_ACR_VALUES contains no authentication level of the user pool.")
	targetsMissing     = fault.New(fault.InvalidParameter, "ACCESS_TOKEN requires TARGET_ACR_VALUES.")
	targetsOfOtherFlow = fault.New(fault.InvalidParameter, "TARGET_ACR_VALUES requires the USER_AUTH flow.")
	targetsOfSignUp    = fault.New(fault.InvalidParameter,
		"TARGET_ACR_VALUES is not accepted with the Session of ConfirmSignUp.")
	maxAgeInvalid = fault.New(fault.InvalidParameter, "MAX_AGE must be a non-negative number of seconds.")
	tokenOfOther  = fault.New(fault.NotAuthorized, "The access token was not issued to this user and client.")
)

// assurance is how strongly the user of an attempt has authenticated.
type assurance struct {
	// methods have been verified, or are credited from a token or a session.
	methods []userpool.Method
	// target is the level that the sign-in must reach, 0 if none was requested.
	target userpool.Level
	// origin is the token family that methods are credited from.
	origin string
}

// completed records a method that has been verified.
func (a *assurance) completed(m userpool.Method) {
	if !slices.Contains(a.methods, m) {
		a.methods = append(slices.Clone(a.methods), m)
	}
}

// passkeyMethod returns the method of a passkey by the attachment of its
// authenticator. An unknown attachment is that of a platform authenticator.
func passkeyMethod(attachment string) userpool.Method {
	if attachment == "cross-platform" {
		return userpool.MethodRoamingKey
	}
	return userpool.MethodPlatformKey
}

// short reports whether the methods do not satisfy the target yet.
func (a *assurance) short() bool { return userpool.LevelOf(a.methods) < a.target }

// requireCurrent refuses a sign-in with methods of a token family that has been
// revoked since.
func (a *assurance) requireCurrent(tx *store.Tx, poolID string) error {
	if a.origin == "" {
		return nil
	}
	revoked, err := tx.OriginRevoked(poolID, a.origin)
	if err == nil && revoked {
		err = fault.SessionInvalid
	}
	return err
}

// stepUp is what a USER_AUTH sign-in requests with TARGET_ACR_VALUES.
type stepUp struct {
	targets []userpool.Level
	// maxAge is the maximum age of the access token's sign-in.
	maxAge time.Duration
	// holder is the user of ACCESS_TOKEN; nil without one.
	holder *token.Bearer
}

// requestedStepUp reads and verifies the parameters of a step-up; those of a page
// are verified. Source: guide page authentication-flows-selection-sdk.
func (e *Engine) requestedStepUp(ctx context.Context, s *Start) (r stepUp, err error) {
	if s.page {
		return stepUp{targets: s.Targets}, nil
	}
	names, accessToken := s.Params[paramTargets], s.Params[paramAccessToken]
	if r.maxAge, err = maxAgeOf(s.Params[paramMaxAge]); err != nil {
		return r, err
	}
	if names == "" {
		if accessToken != "" {
			err = targetsMissing
		}
		return r, err
	}
	if err := e.Tiers.Require(s.Pool, userpool.StepUpAuthentication); err != nil {
		return r, err
	}
	if r.targets = s.Pool.Targets(names); len(r.targets) == 0 {
		return r, targetsUnknown
	}
	reachable := s.Pool.Ways()
	r.targets = slices.DeleteFunc(r.targets, func(t userpool.Level) bool { return reachable.Toward(t, nil).Empty() })
	if len(r.targets) == 0 {
		return r, LevelNotReachable
	}
	if accessToken == "" {
		return r, nil
	}
	if r.holder, err = e.Tokens.Authorize(ctx, accessToken); err != nil {
		return r, err
	}
	if r.holder.Pool.ID != s.Pool.ID || r.holder.Client.ID != s.Client.ID {
		return r, tokenOfOther
	}
	return r, nil
}

// maxAgeOf parses MAX_AGE.
func maxAgeOf(seconds string) (time.Duration, error) {
	const longest = math.MaxInt64 / int64(time.Second)
	if seconds == "" {
		return time.Duration(math.MaxInt64), nil
	}
	n, err := strconv.ParseUint(seconds, 10, 64)
	if err != nil {
		return 0, maxAgeInvalid
	}
	return time.Duration(min(n, uint64(longest))) * time.Second, nil
}

// credit counts the methods of the access token, unless its sign-in is older
// than MAX_AGE. Whether a refresh came later does not matter. A token of a
// sign-in that requested no level names no methods.
func (a *attempt) credit(r stepUp) error {
	if r.holder == nil {
		return nil
	}
	if a.user == nil || a.user.Sub != r.holder.User.Sub {
		return tokenOfOther
	}
	// auth_time has whole seconds.
	if a.at.Truncate(time.Second).Sub(r.holder.AuthTime) <= r.maxAge {
		a.methods, a.origin = userpool.MethodsOf(r.holder.AMR), r.holder.Origin
	}
	return nil
}

// aim sets the target: the first of the requested levels that the user can
// reach. It returns an error if the access token satisfies that level, so that a
// step-up does not replace a refresh. If no level can be reached and the client
// hides users, the target is the first, as for an unknown user: the error comes
// after the first factor.
func (a *attempt) aim(r stepUp, w userpool.Ways) error {
	a.target = userpool.TargetOf(r.targets, w, a.methods)
	if done := userpool.LevelOf(a.methods); r.holder != nil && a.target > 0 && done >= a.target {
		if min(done, a.pool.AcrLevel(r.holder.ACR)) >= a.target {
			return levelReached
		}
		// The acr of the token is not the name of its level any more. It is worth
		// nothing, and the methods leave nothing to verify.
		a.methods, a.origin = nil, ""
		a.target = userpool.TargetOf(r.targets, w, nil)
	}
	if a.target == 0 && r.holder == nil && (a.page || a.client.HidesUsers()) {
		a.target = r.targets[0]
	}
	if a.target == 0 {
		return LevelNotReachable
	}
	return nil
}

// offer is choices for a sign-in with a target: it leaves out the choices that
// do not lead there. second reports whether a second factor leads there at once,
// because the password is credited.
func (e *Engine) offer(ctx context.Context, a *attempt, r stepUp) (list []userpool.Choice, second bool, err error) {
	list, err = e.choices(ctx, a)
	if err != nil || len(r.targets) == 0 {
		return list, false, err
	}
	w := userpool.WaysOf(list, e.stepUpFactors(a))
	if err := a.aim(r, w); err != nil {
		return nil, false, err
	}
	list = e.towardTarget(a, list)
	return list, len(w.Toward(a.target, a.methods).Second) > 0, nil
}

// towardTarget returns those of the available choices that lead to the target.
// If none does, it returns those that lead there for users with other factors.
func (e *Engine) towardTarget(a *attempt, available []userpool.Choice) []userpool.Choice {
	if a.target == 0 {
		return available
	}
	w := userpool.WaysOf(available, e.stepUpFactors(a))
	next := w.Toward(a.target, a.methods)
	if next.Empty() {
		w.Second = a.pool.Ways().Second
		next = w.Toward(a.target, a.methods)
	}
	return slices.DeleteFunc(slices.Clone(available), func(c userpool.Choice) bool {
		return !slices.Contains(next.First, c.Method())
	})
}

// stepUpFactors are the second factors of the user, or decoys for an unknown
// user.
func (e *Engine) stepUpFactors(a *attempt) []userpool.Factor {
	if a.user == nil {
		return a.pool.DecoyFactors(e.draw(a))
	}
	return a.pool.StepUpFactors(a.user)
}

// startSecond begins with the second factor, since the password is credited.
func (e *Engine) startSecond(ctx context.Context, a *attempt) (Outcome, error) {
	a.first = proofPassword
	a.factorVerified = len(a.methods) > 1
	return e.proceed(ctx, a)
}

// secondFactor returns the second factor to ask for. With a target that is not
// reached these are the factors that lead there; otherwise they are those that
// the pool requires.
func (a *attempt) secondFactor() userpool.FactorChoice {
	if !a.short() {
		return a.pool.SecondFactor(a.user)
	}
	list := a.factorsToTarget()
	if preferred := a.user.Factors.Preferred; slices.Contains(list, preferred) {
		list = []userpool.Factor{preferred}
	}
	return userpool.FactorChoice{Factors: list}
}

// accepts reports whether a code of the factor may be verified now.
func (a *attempt) accepts(f userpool.Factor) bool {
	if !a.short() {
		return a.pool.Accepts(a.user, f)
	}
	return slices.Contains(a.factorsToTarget(), f)
}

func (a *attempt) factorsToTarget() []userpool.Factor {
	list := a.pool.StepUpFactors(a.user)
	next := userpool.WaysOf(nil, list).Toward(a.target, a.methods)
	return slices.DeleteFunc(list, func(f userpool.Factor) bool { return !slices.Contains(next.Second, f.Method()) })
}

// sealed returns the members of a Session or SECRET_BLOCK, so that no request
// after the first can change them.
func (a *assurance) sealed() (methods []string, target int, origin string) {
	return userpool.AMR(a.methods), int(a.target), a.origin
}

// assuranceOf restores what sealed returned.
func assuranceOf(methods []string, target int, origin string) assurance {
	return assurance{userpool.MethodsOf(methods), userpool.Level(target), origin}
}
