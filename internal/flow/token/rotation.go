package token

import (
	"context"
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// line is what a refresh token carries beyond the sign-in that it came of: its
// number among the refresh tokens of its family, when they all run out, and
// the tracked session, if there is one.
type line struct {
	generation int64
	expires    time.Time
	session    string
	// opened is what the token before this one carried: the next keeps what only a
	// newer version knows of it.
	opened []byte
}

// settle is beat three of Issue: it replaces the refresh token of a client that
// rotates, records or touches the session, and seals the refresh token that
// the client is to get, if any. The tokens are made before, so that a function
// that refuses, or a crash, leaves the client the refresh token it has.
func (i *Issuer) settle(ctx context.Context, g Grant, first bool) (refresh string, err error) {
	rotates := !first && g.Client.Rotates()
	if rotates || g.tracked() {
		by, next := PeerOf(ctx), g.line.generation
		err = i.store.Update(ctx, func(tx *store.Tx) (err error) {
			if rotates {
				if next, err = rotate(tx, g); err != nil {
					return err
				}
			}
			return keepTrack(tx, g, first, by)
		})
		if err != nil {
			return "", i.revokeReusedFamily(ctx, g.Pool.ID,
				record.RefreshToken{Username: g.User.Username, Origin: g.Origin, Expires: g.line.expires.UnixMilli()}, err)
		}
		g.line.generation = next
	}
	if !first && !rotates {
		return "", nil
	}
	return i.sealRefresh(g)
}

// rotate gives up the grant's refresh token and returns the number of the one
// to use from now on. A retry within the grace period gets another copy of the
// family's newest. It does not look whether the family has been ended since it
// was read: tokens of an ended family are dead whenever they were made.
func rotate(tx *store.Tx, g Grant) (next int64, err error) {
	t := store.RefreshToken{
		PoolID: g.Pool.ID, Origin: g.Origin, Generation: g.line.generation,
		Username: g.User.Username, Sub: g.User.Sub, ClientID: g.Client.ID, Expires: g.line.expires,
	}
	first, err := tx.Rotate(t)
	if err != nil || first {
		return t.Generation + 1, err
	}
	_, known, err := tx.Family(t.PoolID, t.Origin)
	if err != nil {
		return 0, err
	}
	switch known.Judge(t.Generation, tx.Now, g.Client.RetryGrace()) {
	case userpool.Retry:
		return known.Current(), nil
	case userpool.Reuse:
		return 0, fault.ReusedRefreshToken
	default:
		return 0, fault.InvalidRefreshToken.Because(errors.New("its user has gone"))
	}
}

// lasting is a context for what must be written even if the caller hangs up,
// as whoever has stolen a token may.
func lasting(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// revokeReusedFamily ends the family whose refresh token was used again: one of
// the two who have it has stolen it (RFC 9700 section 4.14.2). It returns the
// refusal; any other it leaves alone. It writes in an Update of its own, since
// an Update that refuses has written nothing. See docs/divergences TS-5.
func (i *Issuer) revokeReusedFamily(ctx context.Context, poolID string, f record.RefreshToken, refusal error) error {
	if !errors.Is(refusal, fault.RefreshTokenReuse) {
		return refusal
	}
	ctx, cancel := lasting(ctx)
	defer cancel()
	if err := i.store.Update(ctx, func(tx *store.Tx) error {
		return tx.EndFamily(poolID, f.Username, f.Origin, time.UnixMilli(f.Expires))
	}); err != nil {
		return err
	}
	return refusal
}
