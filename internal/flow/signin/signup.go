package signin

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The Sessions of a sign-up: that of SignUp, and that of ConfirmSignUp. Only
// the second one signs in.
const (
	sessionSignUp   = "signup-session"
	sessionSignedUp = "signedup-session"
)

// SignUpSession returns the Session of SignUp, for ConfirmSignUp. It is empty
// if the sign-up does not lead to a sign-in.
func (e *Engine) SignUpSession(p *userpool.Pool, c *userpool.Client, u *userpool.User) (string, error) {
	attribute := p.ConfirmationChannel(u)
	if u.Status != userpool.Unconfirmed || attribute == "" || !signsUpInto(p, c, attribute) {
		return "", nil
	}
	return e.sealSignUp(sessionSignUp, c, u)
}

// SignedUpSession returns the Session of ConfirmSignUp. It signs in the user
// who has sent the right code, if such codes can sign in. Source: guide page
// amazon-cognito-user-pools-authentication-flow-methods.
func (e *Engine) SignedUpSession(p *userpool.Pool, c *userpool.Client, u *userpool.User) (string, error) {
	if !signedUp(p, c, u) {
		return "", nil
	}
	return e.sealSignUp(sessionSignedUp, c, u)
}

// OpenSignUp returns the sub of the user of a SignUp Session. It is empty if
// the Session has expired: a code may arrive later than that.
func (e *Engine) OpenSignUp(
	ctx context.Context, pool *userpool.Pool, c *userpool.Client, session string,
) (string, error) {
	sealed, err := e.sessions.OpenToken(ctx, session, seal.Token{Type: sessionSignUp, Pool: pool.ID, Client: c.ID},
		e.Clock.Now())
	if errors.Is(err, seal.ErrTokenExpired) {
		return "", nil
	}
	if errors.Is(err, seal.ErrToken) {
		return "", fault.SessionInvalid.WithCause(err)
	}
	if err != nil {
		return "", err
	}
	var p record.Session
	err = record.SealedSession.Decode(sealed.Payload, &p)
	return p.Sub, err
}

func (e *Engine) sealSignUp(kind string, c *userpool.Client, u *userpool.User) (string, error) {
	payload, err := record.SealedSession.Encode(record.Session{
		Sub: u.Sub, Typed: u.Username, EventID: e.Entropy.UUID(), SignedOut: u.SignedOut.UnixMilli(),
	}, nil)
	if err != nil {
		return "", err
	}
	t := seal.Token{
		Type: kind, Pool: u.PoolID, Client: c.ID, User: u.Username, Payload: payload,
		Expires: e.Clock.Now().Add(c.SessionLifetime()),
	}
	copy(t.Handle[:], e.Entropy.Bytes(len(t.Handle)))
	return e.sessions.SealToken(e.Entropy, t)
}

// signsUpInto reports whether the user can sign in with codes to the attribute.
func signsUpInto(p *userpool.Pool, c *userpool.Client, attribute string) bool {
	return c.Allows(flowUserAuth) && p.Permits(userpool.CodesTo(attribute))
}

// signedUp reports whether the code that verified an address can sign the user
// in.
func signedUp(p *userpool.Pool, c *userpool.Client, u *userpool.User) bool {
	for _, attribute := range []string{"email", "phone_number"} {
		if u.Verified(attribute) && signsUpInto(p, c, attribute) {
			return true
		}
	}
	return false
}

// startSignedUp signs in with the Session of ConfirmSignUp. It ignores all
// parameters but USERNAME and SECRET_HASH.
func (e *Engine) startSignedUp(ctx context.Context, s *Start) (Outcome, error) {
	sealed, p, err := e.openSignedUp(ctx, s)
	if err != nil {
		return Outcome{}, err
	}
	a := &attempt{
		pool: s.Pool, client: s.Client, typed: p.Typed, srpName: sealed.User, eventID: p.EventID, flow: flowUserAuth,
		opened: sealed.Payload,
	}
	err = e.Store.View(ctx, func(tx *store.Tx) error {
		a.at = tx.Now
		used, err := tx.Spent(s.Pool.ID, sessionSignedUp, sealed.Handle[:])
		if err != nil {
			return err
		}
		if used {
			return fault.SessionUsed
		}
		return a.readSessionUser(tx, s.Params[paramUsername], p)
	})
	if err != nil {
		return Outcome{}, err
	}
	if err := a.checkSecretHash(s.Params); err != nil {
		return Outcome{}, err
	}
	if !signedUp(a.pool, a.client, a.user) {
		return Outcome{}, fault.SessionInvalid
	}
	a.spendOnce(sessionSignedUp, sealed.Handle[:], sealed.Expires, fault.SessionUsed)
	if err := e.preAuthentication(ctx, a, s.Metadata); err != nil {
		return Outcome{}, err
	}
	a.first = proofSignUp
	return e.proceed(ctx, a)
}

// openSignedUp opens the Session of a ConfirmSignUp. Its errors are those of
// the operations that begin a sign-in.
func (e *Engine) openSignedUp(ctx context.Context, s *Start) (seal.Token, record.Session, error) {
	sealed, p, err := e.unseal(ctx, s.Session, seal.Token{Type: sessionSignedUp, Pool: s.Pool.ID, Client: s.Client.ID})
	if errors.Is(err, fault.CodeMismatch) || err == nil && p.Sub == "" {
		return sealed, p, fault.SessionInvalid.WithCause(err)
	}
	return sealed, p, err
}
