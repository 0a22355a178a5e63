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

// refreshState is what a refresh token carries beyond the sign-in: its number
// among the refresh tokens of its family, the time at which all of them expire,
// and the tracked session, if there is one.
type refreshState struct {
	generation int64
	expires    time.Time
	session    string
	// opened is the payload of the previous token: sealing keeps the members in
	// it that this version does not define.
	opened []byte
}

// commit is the write of Issue. It replaces the refresh token of a client that
// rotates, inserts or updates the session, and returns the refresh token that
// the client gets, if any. The other tokens are signed before, so that after a
// crash or an error of the trigger the client's refresh token is still valid.
func (i *Issuer) commit(ctx context.Context, g Grant, first bool) (refresh string, err error) {
	rotates := !first && g.Client.Rotates()
	if rotates || g.tracked() {
		peer, next := PeerOf(ctx), g.line.generation
		err = i.store.Update(ctx, func(tx *store.Tx) (err error) {
			if rotates {
				if next, err = rotate(tx, g); err != nil {
					return err
				}
			}
			return writeSession(tx, g, first, peer)
		})
		if err != nil {
			family := record.RefreshToken{
				Username: g.User.Username, Origin: g.Origin, Expires: g.line.expires.UnixMilli(),
			}
			return "", i.revokeReusedFamily(ctx, g.Pool.ID, family, err)
		}
		g.line.generation = next
	}
	if !first && !rotates || g.AccessOnly {
		return "", nil
	}
	return i.sealRefresh(g)
}

// rotate marks the grant's refresh token as replaced and returns the number of
// the next one. A retry within the grace period gets another copy of the
// family's newest. It does not check whether the family has been revoked since
// it was read: revocation covers every token of a family, whenever it was made.
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
	switch known.Classify(t.Generation, tx.Now, g.Client.RetryGrace()) {
	case userpool.Retry:
		return known.Current(), nil
	case userpool.Reuse:
		return 0, fault.ReusedRefreshToken
	default:
		return 0, fault.InvalidRefreshToken.WithCause(errors.New("its user has been deleted"))
	}
}

// detached returns a context for a revocation that must be written even if the
// caller disconnects, as the thief of a token might. It ends after five
// seconds.
func detached(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
}

// revokeReusedFamily revokes the family if refusal is fault.RefreshTokenReuse:
// one of the two holders of the token has stolen it (RFC 9700 section 4.14.2).
// It returns refusal, or an error of the store. It needs an Update of its own,
// since the one that returned the refusal was rolled back. See docs/divergences
// TS-5.
func (i *Issuer) revokeReusedFamily(ctx context.Context, poolID string, f record.RefreshToken, refusal error) error {
	if !errors.Is(refusal, fault.RefreshTokenReuse) {
		return refusal
	}
	ctx, cancel := detached(ctx)
	defer cancel()
	if err := i.store.Update(ctx, func(tx *store.Tx) error {
		return tx.EndFamily(poolID, f.Username, f.Origin, time.UnixMilli(f.Expires))
	}); err != nil {
		return err
	}
	return refusal
}
