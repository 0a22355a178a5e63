package signin

import (
	"context"
	"maps"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The challenges of choice-based sign-in. That of codes by e-mail has the name
// of a second factor: the Session tells them apart.
const (
	flowUserAuth         = "USER_AUTH"
	challengeChoose      = "SELECT_CHALLENGE"
	challengePassword    = string(userpool.ChoosePassword)
	challengePasswordSRP = string(userpool.ChoosePasswordSRP)
	challengeSMSCode     = string(userpool.ChooseSMSCode)
	challengePasskey     = string(userpool.ChoosePasskey)
	paramPreferred       = "PREFERRED_CHALLENGE"
	paramSMSOTPCode      = "SMS_OTP_CODE"
	paramCredential      = "CREDENTIAL"
	paramRequestOptions  = "CREDENTIAL_REQUEST_OPTIONS"
)

var (
	unknownPreference = fault.New(fault.InvalidParameter, "Invalid PREFERRED_CHALLENGE.")
	notAvailable      = fault.New(fault.InvalidParameter, "The selected challenge is not available.")
)

// startUserAuth is the first step of USER_AUTH: the preferred challenge, where
// the user can take it, else the list of those that the user can. Source: guide
// page authentication-flows-selection-sdk.
func (e *Engine) startUserAuth(ctx context.Context, s *Start) (Outcome, error) {
	for _, name := range []string{"TARGET_ACR_VALUES", "MAX_AGE", "ACCESS_TOKEN"} {
		if s.Params[name] != "" {
			return Outcome{}, fault.Invalid("Step-up authentication is not built in this version: %s.", name)
		}
	}
	if s.Session != "" {
		return e.startSignedUp(ctx, s)
	}
	preferred := userpool.Choice(s.Params[paramPreferred])
	if preferred != "" && !preferred.Known() {
		return Outcome{}, unknownPreference
	}
	if err := chosenParams(preferred, s.Params); err != nil {
		return Outcome{}, err
	}
	if preferred != userpool.ChoosePassword || !s.Pool.Permits(preferred) {
		// Only who signs in by the password may come from elsewhere with it.
		s.Params = maps.Clone(s.Params)
		delete(s.Params, paramPassword)
	}
	a, err := e.begin(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	a.flow = flowUserAuth
	if a.user != nil && !a.user.Enabled {
		return Outcome{}, fault.UserIsDisabled
	}
	choices, err := e.choicesOrPretence(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(choices, preferred) {
		return e.askChoice(ctx, a, choices)
	}
	out, err := e.take(ctx, a, preferred, s.Params)
	if out.Challenge == string(preferred) {
		out.Available = []string{out.Challenge} // as captured
	}
	return out, err
}

// chosenParams refuses a choice that lacks what it is made with. Source: guide
// page authentication-flows-selection-sdk.
func chosenParams(c userpool.Choice, params map[string]string) error {
	switch c {
	case userpool.ChoosePassword:
		return need(params, paramPassword)
	case userpool.ChoosePasswordSRP:
		if err := need(params, paramSRPA); err != nil {
			return err
		}
		return checkSRPA(params[paramSRPA])
	}
	return nil
}

// choices are the ways in which the attempt's user may sign in; those of an
// unknown user are made up.
func (e *Engine) choices(ctx context.Context, a *attempt) (list []userpool.Choice, err error) {
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		if a.user == nil {
			name := a.pool.Fold(a.typed)
			party := ""
			if a.pool.PasskeySuffices(false) { // else a user's passkeys are not read either
				if party, err = e.Account.RelyingParty(tx, a.pool); err != nil {
					return err
				}
			}
			list = a.pool.PretendChoices(name, e.draws.MAC(a.pool.ID, name)[0], party != "")
			if a.pool.TakesPasskeys() && party != "" {
				_, err = tx.PasskeysOf(a.pool.ID, name) // for the time that it takes
			}
			return err
		}
		m := userpool.Means{Password: a.cred != nil, SecondFactor: len(a.pool.SecondFactor(a.user).Factors) > 0}
		if m.Passkey, err = e.Account.HasPasskey(tx, a.pool, a.user, m.SecondFactor); err != nil {
			return err
		}
		list = a.pool.Choices(a.user, m)
		return nil
	})
	return list, err
}

// choicesOrPretence is choices, of which somebody who cannot sign in has none.
// Where the client hides users that one becomes unknown.
// See docs/divergences SI-5.
func (e *Engine) choicesOrPretence(ctx context.Context, a *attempt) ([]userpool.Choice, error) {
	list, err := e.choices(ctx, a)
	if err != nil || len(list) > 0 {
		return list, err
	}
	if a.user != nil && a.client.HidesUsers() {
		a.user, a.cred = nil, nil
		if list, err = e.choices(ctx, a); err != nil || len(list) > 0 {
			return list, err
		}
	}
	return nil, fault.IncorrectUsernameOrPassword
}

// askChoice lists what can be chosen. Who can choose a passkey is asked at
// once for it, so that one answer may both choose and prove.
func (e *Engine) askChoice(ctx context.Context, a *attempt, choices []userpool.Choice) (Outcome, error) {
	params := map[string]string{paramUsername: e.srpName(a)}
	if slices.Contains(choices, userpool.ChoosePasskey) {
		options, err := e.makeQuestion(ctx, a)
		if err != nil {
			return Outcome{}, err
		}
		params[paramRequestOptions] = options
	}
	out, err := e.ask(ctx, a, challengeChoose, params)
	if err != nil {
		return Outcome{}, err
	}
	for _, c := range choices {
		out.Available = append(out.Available, string(c))
	}
	return out, nil
}

// answerChoice takes the user's choice, by ANSWER or as the challenge itself.
// What can be chosen is decided anew. Source: API_RespondToAuthChallenge.
func (e *Engine) answerChoice(ctx context.Context, in *Answer) (Outcome, error) {
	chosen := userpool.Choice(in.Challenge)
	if in.Challenge == challengeChoose {
		if err := need(in.Responses, paramAnswer); err != nil {
			return Outcome{}, err
		}
		chosen = userpool.Choice(in.Responses[paramAnswer])
	}
	if err := chosenParams(chosen, in.Responses); err != nil {
		return Outcome{}, err
	}
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	choices, err := e.choices(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(choices, chosen) {
		return Outcome{}, notAvailable
	}
	return e.take(ctx, a, chosen, in.Responses)
}

// chosenBy reports whether the challenge sent is an answer to a Session that
// stands at another one: passwords may answer the list without naming it, and
// who was asked for a passkey may choose again, as Amplify does when its
// browser has refused.
func chosenBy(sent, at string) bool {
	switch sent {
	case challengePassword, challengePasswordSRP:
		return at == challengeChoose
	case challengeChoose:
		return at == challengePasskey
	}
	return false
}

// take does the first step of a choice, and the last where params carry the
// proof already.
func (e *Engine) take(ctx context.Context, a *attempt, c userpool.Choice, params map[string]string) (Outcome, error) {
	switch c {
	case userpool.ChoosePassword:
		return e.takePassword(ctx, a, params[paramPassword])
	case userpool.ChoosePasswordSRP:
		return e.askVerifier(ctx, a, params[paramSRPA])
	case userpool.ChoosePasskey:
		if answer := params[paramCredential]; answer != "" && a.question != nil {
			return e.takePasskey(ctx, a, answer)
		}
		return e.askPasskey(ctx, a)
	}
	return e.askOTP(ctx, a, c)
}

// takePassword judges a password. A wrong one leaves the Session for another
// try.
func (e *Engine) takePassword(ctx context.Context, a *attempt, password string) (Outcome, error) {
	writes := a.writes
	a.writes = nil
	err := e.prove(ctx, a, func() (bool, error) {
		return e.Account.CheckPassword(a.pool, a.subject(), a.cred, password), nil
	})
	if err != nil {
		return Outcome{}, err
	}
	a.writes = writes
	return e.proceed(ctx, a)
}

func (e *Engine) makeQuestion(ctx context.Context, a *attempt) (options string, err error) {
	q, err := e.Account.NewPasskeyRequest(ctx, a.pool, a.user, a.subject())
	a.question = &record.PasskeyQuestion{Challenge: q.Challenge, RelyingParty: q.RelyingParty}
	return q.Options, err
}

func (e *Engine) askPasskey(ctx context.Context, a *attempt) (Outcome, error) {
	options, err := e.makeQuestion(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	return e.ask(ctx, a, challengePasskey, map[string]string{paramRequestOptions: options})
}

// answerPasskey takes the answer to a WEB_AUTHN challenge.
func (e *Engine) answerPasskey(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if a.question == nil || a.first != proofNone {
		return Outcome{}, fault.SessionInvalid
	}
	return e.takePasskey(ctx, a, in.Responses[paramCredential])
}

// takePasskey judges a passkey's answer. Right or wrong, its question is used
// up. One that verified its user counts for two factors where the pool says so.
func (e *Engine) takePasskey(ctx context.Context, a *attempt, answer string) (Outcome, error) {
	q := account.PasskeyRequest{Challenge: a.question.Challenge, RelyingParty: a.question.RelyingParty}
	var shown account.PasskeyProof
	err := e.prove(ctx, a, func() (right bool, err error) {
		shown, err = e.Account.VerifyPasskey(ctx, a.pool, a.user, q, answer)
		if fault.Of(err) != nil {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return Outcome{}, err
	}
	a.first = proofPasskey
	if shown.UserVerified && a.pool.WebAuthn.Multi() {
		a.first = proofPasskeyVerified
	}
	a.writes = append(a.writes, shown.Take)
	return e.proceed(ctx, a)
}
