package token

import (
	"context"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

type peerKey struct{}

// WithPeer returns a context that carries the peer, from which a tracked
// session describes the device.
func WithPeer(ctx context.Context, p userpool.Peer) context.Context {
	return context.WithValue(ctx, peerKey{}, p)
}

// PeerOf returns the peer that WithPeer has set.
func PeerOf(ctx context.Context) userpool.Peer {
	p, _ := ctx.Value(peerKey{}).(userpool.Peer)
	return p.Clipped()
}

// tracked reports whether the grant has a stored session.
func (g Grant) tracked() bool { return g.line.session != "" && g.Pool.SessionConfig().Tracking }

// revocable reports whether the tokens carry origin_jti, by which a family can
// be revoked alone. Source: guide pages token-revocation and
// amazon-cognito-user-pools-using-the-refresh-token.
func (g Grant) revocable() bool {
	return g.Client.EnableTokenRevocation || g.Client.Rotates() || g.tracked()
}

// writeSession inserts the session of a sign-in, or updates it at a refresh. It
// returns an error if the session has been ended since the grant was read.
func writeSession(tx *store.Tx, g Grant, first bool, peer userpool.Peer) error {
	if !g.tracked() {
		return nil
	}
	if first {
		return insertSession(tx, g, peer)
	}
	found, err := tx.TouchSession(g.Pool.ID, g.User.Username, g.line.session, peer)
	if err == nil && !found {
		return fault.RevokedRefreshToken
	}
	return err
}

// insertSession inserts a token session. At the limit the least recently used
// ones are ended. Source: API reference UserPoolTokenSessionConfigType.
func insertSession(tx *store.Tx, g Grant, peer userpool.Peer) error {
	if _, err := tx.UserBySub(g.Pool, g.User.Sub); err != nil {
		return err
	}
	if err := requireSSO(tx, g); err != nil {
		return err
	}
	s := userpool.Session{
		PoolID: g.Pool.ID, Username: g.User.Username, ID: g.line.session, Kind: userpool.TokenSession,
		ClientID: g.Client.ID, Origin: g.Origin, Parent: g.SSOSession,
		Created: tx.Now, Active: tx.Now, Expires: g.line.expires, Peer: peer,
	}
	if err := makeRoom(tx, s, int(g.Pool.SessionConfig().MaxPerUser)); err != nil {
		return err
	}
	return tx.InsertSession(&s)
}

// Sessions returns a user's sessions by id, without those that have expired,
// ended or been signed out.
func (i *Issuer) Sessions(
	ctx context.Context, p *userpool.Pool, u *userpool.User,
) (found []userpool.Session, err error) {
	if err := requireTracking(p); err != nil {
		return nil, err
	}
	err = i.store.View(ctx, func(tx *store.Tx) error {
		found, err = tx.Sessions(p.ID, u.Username)
		return err
	})
	found = slices.DeleteFunc(found, func(s userpool.Session) bool {
		return signedOut(u, s.Origin, s.Created)
	})
	slices.SortFunc(found, func(a, b userpool.Session) int { return strings.Compare(a.ID, b.ID) })
	return found, err
}

func requireTracking(p *userpool.Pool) error {
	if !p.SessionConfig().Tracking {
		return fault.Newf(fault.OperationNotEnabled, "User session tracking is not enabled for user pool %s.", p.ID)
	}
	return nil
}

// SessionEnd is a request to end a session of a user.
type SessionEnd struct {
	User *userpool.User
	ID   string
	// Linked also ends the SSO session that a token session came from, or the
	// token sessions that came from an SSO session.
	Linked bool
	// Caller is the origin_jti of the user's own access token, whose session
	// must not be ended; empty for an administrator.
	Caller string
}

// EndSession ends a session and its tokens. Source: API reference
// RevokeUserSession and AdminRevokeUserSession.
func (i *Issuer) EndSession(ctx context.Context, p *userpool.Pool, e SessionEnd) error {
	if err := requireTracking(p); err != nil {
		return err
	}
	return i.store.Update(ctx, func(tx *store.Tx) error {
		// This locks the user: a token session that is being created is found, or
		// finds that its SSO session has ended.
		if _, err := tx.UserBySub(p, e.User.Sub); err != nil {
			return err
		}
		known, err := tx.Sessions(p.ID, e.User.Username)
		if err != nil {
			return err
		}
		at := slices.IndexFunc(known, func(s userpool.Session) bool { return s.ID == e.ID })
		if at < 0 {
			return fault.New(fault.ResourceNotFound, "Session does not exist.")
		}
		ended := []userpool.Session{known[at]}
		if e.Linked {
			ended = append(ended, linked(known, known[at])...)
		}
		for n := range ended {
			if e.Caller != "" && ended[n].Origin == e.Caller {
				return fault.New(fault.InvalidParameter, "The session of the access token cannot be revoked.")
			}
			if err := tx.EndSession(&ended[n]); err != nil {
				return err
			}
		}
		return nil
	})
}

// linked returns the sessions that are ended with s if LINKED is requested.
func linked(known []userpool.Session, s userpool.Session) (others []userpool.Session) {
	for _, o := range known {
		parent := s.Kind == userpool.TokenSession && o.Kind == userpool.SSOSession && o.ID == s.Parent
		child := s.Kind == userpool.SSOSession && o.Kind == userpool.TokenSession && o.Parent == s.ID
		if parent || child {
			others = append(others, o)
		}
	}
	return others
}

// endParent ends the SSO session that a family came from, if there is one.
func endParent(tx *store.Tx, poolID string, f record.RefreshToken) error {
	known, err := tx.Sessions(poolID, f.Username)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(known, func(s userpool.Session) bool { return s.Origin == f.Origin })
	if at < 0 {
		return nil
	}
	for _, s := range linked(known, known[at]) {
		if err := tx.EndSession(&s); err != nil {
			return err
		}
	}
	return nil
}
