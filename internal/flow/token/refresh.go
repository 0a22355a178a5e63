package token

import (
	"context"
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func refreshBinding(poolID string) []byte { return seal.Bind("refresh-token", poolID) }

func (i *Issuer) sealRefresh(g Grant) (string, error) {
	plain, err := record.SealedRefreshToken.Encode(record.RefreshToken{
		Client: g.Client.ID, Username: g.User.Username, Sub: g.User.Sub,
		Origin: g.Origin, EventID: g.EventID, Scope: g.Scope, Device: g.DeviceKey, Provider: g.Provider,
		Resource: g.Resource,
		AuthTime: g.AuthTime.UnixMilli(),
		Expires:  g.line.expires.UnixMilli(), Generation: g.line.generation, Session: g.line.session,
		ACR: g.ACR, AMR: g.AMR, InfoClaims: g.InfoClaims, IDClaims: g.IDClaims,
		OfBrowser: g.ofBrowser,
	}, g.line.opened)
	if err != nil {
		return "", err
	}
	return i.refresh.SealJWE(i.entropy, refreshBinding(g.Pool.ID), plain)
}

// refreshToken is an opened refresh token.
type refreshToken struct {
	record.RefreshToken
	payload []byte
}

func (i *Issuer) openRefresh(ctx context.Context, poolID, token string) (refreshToken, error) {
	var f refreshToken
	plain, err := i.refresh.OpenJWE(ctx, refreshBinding(poolID), token)
	switch {
	case errors.Is(err, seal.ErrTokenExpired):
		return f, fault.ExpiredRefreshToken.WithCause(err)
	case errors.Is(err, seal.ErrToken):
		return f, fault.InvalidRefreshToken.WithCause(err)
	case err != nil:
		return f, err
	}
	f.payload = plain
	err = record.SealedRefreshToken.Decode(plain, &f.RefreshToken)
	return f, err
}

// Redeem verifies a refresh token of the client and returns the grant that
// Issue turns into new access and ID tokens. The refresh token stays valid,
// unless the client rotates: then Issue replaces it. The user's attributes are
// read again; auth_time and origin are those of the sign-in. The grant's source
// is a refresh. deviceKey is the DEVICE_KEY that came with the request, or
// empty. A token that was replaced and whose grace period is over is
// fault.ReusedRefreshToken and revokes its family.
func (i *Issuer) Redeem(
	ctx context.Context, p *userpool.Pool, c *userpool.Client, refreshToken, deviceKey string,
) (Grant, error) {
	f, err := i.openRefresh(ctx, p.ID, refreshToken)
	if err != nil {
		return Grant{}, err
	}
	g, err := i.verifyRefresh(ctx, p, c, f, deviceKey)
	return g, i.revokeReusedFamily(ctx, p.ID, f.RefreshToken, err)
}

// verifyRefresh is Redeem for an opened refresh token. It revokes nothing.
func (i *Issuer) verifyRefresh(
	ctx context.Context, p *userpool.Pool, c *userpool.Client, f refreshToken, deviceKey string,
) (Grant, error) {
	if f.Client != c.ID {
		return Grant{}, fault.InvalidRefreshToken.WithCause(errors.New("issued to another client"))
	}
	if now := i.clock.Now(); !now.Before(time.UnixMilli(f.Expires)) {
		return Grant{}, fault.ExpiredRefreshToken
	}
	g := Grant{
		Pool: p, Client: c, Origin: f.Origin, EventID: f.EventID, Scope: f.Scope,
		AuthTime: time.UnixMilli(f.AuthTime).UTC(),
	}
	g.Source, g.DeviceKey, g.Provider = trigger.TokenGenerationRefreshTokens, f.Device, f.Provider
	g.Resource, g.Audience = f.Resource, f.Resource
	g.ACR, g.AMR, g.ofBrowser = f.ACR, f.AMR, f.OfBrowser
	if g.ofBrowser && deviceKey == "" {
		deviceKey = f.Device
	}
	g.InfoClaims, g.IDClaims = f.InfoClaims, f.IDClaims
	g.line = refreshState{
		generation: f.Generation, expires: time.UnixMilli(f.Expires).UTC(), session: f.Session, opened: f.payload,
	}
	err := i.store.View(ctx, func(tx *store.Tx) (err error) {
		g.At = tx.Now
		if err := requireCurrent(tx, c, f); err != nil {
			return err
		}
		if g.User, err = i.familyUser(tx, p, f); err != nil {
			return err
		}
		return requireDevice(tx, g.User, p, f.Device, deviceKey)
	})
	return g, err
}

// requireCurrent returns an error if the refresh token has been replaced or its
// family revoked.
func requireCurrent(tx *store.Tx, c *userpool.Client, f refreshToken) error {
	revoked, known, err := tx.Family(c.PoolID, f.Origin)
	switch {
	case err != nil:
		return err
	case known.Classify(f.Generation, tx.Now, c.RetryGrace()) == userpool.Reuse:
		return fault.ReusedRefreshToken
	case revoked:
		return fault.RevokedRefreshToken
	default:
		return nil
	}
}

// familyUser reads the user of a family, and requires that the user may
// refresh.
func (i *Issuer) familyUser(tx *store.Tx, p *userpool.Pool, f refreshToken) (*userpool.User, error) {
	u, err := tx.UserBySub(p, f.Sub)
	if errors.Is(err, fault.UserNotFound) {
		return nil, fault.InvalidRefreshToken.WithCause(err)
	}
	if err != nil {
		return nil, err
	}
	if !u.Enabled {
		return nil, fault.UserIsDisabled
	}
	if signedOut(u, f.Origin, time.UnixMilli(f.AuthTime)) {
		return nil, fault.RevokedRefreshToken
	}
	return u, nil
}

// Revoke revokes the family of a refresh token: itself and every access and ID
// token made from it (RFC 7009; API reference RevokeToken). It succeeds for a
// family that is already revoked. linked also ends the SSO session that the
// family came from.
func (i *Issuer) Revoke(ctx context.Context, p *userpool.Pool, c *userpool.Client, token string, linked bool) error {
	if !c.EnableTokenRevocation {
		return fault.New(fault.UnsupportedOperation, "Token revocation is not enabled for this client.")
	}
	f, err := i.openRefresh(ctx, p.ID, token)
	if unopened := err; errors.Is(err, fault.NotAuthorized) {
		ours, err := i.signedByPool(ctx, p, token)
		switch {
		case err != nil:
			return err
		case ours:
			return fault.New(fault.UnsupportedTokenType, "Only refresh tokens can be revoked.")
		}
		return fault.New(fault.InvalidParameter, "Invalid token.").WithCause(unopened)
	}
	if err != nil {
		return err
	}
	if f.Client != c.ID {
		return fault.New(fault.Unauthorized, "The token was not issued to this client.")
	}
	return i.store.Update(ctx, func(tx *store.Tx) error {
		if linked {
			if err := endParent(tx, p.ID, f.RefreshToken); err != nil {
				return err
			}
		}
		return tx.EndFamily(p.ID, f.Username, f.Origin, time.UnixMilli(f.Expires))
	})
}
