package signin

import (
	"context"
	"crypto/hmac"
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// promptOTP sends the code of a passwordless sign-in. For an unknown user it
// returns a decoy and sends nothing.
func (e *Engine) promptOTP(ctx context.Context, a *attempt, c userpool.Choice) (Outcome, error) {
	s := account.SignInCode{
		Pool: a.pool, Client: a.client, User: a.user, Attribute: c.Attribute(), First: true, ClientMetadata: a.metadata,
	}
	var letter account.SignInLetter
	var err error
	if a.user == nil {
		letter, err = e.Account.DecoySignInCode(s, a.typed)
	} else {
		letter, err = e.Account.WriteSignInCode(ctx, s)
	}
	if err != nil {
		return Outcome{}, err
	}
	if err := a.sent(record.SentCode{MAC: letter.MAC}); err != nil {
		return Outcome{}, err
	}
	a.writes = append(a.writes, func(tx *store.Tx) error {
		// Any caller can request these codes. Unknown users are counted too: a limit
		// for known users only would reveal them.
		err := tx.CountAttempt(a.pool.ID, a.subject(), userpool.AttemptSignInCode)
		if errors.Is(err, fault.LimitExceeded) {
			return fault.TooManyRequestsRate.WithCause(err)
		}
		if err != nil {
			return err
		}
		if a.user == nil {
			// A row is written instead of the message, to take as long.
			_, err := tx.Spend(a.pool.ID, "decoy", letter.MAC, tx.Now.Add(a.client.SessionLifetime()))
			return err
		}
		return tx.Enqueue(&letter.Message)
	})
	out, err := e.prompt(ctx, a, string(c), deliveryParameters(letter.Delivery))
	out.FirstFactor = err == nil
	return out, err
}

// answerOTP handles the code of SMS_OTP.
func (e *Engine) answerOTP(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	return e.redeemOTP(ctx, a, userpool.ChooseSMSCode, in.Responses[paramSMSOTPCode])
}

// redeemOTP verifies the code of a passwordless sign-in. A right code verifies
// the address and confirms the user. Source: guide page
// amazon-cognito-user-pools-authentication-flow-methods.
func (e *Engine) redeemOTP(ctx context.Context, a *attempt, c userpool.Choice, code string) (Outcome, error) {
	if err := e.requireCode(ctx, a, func() error { return e.checkOTP(ctx, a, c, code) }); err != nil {
		return Outcome{}, err
	}
	a.first = proofCode
	a.completed(c.Method())
	confirms := a.user.Status == userpool.Unconfirmed
	a.confirmAddress(c.Attribute())
	if confirms {
		if err := e.commit(ctx, a); err != nil {
			return Outcome{}, err
		}
		a.writes = nil
		if err := e.postConfirmation(ctx, a); err != nil {
			return Outcome{}, err
		}
	}
	return e.proceed(ctx, a)
}

// checkOTP compares a code with the one whose hash is in the Session. It
// refuses a user who has enrolled a second factor since.
func (e *Engine) checkOTP(ctx context.Context, a *attempt, c userpool.Choice, code string) error {
	if a.code == nil || a.first != proofNone || a.flow != flowUserAuth {
		return fault.SessionInvalid
	}
	choices, err := e.choices(ctx, a)
	if err != nil {
		return err
	}
	if !slices.Contains(choices, c) {
		return fault.SessionInvalid
	}
	if a.user == nil {
		return fault.WrongFactorCode
	}
	want := e.Account.SignInCodeMAC(account.SignInCode{
		Pool: a.pool, User: a.user, Attribute: c.Attribute(), First: true, Code: code,
	})
	if !hmac.Equal(want, a.code.MAC) {
		return fault.WrongFactorCode
	}
	return nil
}

// confirmAddress confirms the user and marks the address that a right code was
// sent to as verified, in the write beat. If the address is an alias of another
// user, it stays unverified. See docs/divergences SI-21.
func (a *attempt) confirmAddress(attribute string) {
	if a.user.Verified(attribute) && a.user.Status == userpool.Confirmed {
		return
	}
	before := a.user
	verified := before.Clone()
	verified.Status = userpool.Confirmed
	verified.Attributes[attribute+"_verified"] = "true"
	a.user = verified
	a.writes = append(a.writes, func(tx *store.Tx) error {
		taken, err := tx.AliasTaken(a.pool, verified, attribute)
		if err != nil {
			return err
		}
		// The function may run twice.
		u := verified.Clone()
		if taken {
			u = before.Clone()
			u.Status = userpool.Confirmed
		}
		if err := tx.UpdateUser(a.pool, u); err != nil {
			return err
		}
		a.user = u
		return tx.DeleteCode(a.pool.ID, u.Username, userpool.ConfirmSignUp)
	})
}
