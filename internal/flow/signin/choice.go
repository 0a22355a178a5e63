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

// The challenges of choice-based sign-in. The challenge of e-mail codes shares
// its name with a second factor; the Session holds which one it is.
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

// startUserAuth is the first step of USER_AUTH: the preferred challenge if it
// is available to the user, else the list of available challenges. Source:
// guide page authentication-flows-selection-sdk.
func (e *Engine) startUserAuth(ctx context.Context, s *Start) (Outcome, error) {
	r, err := e.requestedStepUp(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	if s.Session != "" {
		if r.targets != nil {
			return Outcome{}, targetsOfSignUp
		}
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
		// Only a sign-in by password may migrate a user.
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
	if err := a.credit(r); err != nil {
		return Outcome{}, err
	}
	choices, second, err := e.choicesOrDecoy(ctx, a, r)
	if err != nil {
		return Outcome{}, err
	}
	if !slices.Contains(choices, preferred) {
		if second {
			return e.startSecond(ctx, a)
		}
		return e.promptChoice(ctx, a, choices)
	}
	out, err := e.choose(ctx, a, preferred, s.Params)
	switch {
	case s.page:
		out.Available = namesOf(choices)
	case out.Challenge == string(preferred):
		out.Available = []string{out.Challenge} // as captured
	}
	return out, err
}

// chosenParams refuses a choice without its required parameters. Source: guide
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

// choices returns the challenges that are available to the attempt's user, or
// decoys for an unknown user.
func (e *Engine) choices(ctx context.Context, a *attempt) (list []userpool.Choice, err error) {
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		if a.user == nil {
			name := a.pool.Fold(a.typed)
			party := ""
			if a.pool.PasskeySuffices(false) { // otherwise the passkeys of known users are not read either
				if party, err = e.Account.RelyingParty(tx, a.pool); err != nil {
					return err
				}
			}
			list = a.pool.DecoyChoices(name, e.draw(a), party != "")
			if a.pool.AllowsPasskeys() && party != "" {
				_, err = tx.PasskeysOf(a.pool.ID, name) // takes as long as for a known user
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

// draw returns a byte that is stable for a name, from which decoys are derived.
func (e *Engine) draw(a *attempt) byte { return e.draws.MAC(a.pool.ID, a.pool.Fold(a.typed))[0] }

// choicesOrDecoy is offer, but refuses a user without any. If the client
// hides users, such a user is treated as unknown. See docs/divergences SI-5.
func (e *Engine) choicesOrDecoy(
	ctx context.Context, a *attempt, r stepUp,
) (list []userpool.Choice, second bool, err error) {
	list, second, err = e.offer(ctx, a, r)
	if err != nil || len(list) > 0 || second {
		return list, second, err
	}
	if a.user != nil && a.client.HidesUsers() && r.holder == nil {
		a.user, a.cred = nil, nil
		if list, _, err = e.offer(ctx, a, r); err != nil || len(list) > 0 {
			return list, false, err
		}
	}
	return nil, false, fault.IncorrectUsernameOrPassword
}

// promptChoice returns SELECT_CHALLENGE with the available challenges. If a
// passkey is among them, the passkey request is included, so that one answer
// can both choose and sign in.
func (e *Engine) promptChoice(ctx context.Context, a *attempt, choices []userpool.Choice) (Outcome, error) {
	params := map[string]string{paramUsername: e.srpName(a)}
	if slices.Contains(choices, userpool.ChoosePasskey) {
		options, err := e.newPasskeyRequest(ctx, a)
		if err != nil {
			return Outcome{}, err
		}
		params[paramRequestOptions] = options
	}
	out, err := e.prompt(ctx, a, challengeChoose, params)
	if err != nil {
		return Outcome{}, err
	}
	out.Available = namesOf(choices)
	return out, nil
}

func namesOf(choices []userpool.Choice) (names []string) {
	for _, c := range choices {
		names = append(names, string(c))
	}
	return names
}

// answerChoice handles the user's choice, sent in ANSWER or as the challenge
// itself. The available challenges are computed again. Source:
// API_RespondToAuthChallenge.
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
	if !slices.Contains(e.towardTarget(a, choices), chosen) {
		return Outcome{}, notAvailable
	}
	return e.choose(ctx, a, chosen, in.Responses)
}

// chosenBy reports whether the challenge sent may answer a Session at another
// challenge. A password may answer SELECT_CHALLENGE directly. After WEB_AUTHN
// the client may choose again, as Amplify does when the browser has refused.
func chosenBy(sent, at string) bool {
	switch sent {
	case challengePassword, challengePasswordSRP:
		return at == challengeChoose
	case challengeChoose:
		return at == challengePasskey
	}
	return false
}

// choose runs the first step of a choice, or the only step if params already
// hold the proof.
func (e *Engine) choose(ctx context.Context, a *attempt, c userpool.Choice, params map[string]string) (Outcome, error) {
	switch c {
	case userpool.ChoosePassword:
		return e.choosePassword(ctx, a, params[paramPassword])
	case userpool.ChoosePasswordSRP:
		return e.promptVerifier(ctx, a, params[paramSRPA])
	case userpool.ChoosePasskey:
		if response := params[paramCredential]; response != "" && a.passkey != nil {
			return e.redeemPasskey(ctx, a, response)
		}
		return e.promptPasskey(ctx, a)
	}
	return e.promptOTP(ctx, a, c)
}

// choosePassword signs in with a password. A wrong password does not consume
// the Session, so that the client can try again, unless the sign-in has a
// target and is not on a page: then one failed challenge ends it.
func (e *Engine) choosePassword(ctx context.Context, a *attempt, password string) (Outcome, error) {
	writes := a.writes
	if a.target == 0 || a.page {
		a.writes = nil // recordFailure would run them
	}
	err := e.requireProof(ctx, a, func() (bool, error) {
		return e.Account.CheckPassword(a.pool, a.subject(), a.cred, password), nil
	})
	if err != nil {
		return Outcome{}, err
	}
	a.writes = writes
	a.completed(userpool.MethodPassword)
	return e.proceed(ctx, a)
}

// newPasskeyRequest makes a passkey request, keeps it for the Session and returns
// CREDENTIAL_REQUEST_OPTIONS.
func (e *Engine) newPasskeyRequest(ctx context.Context, a *attempt) (options string, err error) {
	q, err := e.Account.NewPasskeyRequest(ctx, a.pool, a.user, a.subject())
	a.passkey = &record.PasskeyChallenge{Challenge: q.Challenge, RelyingParty: q.RelyingParty}
	return q.Options, err
}

func (e *Engine) promptPasskey(ctx context.Context, a *attempt) (Outcome, error) {
	options, err := e.newPasskeyRequest(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	return e.prompt(ctx, a, challengePasskey, map[string]string{paramRequestOptions: options})
}

// answerPasskey handles the response to a WEB_AUTHN challenge.
func (e *Engine) answerPasskey(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if a.passkey == nil || a.first != proofNone {
		return Outcome{}, fault.SessionInvalid
	}
	return e.redeemPasskey(ctx, a, in.Responses[paramCredential])
}

// redeemPasskey verifies the response to a passkey request and consumes the
// request, right or wrong. A passkey with user verification counts as two
// factors if the pool is configured so.
func (e *Engine) redeemPasskey(ctx context.Context, a *attempt, response string) (Outcome, error) {
	q := account.PasskeyRequest{Challenge: a.passkey.Challenge, RelyingParty: a.passkey.RelyingParty}
	var proof account.PasskeyProof
	err := e.requireProof(ctx, a, func() (right bool, err error) {
		proof, err = e.Account.VerifyPasskey(ctx, a.pool, a.user, q, response)
		if fault.Of(err) != nil {
			return false, nil
		}
		return err == nil, err
	})
	if err != nil {
		return Outcome{}, err
	}
	a.first = proofPasskey
	if proof.UserVerified && a.pool.WebAuthn.Multi() {
		a.first = proofPasskeyVerified
	}
	a.completed(passkeyMethod(proof.Attachment))
	a.writes = append(a.writes, proof.Redeem)
	return e.proceed(ctx, a)
}
