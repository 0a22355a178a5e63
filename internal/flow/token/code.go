package token

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// invalidGrant is the error for a code that cannot be redeemed; redirectDiffers is
// the one for a redemption with another redirect URI.
var (
	invalidGrant    = fault.New(fault.NotAuthorized, "Invalid authorization code")
	redirectDiffers = fault.New(fault.Unauthorized, "redirect_uri differs from that of the authorization request")
)

// IssueCode stores an authorization and returns the code that redeems it, once,
// within userpool.AuthorizationLifetime. The store holds only a keyed hash of
// the code. The authorization is dated g.At, when the user was read, so that a
// later sign-out revokes it. IssueCode returns an error if the user has signed
// out since g.At, if the SSO session of the grant has ended, if the client or user
// may not be used now, and if the PreTokenGeneration trigger fails.
func (i *Issuer) IssueCode(ctx context.Context, g Grant, terms userpool.AuthorizationTerms) (string, error) {
	code := i.entropy.UUID()
	err := i.grant(ctx, g, terms, func(tx *store.Tx, a *userpool.Authorization) error {
		return tx.InsertAuthorization(a, i.codes.MAC(g.Pool.ID, code))
	})
	if err != nil {
		return "", err
	}
	return code, nil
}

// grant verifies that the authorization of a grant may be stored, as IssueCode
// says, and passes it to put.
func (i *Issuer) grant(
	ctx context.Context, g Grant, terms userpool.AuthorizationTerms,
	put func(*store.Tx, *userpool.Authorization) error,
) (err error) {
	terms.Sub, terms.SSOSession, g.Source = g.User.Sub, g.SSOSession, trigger.TokenGenerationHostedAuth
	if terms.TokenChanges, err = i.changesForCode(ctx, g); err != nil {
		return err
	}
	peer := PeerOf(ctx)
	return i.store.Update(ctx, func(tx *store.Tx) error {
		a := &userpool.Authorization{
			PoolID: g.Pool.ID, ClientID: g.Client.ID, Username: g.User.Username,
			Created: g.issueTime(), Expires: tx.Now.Add(userpool.AuthorizationLifetime), AuthorizationTerms: terms,
		}
		u, err := authorized(tx, g.Pool, a)
		if err != nil {
			return err
		}
		if err := userpool.Usable(g.Client, u); err != nil {
			return err
		}
		if err := useSSO(tx, g, peer); err != nil {
			return err
		}
		return put(tx, a)
	})
}

// authorized returns the user of an authorization. It returns invalidGrant if
// the user has been deleted or has signed out since.
func authorized(tx *store.Tx, p *userpool.Pool, a *userpool.Authorization) (*userpool.User, error) {
	u, err := tx.UserBySub(p, a.Sub)
	switch {
	case errors.Is(err, fault.UserNotFound):
		return nil, invalidGrant.WithCause(err)
	case err != nil:
		return nil, err
	case !a.Created.After(u.SignedOut):
		return nil, invalidGrant.WithCause(errors.New("the user has signed out since"))
	}
	return u, nil
}

// Redemption is what a client sends to redeem a code.
type Redemption struct {
	Code, RedirectURI, Verifier string
	// Resource narrows the access token; see Grant.Narrow.
	Resource string
}

// reuseGrace is how long after its first use a code can be sent again without
// revoking the tokens: some clients send the same request twice, for example
// from a page that is mounted twice. See docs/divergences OA-8.
const reuseGrace = 10 * time.Second

// RedeemCode redeems an authorization code of the client and returns the grant
// that Issue turns into tokens. The caller must have authenticated the client.
// A request that does not match the code changes nothing: the code alone does not
// suffice to consume it or to revoke its tokens. A matching request that comes
// later than reuseGrace after the first revokes the tokens of the first (RFC 9700
// section 4.5; OWASP ASVS 5, 10.4.2: the second valid request). See
// docs/divergences OA-31. Another redirect URI is fault.Unauthorized. If Issue
// fails afterwards, the code stays consumed; see docs/divergences OA-122.
func (i *Issuer) RedeemCode(ctx context.Context, p *userpool.Pool, c *userpool.Client, r Redemption) (Grant, error) {
	return i.redeem(ctx, p, c, i.codes.MAC(p.ID, r.Code), r)
}

// redeem redeems the authorization that is stored under mac.
func (i *Issuer) redeem(
	ctx context.Context, p *userpool.Pool, c *userpool.Client, mac []byte, r Redemption,
) (Grant, error) {
	// The terms of a code never change, so they are verified before the Update.
	var known *userpool.Authorization
	err := i.store.View(ctx, func(tx *store.Tx) (err error) {
		known, err = tx.Authorization(p.ID, c.ID, mac)
		return err
	})
	if err == nil && known == nil {
		err = invalidGrant
	}
	if err == nil {
		err = r.verify(known)
	}
	if err == nil {
		err = requireReadable(p, c, known.Scopes)
	}
	if err != nil {
		return Grant{}, err
	}
	if known.Origin != "" { // already redeemed
		var cancel context.CancelFunc
		ctx, cancel = detached(ctx)
		defer cancel()
	}
	g, err := i.grantOf(p, c, known)
	if err == nil {
		err = g.Narrow(r.Resource)
	}
	if err != nil {
		return Grant{}, err
	}
	var refusal error
	err = i.store.Update(ctx, func(tx *store.Tx) error {
		refusal = nil
		redeemed, err := tx.RedeemAuthorization(p.ID, c.ID, mac, g.Family)
		if err != nil {
			return err
		}
		if !redeemed {
			refusal = invalidGrant
			return endReusedFamily(tx, c, mac)
		}
		g.User, err = authorized(tx, p, known)
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

// grantOf returns the grant of an authorization, without its user.
func (i *Issuer) grantOf(p *userpool.Pool, c *userpool.Client, a *userpool.Authorization) (Grant, error) {
	changes, err := decodeChanges(a.TokenChanges)
	return Grant{
		Pool: p, Client: c, At: a.Created, Family: i.entropy.TimedUUID(a.Created),
		Source: trigger.TokenGenerationHostedAuth, changes: changes, Resource: a.Resource, Audience: a.Resource,
		AuthTime: a.AuthTime, EventID: a.EventID, Nonce: a.Nonce, Scope: strings.Join(a.Scopes, " "),
		Provider: a.Provider, SSOSession: a.SSOSession, ACR: a.ACR, AMR: a.AMR,
		InfoClaims: a.InfoClaims, IDClaims: a.IDClaims, DeviceKey: a.DeviceKey, ofBrowser: a.DeviceKey != "",
	}, err
}

// requireReadable returns invalidGrant if the client may not read both attributes
// of the scope email or phone. Sources: guide pages token-endpoint, and
// cognito-user-pools-define-resource-servers: profile covers what the client may
// read. See docs/divergences OA-121.
func requireReadable(p *userpool.Pool, c *userpool.Client, scopes []string) error {
	for scope, attribute := range map[string]string{
		userpool.ScopeEmail: "email", userpool.ScopePhone: "phone_number",
	} {
		if slices.Contains(scopes, scope) && !(c.CanRead(p, attribute) && c.CanRead(p, attribute+"_verified")) {
			return invalidGrant.WithCause(errors.New("the client may not read every attribute of the scope " + scope))
		}
	}
	return nil
}

// endReusedFamily revokes the family of a code that was sent again, unless the
// code was redeemed within reuseGrace.
func endReusedFamily(tx *store.Tx, c *userpool.Client, mac []byte) error {
	a, err := tx.Authorization(c.PoolID, c.ID, mac)
	if err != nil || a == nil || a.Origin == "" || tx.Now.Before(a.Redeemed.Add(reuseGrace)) {
		return err
	}
	return tx.EndFamily(c.PoolID, a.Username, a.Origin, tx.Now.Add(c.RefreshTokenLifetime()))
}

// verify checks the request against the authorization. A redirect_uri that the
// authorization request left out may be left out again (RFC 6749 section
// 4.1.3). A code_verifier without a code_challenge is refused: an attacker may
// have removed the challenge from the request (RFC 9700 section 2.1.1).
func (r Redemption) verify(a *userpool.Authorization) error {
	if r.RedirectURI == "" && !a.RedirectImplied {
		return fault.New(fault.InvalidParameter, "redirect_uri is missing")
	}
	if r.RedirectURI != "" && r.RedirectURI != a.RedirectURI {
		return redirectDiffers
	}
	if (a.Challenge == "") != (r.Verifier == "") {
		return invalidGrant.WithCause(errors.New("code_verifier without code_challenge, or the reverse"))
	}
	if a.Challenge == "" {
		return nil
	}
	sum := sha256.Sum256([]byte(r.Verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	if !wellFormedVerifier(r.Verifier) || subtle.ConstantTimeCompare([]byte(challenge), []byte(a.Challenge)) != 1 {
		return invalidGrant.WithCause(errors.New("wrong code_verifier"))
	}
	return nil
}

// wellFormedVerifier reports whether v has the form of RFC 7636 section 4.1.
func wellFormedVerifier(v string) bool {
	const unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
	return len(v) >= 43 && len(v) <= 128 && strings.Trim(v, unreserved) == ""
}
