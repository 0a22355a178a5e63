package signin

import (
	"context"
	"crypto/hmac"
	"encoding/json"
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The challenges of second factors. The challenge of a factor has its name.
const (
	challengeSMS        = string(userpool.SMSMFA)
	challengeToken      = string(userpool.SoftwareTokenMFA)
	challengeEmail      = string(userpool.EmailMFA)
	challengeSelect     = "SELECT_MFA_TYPE"
	challengeSetup      = "MFA_SETUP"
	paramAnswer         = "ANSWER"
	paramTokenCode      = "SOFTWARE_TOKEN_MFA_CODE"
	paramSMSCode        = "SMS_MFA_CODE"
	paramEmailCode      = "EMAIL_OTP_CODE"
	paramMedium         = "CODE_DELIVERY_DELIVERY_MEDIUM"
	paramDestination    = "CODE_DELIVERY_DESTINATION"
	paramFriendlyDevice = "FRIENDLY_DEVICE_NAME"
	paramChoose         = "MFAS_CAN_CHOOSE"
	paramSetup          = "MFAS_CAN_SETUP"

	// The API page has EMAIL_MFA where the enum has EMAIL_OTP; both work.
	emailMFA          = "EMAIL_MFA"
	paramEmailMFACode = "EMAIL_MFA_CODE"
)

var (
	noFactor = fault.New(fault.InvalidUserPoolConfiguration,
		"The user pool requires multi-factor authentication, and the user has no factor for it and cannot set one up.")
	factorNotAvailable = fault.New(fault.MFAMethodNotFound, "The user cannot use this MFA method.")
)

// promptFactor returns the challenge for the user's second factor: to answer
// one, to select one, or to set one up.
func (e *Engine) promptFactor(ctx context.Context, a *attempt) (Outcome, error) {
	switch c := a.secondFactor(); {
	case len(c.Factors) == 1:
		return e.promptOne(ctx, a, c.Factors[0])
	case len(c.Factors) > 1:
		return e.promptList(ctx, a, challengeSelect, paramChoose, c.Factors)
	case len(c.Setup) > 0:
		a.setup = &record.FactorSetup{}
		return e.promptList(ctx, a, challengeSetup, paramSetup, c.Setup)
	case a.short():
		return Outcome{}, LevelNotReachable
	default:
		return Outcome{}, noFactor
	}
}

// promptList returns a challenge with a list of factors, as a JSON array in a
// string.
func (e *Engine) promptList(
	ctx context.Context, a *attempt, challenge, param string, factors []userpool.Factor,
) (Outcome, error) {
	list, err := json.Marshal(factors)
	if err != nil {
		return Outcome{}, err
	}
	out, err := e.prompt(ctx, a, challenge, map[string]string{param: string(list)})
	if a.page {
		out.Destinations = destinations(a.user, factors)
	}
	return out, err
}

// promptOne returns the challenge of one factor and sends a code if the factor
// needs one.
func (e *Engine) promptOne(ctx context.Context, a *attempt, f userpool.Factor) (Outcome, error) {
	if f == userpool.SoftwareTokenMFA {
		params := map[string]string{}
		if name := a.user.Factors.TokenName; name != "" {
			params[paramFriendlyDevice] = name
		}
		return e.prompt(ctx, a, string(f), params)
	}
	return e.promptCode(ctx, a, a.user, f)
}

// promptCode sends a code to the address that u has for the factor. u is the
// attempt's user, or a copy with an address to set up.
func (e *Engine) promptCode(ctx context.Context, a *attempt, u *userpool.User, f userpool.Factor) (Outcome, error) {
	if a.returnedTo(u, f) {
		return e.prompt(ctx, a, string(f), deliveryParameters(deliveryTo(f, a.code.To)))
	}
	letter, err := e.Account.WriteSignInCode(ctx, account.SignInCode{
		Pool: a.pool, Client: a.client, User: u, Attribute: f.Attribute(), ClientMetadata: a.metadata,
	})
	if err != nil {
		return Outcome{}, err
	}
	sent := record.SentCode{MAC: letter.MAC, To: letter.Message.To, New: u != a.user}
	if err := a.sent(sent); err != nil {
		return Outcome{}, err
	}
	a.writes = append(a.writes, func(tx *store.Tx) error {
		if err := countMessage(tx, a, f); err != nil {
			return err
		}
		return tx.Enqueue(&letter.Message)
	})
	return e.prompt(ctx, a, string(f), deliveryParameters(letter.Delivery))
}

// deliveryParameters are the parameters that tell where a code was sent.
func deliveryParameters(d userpool.Delivery) map[string]string {
	return map[string]string{paramMedium: string(d.Medium), paramDestination: d.Destination}
}

// countMessage limits how many e-mail codes one user is sent by sign-ins, and how
// many codes to new phone numbers. Source: guide page quotas. See docs/divergences
// MF-60.
func countMessage(tx *store.Tx, a *attempt, f userpool.Factor) error {
	counter := userpool.AttemptEmailFactor
	if f != userpool.EmailMFA {
		if !a.code.New {
			return nil
		}
		counter = userpool.AttemptAttributeCode
	}
	err := tx.CountAttempt(a.pool.ID, a.user.Username, counter)
	if errors.Is(err, fault.LimitExceeded) {
		return fault.TooManyRequestsRate.WithCause(err)
	}
	return err
}

// answerSelect handles the user's selection. The available factors are computed
// again.
func (e *Engine) answerSelect(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	picked := userpool.Factor(in.Responses[paramAnswer])
	if picked == emailMFA {
		picked = userpool.EmailMFA
	}
	if !slices.Contains(a.secondFactor().Factors, picked) {
		return Outcome{}, factorNotAvailable
	}
	return e.promptOne(ctx, a, picked)
}

// answerCode verifies a code that was sent by SMS or e-mail. A right code also
// verifies the address that it was sent to. Source: guide page
// user-pool-settings-mfa.
func (e *Engine) answerCode(ctx context.Context, in *Answer) (Outcome, error) {
	f := userpool.Factor(in.Challenge)
	code := in.Responses[paramSMSCode]
	if f == userpool.EmailMFA {
		if code = in.Responses[paramEmailCode]; code == "" {
			code = in.Responses[paramEmailMFACode]
		}
	}
	if code == "" {
		return Outcome{}, fault.MissingParameter(map[userpool.Factor]string{
			userpool.SMSMFA: paramSMSCode, userpool.EmailMFA: paramEmailCode,
		}[f])
	}
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if f == userpool.EmailMFA && a.first == proofNone {
		return e.redeemOTP(ctx, a, userpool.ChooseEmailCode, code)
	}
	if out, recovered, err := e.answerRecovery(ctx, a, code); recovered {
		return out, err
	}
	if err := e.requireFactor(ctx, a, func() error { return e.checkCode(a, f, code) }); err != nil {
		return Outcome{}, err
	}
	a.completed(f.Method())
	if err := a.verifyAddress(f); err != nil {
		return Outcome{}, err
	}
	return e.proceed(ctx, a)
}

// checkCode compares a code with the one whose hash is in the Session. A code
// that was sent to an address which the user no longer has is wrong.
func (e *Engine) checkCode(a *attempt, f userpool.Factor, code string) error {
	sent, holder := a.code, a.user
	switch {
	case sent == nil || a.first == proofNone:
		return fault.SessionInvalid
	case sent.New:
		// An older Session must not replace a factor that was enrolled since.
		if !slices.Contains(a.pool.SecondFactor(a.user).Setup, f) {
			return fault.SessionInvalid
		}
		holder = withAddress(a.user, f, sent.To)
	case !a.accepts(f):
		return fault.SessionInvalid
	}
	want := e.Account.SignInCodeMAC(account.SignInCode{
		Pool: a.pool, User: holder, Attribute: f.Attribute(), Code: code,
	})
	if !hmac.Equal(want, sent.MAC) || holder.Attributes[f.Attribute()] != sent.To {
		return fault.WrongFactorCode
	}
	return nil
}

// withAddress returns a copy of u with another address for the factor.
func withAddress(u *userpool.User, f userpool.Factor, address string) *userpool.User {
	c := u.Clone()
	if c.Attributes == nil {
		c.Attributes = map[string]string{}
	}
	c.Attributes[f.Attribute()] = address
	return c
}

// verifyAddress marks the address that a right code was sent to as verified, in
// the write beat. If the address is an alias of another user, it stays
// unverified. An address that was set up becomes the user's.
func (a *attempt) verifyAddress(f userpool.Factor) error {
	attribute := f.Attribute()
	if !a.code.New && a.user.Verified(attribute) {
		return nil
	}
	verified := withAddress(a.user, f, a.code.To)
	verified.Attributes[attribute+"_verified"] = "true"
	if a.code.New {
		verified.EnableFactor(f)
	}
	before := a.user
	a.user = verified
	a.writes = append(a.writes, func(tx *store.Tx) error {
		taken, err := tx.AliasTaken(a.pool, verified, attribute)
		if err != nil {
			return err
		}
		if taken && !a.code.New {
			a.user = before
			return nil
		}
		// The function may run twice.
		u := verified.Clone()
		if err := tx.UpdateUser(a.pool, u); err != nil {
			return err
		}
		a.user = u
		return nil
	})
	return nil
}

// requireFactor verifies a second factor, see requireCode.
func (e *Engine) requireFactor(ctx context.Context, a *attempt, check func() error) error {
	if err := e.requireCode(ctx, a, check); err != nil {
		return err
	}
	a.factorVerified = true
	return nil
}

// requireCode is the only place where codes are verified. It shares the
// lock-out of requireProof: wrong codes count with wrong passwords, whatever
// flow and Session they use. check returns the error for a wrong code;
// fault.CodeMismatch counts as a failure. Source: guide page
// user-pool-settings-mfa. In a sign-in of the API with a target a wrong code ends
// the sign-in: it consumes the Session.
func (e *Engine) requireCode(ctx context.Context, a *attempt, check func() error) error {
	unlock, err := e.guard.lock(ctx, a.pool.ID, a.subject())
	if err != nil {
		return err
	}
	defer unlock()
	lock, err := e.requireUnlocked(ctx, a)
	if err != nil {
		return err
	}
	wrong := check()
	if errors.Is(wrong, fault.CodeMismatch) {
		if a.target == 0 || a.page {
			a.writes = nil // the Session can be answered again
		}
		if err := e.recordFailure(ctx, a); !errors.Is(err, fault.IncorrectUsernameOrPassword) {
			return err
		}
	}
	if wrong != nil {
		return wrong
	}
	a.failures = lock.Failures
	return nil
}
