package token

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// maxSSOSessions is how many SSO sessions a user can have. See docs/divergences
// TS-25.
const maxSSOSessions = 100

// SSOStart is a sign-in on the pages that starts an SSO session.
type SSOStart struct {
	// Credential is that of the user when the sign-in read it.
	Credential *userpool.Credential
	// Expires is when the browser's cookie expires.
	Expires time.Time
	// Previous is the session that the browser's cookie named before. ID is empty if
	// there is none.
	Previous userpool.Session
	// Replace ends the previous cookie; nil if there is none.
	Replace func(*store.Tx) error
	// Continues is whether the sign-in is credited with Previous, which must not have
	// ended.
	Continues bool
}

// ErrSSOEnded is the error for a sign-in that continues a session which has ended.
var ErrSSOEnded = errors.New("the session of the browser has ended")

// StartSSO stores the SSO session of a sign-in on the pages and returns its id,
// which the browser's cookie and its grants name. The id is empty where the pool
// does not track sessions. Another sign-in of the same user in the same browser
// continues the session; one of another user ends it. At the limit the least
// recently used SSO session is ended. StartSSO returns an error if the user has
// signed out since g.At, or has another password. Source: API reference
// ClientSSOSessionConfigType and SessionDescriptionType.
func (i *Issuer) StartSSO(ctx context.Context, g Grant, s SSOStart) (id string, err error) {
	if !g.Pool.SessionConfig().Tracking {
		if s.Replace != nil {
			err = i.store.Update(ctx, s.Replace)
		}
		return "", err
	}
	next := userpool.Session{
		PoolID: g.Pool.ID, Username: g.User.Username, ID: i.entropy.SessionID("sso"), Kind: userpool.SSOSession,
		ClientID: g.Client.ID, Created: g.issueTime(), Expires: s.Expires, Peer: PeerOf(ctx),
	}
	err = i.store.Update(ctx, func(tx *store.Tx) error {
		id = next.ID
		if err := requireUnchanged(tx, g, s.Credential); err != nil {
			return err
		}
		if s.Replace != nil {
			if err := s.Replace(tx); err != nil {
				return err
			}
		}
		renewed := next
		renewed.ID, renewed.Active = s.Previous.ID, tx.Now
		if renewed.ID != "" && s.Previous.Username == next.Username {
			found, err := tx.RenewSession(&renewed)
			if err != nil || found {
				id = renewed.ID
				return err
			}
			if s.Continues {
				return ErrSSOEnded
			}
		} else if renewed.ID != "" {
			if err := tx.EndSession(&s.Previous); err != nil {
				return err
			}
		}
		if err := makeRoom(tx, next, maxSSOSessions); err != nil {
			return err
		}
		inserted := next
		inserted.Active = tx.Now
		return tx.InsertSession(&inserted)
	})
	return id, err
}

// requireUnchanged locks the user of a sign-in and returns invalidGrant if the
// user has been deleted, has signed out or has got another password since the
// sign-in read it. A user whom an identity provider authenticated has used no
// password.
func requireUnchanged(tx *store.Tx, g Grant, read *userpool.Credential) error {
	a := &userpool.Authorization{Created: g.issueTime()}
	a.Sub = g.User.Sub
	u, err := authorized(tx, g.Pool, a)
	if err != nil || g.Provider != "" {
		return err
	}
	current, err := tx.Credential(g.Pool.ID, u.Username)
	if err == nil && !current.Same(read) {
		err = invalidGrant.WithCause(errors.New("the user has got another password since"))
	}
	return err
}

// makeRoom ends the least recently used sessions of the kind of next, so that the
// user has at most the given number with it. The caller has locked the user.
func makeRoom(tx *store.Tx, next userpool.Session, most int) error {
	known, err := tx.Sessions(next.PoolID, next.Username)
	if err != nil {
		return err
	}
	known = slices.DeleteFunc(known, func(s userpool.Session) bool { return s.Kind != next.Kind })
	for n := range max(0, len(known)+1-most) {
		if err := tx.EndSession(&known[n]); err != nil {
			return err
		}
	}
	return nil
}

var errSSOEnded = invalidGrant.WithCause(errors.New("the SSO session has ended"))

// UseSSO records that the browser of a grant uses its SSO session. It returns
// invalidGrant if the session has ended, and does nothing for a grant without one.
func (i *Issuer) UseSSO(ctx context.Context, g Grant) error {
	if g.SSOSession == "" {
		return nil
	}
	return i.store.Update(ctx, func(tx *store.Tx) error { return useSSO(tx, g, PeerOf(ctx)) })
}

func useSSO(tx *store.Tx, g Grant, by userpool.Peer) error {
	if g.SSOSession == "" {
		return nil
	}
	found, err := tx.TouchSession(g.Pool.ID, g.User.Username, g.SSOSession, by)
	if err == nil && !found {
		err = errSSOEnded
	}
	return err
}

// requireSSO returns invalidGrant if the SSO session of a new token session has
// been ended. A code that was issued before the session expired can be redeemed
// after that. The caller has locked the user: EndSession either finds the token
// session or was before this.
func requireSSO(tx *store.Tx, g Grant) error {
	if g.SSOSession == "" {
		return nil
	}
	found, err := tx.HasSession(g.Pool.ID, g.User.Username, g.SSOSession, tx.Now.Add(-userpool.AuthorizationLifetime))
	if err == nil && !found {
		err = errSSOEnded
	}
	return err
}
