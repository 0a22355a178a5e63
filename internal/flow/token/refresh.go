package token

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"lifeguard/internal/crypto/seal"
	"lifeguard/internal/fault"
	"lifeguard/internal/outbound/trigger"
	"lifeguard/internal/store"
	"lifeguard/internal/userpool"
)

// family is what a refresh token carries, sealed: all that a refresh needs.
type family struct {
	Client   string `json:"c"`
	Username string `json:"u"`
	Sub      string `json:"s"`
	Origin   string `json:"o"`
	EventID  string `json:"e"`
	Scope    string `json:"p,omitempty"`
	AuthTime int64  `json:"a"` // Unix milliseconds, as are the others
	Expires  int64  `json:"x"`
	Device   string `json:"d,omitempty"`
}

func refreshBinding(poolID string) []byte { return seal.Bind("refresh-token", poolID) }

func (i *Issuer) sealRefresh(g Grant) (string, error) {
	plain, err := json.Marshal(family{
		Client: g.Client.ID, Username: g.User.Username, Sub: g.User.Sub,
		Origin: g.Origin, EventID: g.EventID, Scope: g.Scope, Device: g.DeviceKey,
		AuthTime: g.AuthTime.UnixMilli(),
		Expires:  g.AuthTime.Add(g.Client.RefreshTokenLifetime()).UnixMilli(),
	})
	if err != nil {
		return "", err
	}
	return i.refresh.SealFiveParts(i.entropy, refreshBinding(g.Pool.ID), plain)
}

func (i *Issuer) openRefresh(poolID, token string) (family, error) {
	var f family
	plain, err := i.refresh.OpenFiveParts(refreshBinding(poolID), token)
	if err != nil {
		return f, fault.InvalidRefreshToken.Because(err)
	}
	if err := json.Unmarshal(plain, &f); err != nil {
		return f, fault.InvalidRefreshToken.Because(err)
	}
	return f, nil
}

// Redeem accepts a refresh token of the client and returns the grant that
// Issue turns into new access and ID tokens; the refresh token itself lives
// on. Attributes are those of now, auth_time and origin those of the sign-in.
// The grant's source is a refresh. deviceKey is the DEVICE_KEY that came with
// the request, or empty.
func (i *Issuer) Redeem(ctx context.Context, p *userpool.Pool, c *userpool.Client, refreshToken, deviceKey string) (Grant, error) {
	f, err := i.openRefresh(p.ID, refreshToken)
	if err != nil {
		return Grant{}, err
	}
	if f.Client != c.ID {
		return Grant{}, fault.InvalidRefreshToken.Because(errors.New("issued to another client"))
	}
	if now := i.clock.Now(); !now.Before(time.UnixMilli(f.Expires)) {
		return Grant{}, fault.ExpiredRefreshToken
	}
	g := Grant{Pool: p, Client: c, Origin: f.Origin, EventID: f.EventID, Scope: f.Scope, AuthTime: time.UnixMilli(f.AuthTime).UTC()}
	g.Source, g.DeviceKey = trigger.TokenGenerationRefreshTokens, f.Device
	err = i.store.View(ctx, func(tx *store.Tx) error {
		g.At = tx.Now
		if g.User, err = i.holder(tx, p, f); err != nil {
			return err
		}
		return sameDevice(tx, g.User, p, f.Device, deviceKey)
	})
	return g, err
}

// holder reads the user of a family and refuses dead families.
func (i *Issuer) holder(tx *store.Tx, p *userpool.Pool, f family) (*userpool.User, error) {
	revoked, err := tx.OriginRevoked(p.ID, f.Origin)
	if err != nil {
		return nil, err
	}
	if revoked {
		return nil, fault.RevokedRefreshToken
	}
	u, err := tx.UserBySub(p, f.Sub)
	if errors.Is(err, fault.UserNotFound) {
		return nil, fault.InvalidRefreshToken.Because(err)
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

// Revoke ends the family of a refresh token: itself and every access and ID
// token made from it (RFC 7009; API reference RevokeToken). A family that is
// already dead is revoked again without complaint.
func (i *Issuer) Revoke(ctx context.Context, p *userpool.Pool, c *userpool.Client, token string) error {
	if !c.EnableTokenRevocation {
		return fault.New(fault.UnsupportedOperation, "Token revocation is not enabled for this client.")
	}
	f, err := i.openRefresh(p.ID, token)
	if err != nil {
		if i.signedByUs(ctx, p, token) {
			return fault.New(fault.UnsupportedTokenType, "Only refresh tokens can be revoked.")
		}
		return fault.New(fault.InvalidParameter, "Invalid token.").Because(err)
	}
	if f.Client != c.ID {
		return fault.New(fault.Unauthorized, "The token was not issued to this client.")
	}
	return i.store.Update(ctx, func(tx *store.Tx) error {
		// Access tokens of the family can outlive the refresh token.
		keep := time.UnixMilli(f.Expires).Add(24 * time.Hour)
		return tx.RevokeOrigin(p.ID, f.Origin, keep)
	})
}
