package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// invalidGrant answers every code that brings no tokens, in the same words.
var invalidGrant = fault.New(fault.NotAuthorized, "Invalid authorization code")

// IssueCode keeps an authorization and returns the code that stands for it,
// once, for userpool.AuthorizationLifetime. Only a keyed hash of it is kept.
// The authorization is as old as what the grant was judged by: a sign-out
// since g.At revokes it, and IssueCode refuses it. It also refuses when the
// client or user may not be used now.
func (i *Issuer) IssueCode(ctx context.Context, g Grant, terms userpool.AuthorizationTerms) (string, error) {
	terms.Sub = g.User.Sub
	code := i.entropy.UUID()
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		a := &userpool.Authorization{
			PoolID: g.Pool.ID, ClientID: g.Client.ID, Username: g.User.Username,
			Created: g.born(), Expires: tx.Now.Add(userpool.AuthorizationLifetime), AuthorizationTerms: terms,
		}
		u, err := authorized(tx, g.Pool, a)
		if err != nil {
			return err
		}
		if err := userpool.Usable(g.Client, u); err != nil {
			return err
		}
		return tx.InsertAuthorization(a, i.codes.MAC(g.Pool.ID, code))
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// authorized reads the user of an authorization. A user who has been deleted
// or has signed out since is invalidGrant.
func authorized(tx *store.Tx, p *userpool.Pool, a *userpool.Authorization) (*userpool.User, error) {
	u, err := tx.UserBySub(p, a.Sub)
	switch {
	case errors.Is(err, fault.UserNotFound):
		return nil, invalidGrant.Because(err)
	case err != nil:
		return nil, err
	case !a.Created.After(u.SignedOut):
		return nil, invalidGrant.Because(errors.New("the user has signed out meanwhile"))
	}
	return u, nil
}

// Redemption is what a client shows for tokens.
type Redemption struct{ Code, RedirectURI, Verifier string }

// RedeemCode takes an authorization code of the client and returns the grant
// that Issue turns into tokens. Whatever does not fit the code uses it up
// without tokens; a code that has been used ends the tokens that came of it
// (RFC 9700 section 4.5). The client must have been authenticated.
func (i *Issuer) RedeemCode(ctx context.Context, p *userpool.Pool, c *userpool.Client, r Redemption) (Grant, error) {
	var g Grant
	var refusal error
	err := i.store.Update(ctx, func(tx *store.Tx) error {
		g = Grant{Pool: p, Client: c, Source: trigger.TokenGenerationHostedAuth}
		mac := i.codes.MAC(p.ID, r.Code)
		a, err := tx.RedeemAuthorization(p.ID, c.ID, mac, func(created time.Time) string {
			g.At, g.Family = created, i.entropy.TimedUUID(created)
			return g.Family
		})
		if err != nil {
			return err
		}
		if a == nil {
			refusal = invalidGrant
			return i.endReused(tx, c, mac)
		}
		if refusal = r.fits(a); refusal != nil {
			return nil
		}
		g.AuthTime, g.EventID, g.Nonce, g.Scope = a.AuthTime, a.EventID, a.Nonce, strings.Join(a.Scopes, " ")
		g.User, err = authorized(tx, p, a)
		if errors.Is(err, fault.NotAuthorized) {
			refusal = err
			return nil
		}
		return err
	})
	if err == nil {
		err = refusal
	}
	return g, err
}

// endReused ends the family that came of a code.
func (i *Issuer) endReused(tx *store.Tx, c *userpool.Client, mac []byte) error {
	origin, err := tx.RedeemedAuthorization(c.PoolID, c.ID, mac)
	if err != nil || origin == "" {
		return err
	}
	return tx.RevokeOrigin(c.PoolID, origin, tx.Now.Add(c.RefreshTokenLifetime()+24*time.Hour))
}

// fits compares what the client shows with what the code was given for. A
// verifier where there was no challenge is refused, too: the challenge may have
// been taken away on the way (RFC 9700 section 2.1.1).
func (r Redemption) fits(a *userpool.Authorization) error {
	if r.RedirectURI != a.RedirectURI {
		return invalidGrant.Because(errors.New("another redirect_uri"))
	}
	if (a.Challenge == "") != (r.Verifier == "") {
		return invalidGrant.Because(errors.New("code_verifier without code_challenge, or the reverse"))
	}
	if a.Challenge == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(r.Verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if !wellFormedVerifier(r.Verifier) || subtle.ConstantTimeCompare([]byte(challenge), []byte(a.Challenge)) != 1 {
		return invalidGrant.Because(errors.New("wrong code_verifier"))
	}
	return nil
}

// wellFormedVerifier: RFC 7636 section 4.1.
func wellFormedVerifier(v string) bool {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	return len(v) >= 43 && len(v) <= 128 && strings.Trim(v, unreserved) == ""
}
