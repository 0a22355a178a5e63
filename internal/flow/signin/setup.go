package signin

import (
	"context"
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// sessionSetup is the type of the Sessions of MFA_SETUP. They are bound to pool
// and client by what they carry.
const sessionSetup = "signin-setup"

// AssociateSoftwareToken gives a user who has to set up a second factor the
// secret of an authenticator app, and the Session that goes on. The one that
// was sent is used up. Source: API_AssociateSoftwareToken.
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
		if _, err := a.stillToSetUp(tx); err != nil {
			return err
		}
		return tx.PutPendingSoftwareToken(a.pool.ID, a.user.Username, t)
	})
	a.setup = &record.FactorSetup{Token: t.ID}
	out, err := e.ask(ctx, a, challengeSetup, nil)
	return t.Secret, out.Session, err
}

// VerifySoftwareToken takes the first code of the app that the Session was
// given, switches the factor on and returns the Session that ends MFA_SETUP.
// A wrong code leaves the one that was sent usable. Source:
// API_VerifySoftwareToken.
func (e *Engine) VerifySoftwareToken(ctx context.Context, session string, c account.FirstCode) (string, error) {
	a, err := e.resumeSetup(ctx, session)
	if err != nil {
		return "", err
	}
	if !a.pool.Offers(userpool.SoftwareTokenMFA) {
		return "", fault.SoftwareTokenOff
	}
	given := a.setup.Token
	var t *userpool.SoftwareToken
	var step int64
	err = e.Store.View(ctx, func(tx *store.Tx) (err error) {
		t, step, err = account.CheckFirstCode(tx, a.user, c)
		return err
	})
	if err != nil {
		return "", err
	}
	if t.ID != given {
		return "", fault.SessionInvalid
	}
	a.writes = append(a.writes, func(tx *store.Tx) error {
		u, err := a.stillToSetUp(tx)
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
	out, err := e.ask(ctx, a, challengeSetup, nil)
	return out.Session, err
}

// stillToSetUp reads the user once more and refuses when there is nothing to
// set up any more: a Session from before must not replace a factor that the
// user has enrolled since.
func (a *attempt) stillToSetUp(tx *store.Tx) (*userpool.User, error) {
	u, err := tx.UserBySub(a.pool, a.user.Sub)
	if err != nil {
		return nil, fault.SessionInvalid.InPlaceOf(fault.UserNotFound, err)
	}
	if !slices.Contains(a.pool.SecondFactor(u).Setup, userpool.SoftwareTokenMFA) || !u.Enabled {
		return nil, fault.SessionInvalid
	}
	return u.Clone(), nil
}

// resumeSetup opens a Session of MFA_SETUP that comes without anything else.
func (e *Engine) resumeSetup(ctx context.Context, session string) (*attempt, error) {
	sealed, p, err := e.openSetup(ctx, session)
	if errors.Is(err, fault.CodeMismatch) {
		// AssociateSoftwareToken does not know that error, and here it would
		// read as if the code were wrong.
		return nil, fault.SessionInvalid.Because(err)
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
			return fault.SessionInvalid.InPlaceOf(fault.ResourceNotFound, err)
		}
		in.Pool, err = tx.Pool(p.Setup.Pool)
		return err
	})
	if err != nil {
		return nil, err
	}
	return e.resumeSealed(ctx, in, sealed, p)
}

// answerSetup ends MFA_SETUP: with the Session of an authenticator app that was
// verified, or with an e-mail address, which is sent a code.
func (e *Engine) answerSetup(ctx context.Context, in *Answer) (Outcome, error) {
	a, err := e.resume(ctx, in)
	if err != nil {
		return Outcome{}, err
	}
	if a.setup.Done {
		return e.endSetup(ctx, a)
	}
	address := in.Responses["EMAIL"]
	if address == "" {
		address = in.Responses["email"]
	}
	if address == "" {
		return Outcome{}, notSetUp
	}
	return e.setUpEmail(ctx, a, address)
}

// endSetup lets a user in whose app was verified, if it still is the user's.
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
	a.factorProved = true
	return e.proceed(ctx, a)
}

var notSetUp = fault.New(fault.InvalidParameter, "User has not verified software token mfa")

// setUpEmail sends a code to an address that the user has named; the right one
// makes it the user's. Source: guide page user-pool-settings-mfa.
func (e *Engine) setUpEmail(ctx context.Context, a *attempt, address string) (Outcome, error) {
	if !slices.Contains(a.pool.SecondFactor(a.user).Setup, userpool.EmailMFA) {
		return Outcome{}, factorNotThere
	}
	write := userpool.AttributeWrite{
		Pool: a.pool, Client: a.client, User: a.user, Values: map[string]string{"email": address},
	}
	if err := write.Permitted(); err != nil {
		return Outcome{}, err
	}
	values, err := write.Conform()
	if err != nil {
		return Outcome{}, err
	}
	return e.askCode(ctx, a, withAddress(a.user, userpool.EmailMFA, values["email"]), userpool.EmailMFA)
}
