package signin

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// sessionSetup is the type of the Sessions of MFA_SETUP. Pool and client are in
// the payload, because AssociateSoftwareToken sends neither.
const sessionSetup = "signin-setup"

// AssociateSoftwareToken returns the secret of a new authenticator app for a
// user who has to set up a second factor, and the next Session. It consumes the
// Session that was sent. Source: API_AssociateSoftwareToken.
func (e *Engine) AssociateSoftwareToken(ctx context.Context, session string) (userpool.Secret, string, error) {
	a, err := e.resumeSetup(ctx, session)
	if err != nil {
		return "", "", err
	}
	t, err := e.Account.NewSoftwareToken(a.pool)
	if err != nil {
		return "", "", err
	}
	a.writes = append(a.writes, func(tx *store.Tx) error {
		if _, err := a.rereadForSetup(tx); err != nil {
			return err
		}
		return tx.PutPendingSoftwareToken(a.pool.ID, a.user.Username, t)
	})
	a.setup = &record.FactorSetup{Token: t.ID}
	out, err := e.prompt(ctx, a, challengeSetup, nil)
	return t.Secret, out.Session, err
}

// VerifySoftwareToken verifies the first code of the app, enables the factor
// and returns the Session that completes MFA_SETUP. A wrong code does not
// consume the Session that was sent. Source: API_VerifySoftwareToken.
func (e *Engine) VerifySoftwareToken(ctx context.Context, session string, c account.FirstCode) (string, error) {
	a, err := e.resumeSetup(ctx, session)
	if err != nil {
		return "", err
	}
	if !a.pool.Offers(userpool.SoftwareTokenMFA) {
		return "", fault.SoftwareTokenOff
	}
	associated := a.setup.Token
	var t *userpool.SoftwareToken
	var step int64
	err = e.Store.View(ctx, func(tx *store.Tx) (err error) {
		t, step, err = account.CheckFirstCode(tx, a.user, c)
		return err
	})
	if err != nil {
		return "", err
	}
	if t.ID != associated {
		return "", fault.SessionInvalid
	}
	a.writes = append(a.writes, func(tx *store.Tx) error {
		u, err := a.rereadForSetup(tx)
		if err != nil {
			return err
		}
		if err := account.AdoptSoftwareToken(tx, u, t, step, c); err != nil {
			return err
		}
		u.EnableFactor(userpool.SoftwareTokenMFA)
		u.Factors.Preferred = userpool.SoftwareTokenMFA
		return tx.UpdateUser(a.pool, u)
	})
	a.setup = &record.FactorSetup{Token: t.ID, Done: true}
	out, err := e.prompt(ctx, a, challengeSetup, nil)
	return out.Session, err
}

// rereadForSetup reads the user again and refuses if there is nothing to set
// up: an older Session must not replace a factor that the user has enrolled
// since.
func (a *attempt) rereadForSetup(tx *store.Tx) (*userpool.User, error) {
	u, err := tx.UserBySub(a.pool, a.user.Sub)
	if err != nil {
		return nil, fault.SessionInvalid.ReplacingKind(fault.UserNotFound, err)
	}
	if !slices.Contains(a.pool.SecondFactor(u).Setup, userpool.SoftwareTokenMFA) || !u.Enabled {
		return nil, fault.SessionInvalid
	}
	return u.Clone(), nil
}

// resumeSetup opens a Session of MFA_SETUP that is sent without pool, client
// and user.
func (e *Engine) resumeSetup(ctx context.Context, session string) (*attempt, error) {
	sealed, p, err := e.openSetup(ctx, session)
	if errors.Is(err, fault.CodeMismatch) {
		// AssociateSoftwareToken has no such error, and clients of
		// VerifySoftwareToken would treat it as a wrong code.
		return nil, fault.SessionInvalid.WithCause(err)
	}
	if err != nil {
		return nil, err
	}
	if p.Setup == nil || p.Setup.Done {
		return nil, fault.SessionInvalid
	}
	in := &Answer{Challenge: challengeSetup, Responses: map[string]string{paramUsername: sealed.User}}
	err = e.Store.View(ctx, func(tx *store.Tx) (err error) {
		if in.Client, err = tx.Client(p.Setup.Pool, p.Setup.Client); err != nil {
			return fault.SessionInvalid.ReplacingKind(fault.ResourceNotFound, err)
		}
		in.Pool, err = tx.Pool(p.Setup.Pool)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.resumeSealed(ctx, in, sealed, p)
}

// answerSetup completes MFA_SETUP: with the Session of a verified authenticator
// app, or with an e-mail address or, on a page, a phone number, to which it sends a
// code. In the API a phone number is set by an administrator. Sources: API reference
// RespondToAuthChallenge, guide page user-pool-settings-mfa.
func (e *Engine) answerSetup(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if a.setup.Done {
		return e.endSetup(ctx, a)
	}
	if number := in.Responses[paramPhoneNumber]; in.page && number != "" {
		return e.setUpAddress(ctx, a, userpool.SMSMFA, number)
	}
	address := cmp.Or(in.Responses["EMAIL"], in.Responses["email"])
	if address == "" {
		return Outcome{}, notSetUp
	}
	return e.setUpAddress(ctx, a, userpool.EmailMFA, address)
}

// paramPhoneNumber is the response of a page to MFA_SETUP with the number for codes.
const paramPhoneNumber = "PHONE_NUMBER"

// endSetup completes the sign-in of a user whose app was verified, if the user
// still has that app.
func (e *Engine) endSetup(ctx context.Context, a *attempt) (Outcome, error) {
	var t *userpool.SoftwareToken
	err := e.Store.View(ctx, func(tx *store.Tx) (err error) {
		t, err = tx.SoftwareToken(a.pool.ID, a.user.Username)
		return err
	})
	if err != nil {
		return Outcome{}, err
	}
	if t == nil || t.ID != a.setup.Token {
		return Outcome{}, fault.SessionInvalid
	}
	a.factorVerified = true
	a.completed(userpool.MethodTOTP)
	return e.proceed(ctx, a)
}

var notSetUp = fault.New(fault.InvalidParameter, "User has not verified software token mfa")

// setUpAddress sends a code to a new address. The right code makes it the user's.
// Source: guide page user-pool-settings-mfa.
func (e *Engine) setUpAddress(ctx context.Context, a *attempt, f userpool.Factor, address string) (Outcome, error) {
	if !slices.Contains(a.pool.SecondFactor(a.user).Setup, f) {
		return Outcome{}, factorNotAvailable
	}
	attribute := f.Attribute()
	write := userpool.AttributeWrite{
		Pool: a.pool, Client: a.client, User: a.user, Values: map[string]string{attribute: address},
	}
	if err := write.Permitted(); err != nil {
		return Outcome{}, err
	}
	values, err := write.Conform()
	if err != nil {
		return Outcome{}, err
	}
	return e.promptCode(ctx, a, withAddress(a.user, f, values[attribute]), f)
}
