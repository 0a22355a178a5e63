package token

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ScopeAdmin is the scope of every token that the native API issues.
const ScopeAdmin = userpool.ScopeAdmin

// Grant is what tokens are made from: a completed sign-in or a verified
// refresh.
type Grant struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	User   *userpool.User
	// At is when the user was read. What is revoked after that revokes these
	// tokens too.
	At time.Time
	// AuthTime, Origin and EventID are those of the interactive sign-in; a
	// refresh keeps them. An empty Origin starts a new family.
	AuthTime time.Time
	Origin   string
	EventID  string
	// Family is the origin_jti of a new family; if empty, Issue makes one.
	Family string
	// Scope is the scopes of an OAuth grant. Empty means a sign-in through the
	// native API, whose tokens carry ScopeAdmin and every readable attribute.
	Scope string
	// narrowed, unless empty, is the scopes of the access and the ID token. See
	// NarrowScopes.
	narrowed string
	// Nonce is copied into the ID token.
	Nonce string
	// DeviceKey is that of the device of the sign-in, empty where the pool does
	// not track devices.
	DeviceKey string
	// ofBrowser is whether the device is the browser of a page: refreshes do not name
	// it.
	ofBrowser bool
	// Source is the trigger source of PreTokenGeneration; empty means
	// trigger.TokenGenerationAuthentication.
	Source trigger.Source
	// ClientMetadata is passed to the PreTokenGeneration trigger.
	ClientMetadata map[string]string
	// SSOSession is the id of the managed-login session of the sign-in, or
	// empty.
	SSOSession string
	// Provider is the identity provider that authenticated the user; empty is the
	// user pool itself. A refresh keeps it.
	Provider string
	// Resource is the resource that the authorization is bound to (RFC 8707);
	// empty means none. A refresh keeps it.
	Resource string
	// Audience is the resource that this access token is bound to, its aud;
	// empty means none. See Narrow.
	Audience string
	// AccessOnly grants no refresh token. A tracked session then ends with the
	// access token.
	AccessOnly bool
	// changes is the response of PreTokenGeneration, if it was called before.
	changes *trigger.PreTokenGenerationResponse
	// ACR and AMR are the claims acr and amr; empty ones are left out. A refresh
	// keeps them.
	ACR  string
	AMR  []string
	line refreshState
	// InfoClaims and IDClaims are the attributes that the authorization request
	// names, beside those of the scopes, for userInfo and for ID tokens. Only strict
	// pools have them; a refresh keeps them.
	InfoClaims, IDClaims []string
	// strict is whether the pool follows OpenID Connect strictly; Issue sets it.
	strict bool
}

// Narrow binds the access token to a resource; an empty one changes nothing. It
// returns fault.InvalidTarget if the authorization is bound to another resource.
// Resources are compared byte by byte. See docs/divergences OA-58.
func (g *Grant) Narrow(resource string) error {
	if resource == "" {
		return nil
	}
	if g.Resource != "" && g.Resource != resource {
		return fault.New(fault.InvalidTarget, "the authorization is bound to another resource")
	}
	g.Audience = resource
	return nil
}

// NarrowScopes limits the access and the ID token to some of the granted scopes; an
// empty list changes nothing. It returns fault.InvalidScope for a scope that was not
// granted. Source: RFC 6749 section 6.
func (g *Grant) NarrowScopes(scopes []string) error {
	granted := strings.Fields(cmp.Or(g.Scope, ScopeAdmin))
	for _, scope := range scopes {
		if !slices.Contains(granted, scope) {
			return fault.New(fault.InvalidScope, "the scope was not granted")
		}
	}
	if g.oauth() {
		granted = slices.DeleteFunc(granted, func(scope string) bool { return !slices.Contains(scopes, scope) })
		g.narrowed = strings.Join(granted, " ")
	}
	return nil
}

// oauth reports whether the grant is one of OAuth, not of the native API.
func (g Grant) oauth() bool { return g.Scope != "" }

// Set is the tokens for a client. Refresh is empty when the client keeps its
// refresh token, or gets none (Grant.AccessOnly). ID is empty for an OAuth grant
// without the scope openid. Scope is that of the access token.
type Set struct {
	Access, ID, Refresh string
	ExpiresIn           time.Duration
	Scope               string
}

// Issue makes the tokens of a grant; no other function does. It returns an
// error if the client or user may not be used now (userpool.Usable), or if the
// trigger fails. The refresh token keeps the scopes that were granted: the
// trigger runs again at each refresh.
func (i *Issuer) Issue(ctx context.Context, g Grant) (Set, error) {
	if err := userpool.Usable(g.Client, g.User); err != nil {
		return Set{}, err
	}
	m, err := i.read(ctx, &g)
	if err != nil {
		return Set{}, err
	}
	var set Set
	first := g.Origin == ""
	if first {
		g = i.newFamily(g)
	}
	granted := g
	if g.narrowed != "" {
		g.Scope = g.narrowed
	}
	// The trigger gets ScopeAdmin for a native sign-in. Its changes of scopes
	// apply to the access token only.
	changed := g
	if !g.oauth() {
		changed.Scope = ScopeAdmin
	}
	changes, err := i.preTokenGeneration(ctx, &changed, &m)
	if err != nil {
		return Set{}, err
	}
	// Read after the trigger, since the keys may have changed while it ran.
	keys, err := i.keysOf(ctx, g.Pool)
	if err != nil {
		return Set{}, err
	}
	now := i.clock.Now()
	if g.Audience != "" {
		delete(changes.AccessToken.Add, "aud") // see docs/divergences OA-60
	}
	access := accessToken{Grant: changed, membership: m, versioned: g.oauth()}
	if set.Access, err = i.sign(keys.signer(userpool.KeyForAccess, now), i.accessClaims(access, now),
		changes.AccessToken); err != nil {
		return Set{}, err
	}
	if !g.oauth() || slices.Contains(strings.Fields(g.Scope), userpool.ScopeOpenID) {
		id := idToken{Grant: g, membership: m, access: set.Access}
		if set.ID, err = i.sign(keys.signer(userpool.KeyForID, now), i.idClaims(id, now), changes.IDToken); err != nil {
			return Set{}, err
		}
	}
	if set.Refresh, err = i.commit(ctx, granted, first); err != nil {
		return Set{}, err
	}
	set.ExpiresIn, set.Scope = g.Client.AccessTokenLifetime(), changed.Scope
	return set, nil
}

// read returns the membership of the user and sets g.strict.
func (i *Issuer) read(ctx context.Context, g *Grant) (m membership, err error) {
	err = i.store.View(ctx, func(tx *store.Tx) error {
		groups, err := tx.GroupsOf(g.Pool.ID, g.User.Username)
		if err != nil {
			return err
		}
		m = membershipOf(groups)
		g.strict, err = strictOIDC(tx, g.Pool)
		return err
	})
	return m, err
}

func (i *Issuer) sign(key *jose.SigningKey, claims []byte, change trigger.Claims) (string, error) {
	claims, err := amend(claims, change)
	if err != nil {
		return "", err
	}
	i.signed.Add(1)
	return key.Sign(claims)
}

// issueTime is the time that a sign-out is compared with: one at or after it
// revokes the tokens. It is At, or one millisecond after the last sign-out that
// was read. A sign-out within the same millisecond, or dated by a node whose
// clock is ahead, must not revoke the sign-ins after it.
func (g Grant) issueTime() time.Time {
	if at := g.At; at.After(g.User.SignedOut) {
		return at
	}
	return g.User.SignedOut.Add(time.Millisecond)
}

// newFamily starts a token family.
func (i *Issuer) newFamily(g Grant) Grant {
	if g.Origin = g.Family; g.Origin == "" {
		g.Origin = i.entropy.TimedUUID(g.issueTime())
	}
	if g.AuthTime.IsZero() {
		g.AuthTime = g.At
	}
	if g.EventID == "" {
		g.EventID = i.entropy.UUID()
	}
	g.line = refreshState{expires: g.AuthTime.Add(g.Client.RefreshTokenLifetime())}
	if g.AccessOnly {
		g.line.expires = i.clock.Now().Add(g.Client.AccessTokenLifetime())
	}
	if g.Pool.SessionConfig().Tracking {
		g.line.session = i.entropy.SessionID("tkn")
	}
	return g
}

// signedOut reports whether the family was issued at or before the user's last
// sign-out. Tokens without origin_jti (EnableTokenRevocation off) are compared
// by auth_time, which has whole seconds: in the second of the sign-out they
// count as revoked.
func signedOut(u *userpool.User, origin string, authTime time.Time) bool {
	if u.SignedOut.IsZero() {
		return false
	}
	issued, ok := entropy.UUIDTime(origin)
	if !ok {
		issued = authTime
	}
	return !issued.After(u.SignedOut)
}
