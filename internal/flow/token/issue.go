package token

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ScopeAdmin is the scope of every token that the native API issues.
const ScopeAdmin = userpool.ScopeAdmin

// Grant is a finished sign-in or an accepted refresh: what tokens are made of.
type Grant struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	User   *userpool.User
	// At is when the user's state was read; what has been revoked since then
	// revokes these tokens too.
	At time.Time
	// AuthTime, Origin and EventID are of the interactive sign-in; a refresh
	// keeps them. A zero Origin starts a new family.
	AuthTime time.Time
	Origin   string
	EventID  string
	// Family names the new family beforehand; without it Issue makes a name.
	Family string
	// Scope is what an OAuth grant allows. Empty is a sign-in through the
	// native API, whose tokens carry ScopeAdmin and every readable attribute.
	Scope string
	// Nonce goes into the ID token as it is.
	Nonce string
	// DeviceKey is of the device that the sign-in came from, empty where the
	// pool does not track devices.
	DeviceKey string
	// Source is the occasion as the pool's function is told; empty is
	// trigger.TokenGenerationAuthentication.
	Source trigger.Source
	// ClientMetadata is for the pool's function.
	ClientMetadata map[string]string
	// SSOSession is the id of the managed-login session that a sign-in came
	// through, or empty.
	SSOSession string
	// Provider is the identity provider that authenticated the user; empty is the
	// user pool itself. A refresh keeps it.
	Provider string
	line     line
}

// oauth reports whether the grant came of OAuth, not of the native API.
func (g Grant) oauth() bool { return g.Scope != "" }

// Set is what a client gets. Refresh is empty when the client keeps its own,
// ID where a grant of OAuth lacks the scope openid.
type Set struct {
	Access, ID, Refresh string
	ExpiresIn           time.Duration
}

// Issue is the one place where tokens are made. It refuses when the client or
// user may not be used now (userpool.Usable), and when the pool's function
// does. The refresh token keeps the scopes that were granted: the function is
// asked again at each refresh.
func (i *Issuer) Issue(ctx context.Context, g Grant) (Set, error) {
	if err := userpool.Usable(g.Client, g.User); err != nil {
		return Set{}, err
	}
	var of membership
	if err := i.store.View(ctx, func(tx *store.Tx) error {
		groups, err := tx.GroupsOf(g.Pool.ID, g.User.Username)
		of = membershipOf(groups)
		return err
	}); err != nil {
		return Set{}, err
	}
	var set Set
	first := g.Origin == ""
	if first {
		g = i.newFamily(g)
	}
	// The function is told ScopeAdmin of a native sign-in, and what it says
	// about scopes changes the access token alone.
	granted, changed := g, g
	if !g.oauth() {
		changed.Scope = ScopeAdmin
	}
	changes, err := i.changes(ctx, &changed, &of)
	if err != nil {
		return Set{}, err
	}
	// Only now: the keys may have changed while the function ran.
	keys, err := i.keysOf(ctx, g.Pool)
	if err != nil {
		return Set{}, err
	}
	now := i.clock.Now()
	access := accessToken{Grant: changed, membership: of, versioned: g.oauth()}
	if set.Access, err = i.sign(keys.signer(userpool.KeyForAccess, now), i.accessClaims(access, now),
		changes.AccessToken); err != nil {
		return Set{}, err
	}
	if !g.oauth() || slices.Contains(strings.Fields(g.Scope), userpool.ScopeOpenID) {
		id := idToken{Grant: granted, membership: of, access: set.Access}
		if set.ID, err = i.sign(keys.signer(userpool.KeyForID, now), i.idClaims(id, now), changes.IDToken); err != nil {
			return Set{}, err
		}
	}
	if set.Refresh, err = i.settle(ctx, granted, first); err != nil {
		return Set{}, err
	}
	set.ExpiresIn = g.Client.AccessTokenLifetime()
	return set, nil
}

func (i *Issuer) sign(key *jose.SigningKey, claims []byte, change trigger.Claims) (string, error) {
	claims, err := amend(claims, change)
	if err != nil {
		return "", err
	}
	i.signed.Add(1)
	return key.Sign(claims)
}

// born dates the tokens of a sign-in: a sign-out at or after it revokes them.
// It is At, or later than the last sign-out that At has seen: one that falls
// into the same millisecond, or that a node whose clock is ahead has dated,
// must not revoke the sign-ins after it.
func (g Grant) born() time.Time {
	if at := g.At; at.After(g.User.SignedOut) {
		return at
	}
	return g.User.SignedOut.Add(time.Millisecond)
}

// newFamily starts a token family.
func (i *Issuer) newFamily(g Grant) Grant {
	if g.Origin = g.Family; g.Origin == "" {
		g.Origin = i.entropy.TimedUUID(g.born())
	}
	if g.AuthTime.IsZero() {
		g.AuthTime = g.At
	}
	if g.EventID == "" {
		g.EventID = i.entropy.UUID()
	}
	g.line = line{expires: g.AuthTime.Add(g.Client.RefreshTokenLifetime())}
	if g.Pool.SessionConfig().Tracking {
		g.line.session = i.entropy.SessionID("tkn")
	}
	return g
}

// signedOut reports whether the family was born before the user's last
// sign-out. Tokens without origin_jti (EnableTokenRevocation off) are compared
// by auth_time, to the second and against the caller.
func signedOut(u *userpool.User, origin string, authTime time.Time) bool {
	if u.SignedOut.IsZero() {
		return false
	}
	born, ok := entropy.UUIDTime(origin)
	if !ok {
		born = authTime
	}
	return !born.After(u.SignedOut)
}
