package token

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Bearer is the holder of a valid access token.
type Bearer struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	User   *userpool.User
	Origin string
	Scope  string
	// DeviceKey is that of the device that the token was issued to, or empty.
	// AuthTime is the time of the sign-in.
	DeviceKey string
	AuthTime  time.Time
	// ACR and AMR are the claims acr and amr.
	ACR string
	AMR []string
	// strict is whether the pool follows OpenID Connect strictly.
	strict bool
	// infoClaims are the attributes that the authorization request names for
	// userInfo.
	infoClaims []string
}

// Authorize verifies an access token for the operations of the native API that
// need one. It checks, in this order: form, signature, expiry, revocation,
// scope, and whether the user may be used now. Each error is the fault that
// Amazon Cognito returns.
func (i *Issuer) Authorize(ctx context.Context, accessToken string) (*Bearer, error) {
	return i.authorize(ctx, accessToken, ScopeAdmin)
}

func (i *Issuer) authorize(ctx context.Context, accessToken, scope string) (*Bearer, error) {
	p, claims, err := i.verifyAccess(ctx, accessToken)
	if err != nil {
		return nil, err
	}
	return i.bearer(ctx, p, claims, scope)
}

// bearer reads the holder of a verified access token, and requires that the
// token is not revoked, has the scope, and that client and user may be used now.
// An empty scope requires none.
func (i *Issuer) bearer(ctx context.Context, p *userpool.Pool, claims bearerClaims, scope string) (*Bearer, error) {
	b := &Bearer{
		Pool: p, Origin: claims.Origin, Scope: claims.Scope,
		DeviceKey: claims.Device, AuthTime: time.Unix(claims.AuthTime, 0).UTC(),
		ACR: claims.ACR, AMR: claims.AMR, infoClaims: claims.InfoClaims,
	}
	err := i.store.View(ctx, func(tx *store.Tx) (err error) {
		if b.Client, err = tx.Client(p.ID, claims.ClientID); err != nil {
			return fault.InvalidAccessToken.ReplacingKind(fault.ResourceNotFound, err)
		}
		if b.User, err = bearerUser(tx, p, claims, scope); err != nil {
			return err
		}
		b.strict, err = strictOIDC(tx, p)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := userpool.Usable(b.Client, b.User); err != nil {
		return nil, err
	}
	return b, nil
}

// strictOIDC reports whether a pool follows OpenID Connect where Amazon Cognito
// differs from it.
func strictOIDC(tx *store.Tx, p *userpool.Pool) (bool, error) {
	extensions, err := tx.PoolExtensions(p.ID)
	return err == nil && extensions.StrictOIDC, err
}

// verifyAccess checks what needs no user: form, signature, issuer and expiry. It
// returns the pool also with the error of a token that the pool has signed.
func (i *Issuer) verifyAccess(ctx context.Context, accessToken string) (*userpool.Pool, bearerClaims, error) {
	var claims bearerClaims
	p, body, err := i.verifySignature(ctx, accessToken, fault.InvalidAccessToken, fault.UnverifiedAccessToken)
	if err != nil {
		return nil, claims, err
	}
	if err := jose.DecodeClaims(body, &claims); err != nil {
		return p, claims, fault.InvalidAccessToken.WithCause(err)
	}
	if claims.Use != "access" || claims.Issuer != i.Name(p) {
		return p, claims, fault.InvalidAccessToken
	}
	if !i.clock.Now().Before(time.Unix(claims.Expires, 0)) {
		return p, claims, fault.ExpiredAccessToken
	}
	return p, claims, nil
}

// verifySignature returns the claims of a token that a key of the pool in its
// issuer has signed, and the pool. The caller compares the issuer. The error is
// malformed for a text that is no token or of no pool, unsigned for one that
// none of the pool's keys has signed, or internal.
func (i *Issuer) verifySignature(
	ctx context.Context, token string, malformed, unsigned *fault.Fault,
) (*userpool.Pool, []byte, error) {
	issuer, _, err := jose.Peek(token)
	if err != nil {
		return nil, nil, malformed.WithCause(err)
	}
	p, err := i.pool(ctx, issuer[strings.LastIndexByte(issuer, '/')+1:])
	if err != nil {
		return nil, nil, malformed.ReplacingKind(fault.ResourceNotFound, err)
	}
	keys, err := i.keysOf(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	body, err := jose.Verify(token, keys.verifying(i.clock.Now()))
	switch {
	case errors.Is(err, jose.ErrSignature):
		return nil, nil, unsigned.WithCause(err)
	case err != nil:
		return nil, nil, malformed.WithCause(err)
	}
	return p, body, nil
}

// bearerUser reads the user of a token, and requires that the token is not
// revoked and has the scope, unless that is empty. The scope is checked before
// the user, since a client credentials token has no user.
func bearerUser(tx *store.Tx, p *userpool.Pool, claims bearerClaims, scope string) (*userpool.User, error) {
	if claims.Origin != "" {
		revoked, err := tx.OriginRevoked(p.ID, claims.Origin)
		if err != nil {
			return nil, err
		}
		if revoked {
			return nil, fault.RevokedAccessToken
		}
	}
	if scope != "" && !claims.hasScope(scope) {
		return nil, fault.AccessTokenLacksScopes
	}
	u, err := tx.UserBySub(p, claims.Subject)
	if err != nil {
		return nil, err
	}
	if !u.Enabled {
		return nil, fault.UserIsDisabled
	}
	if signedOut(u, claims.Origin, time.Unix(claims.AuthTime, 0)) {
		return nil, fault.RevokedAccessToken
	}
	return u, nil
}

// signedByPool reports whether the text is a token that one of the pool's keys
// signed.
func (i *Issuer) signedByPool(ctx context.Context, p *userpool.Pool, text string) (bool, error) {
	keys, err := i.keysOf(ctx, p)
	if err != nil {
		return false, err
	}
	_, err = jose.Verify(text, keys.verifying(i.clock.Now()))
	return err == nil, nil
}
