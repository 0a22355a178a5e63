package token

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Introspection describes an active token (RFC 7662 section 2.2).
type Introspection struct {
	Issuer, Subject, ClientID, Scope string
	// Username is empty for a token of the client itself.
	Username string
	// ID and Issued are those of an access token; a refresh token has none.
	ID       string
	Issued   time.Time
	Audience string
	Expires  time.Time
	// Refresh: it is a refresh token.
	Refresh bool
}

// Introspect describes an access or refresh token to a confidential client of
// the pool, which the caller has authenticated. It returns nil for a token that
// is not active, which includes every token that the client may not know about;
// an error is always one of the server. A client may know about its own tokens,
// and about access tokens for a resource server that it stands for; see
// standsFor. A refresh token that has been replaced is not active; its family is
// not revoked, since this is no use of it. See docs/divergences OA-63.
func (i *Issuer) Introspect(
	ctx context.Context, p *userpool.Pool, c *userpool.Client, token string,
) (found *Introspection, err error) {
	if ClaimedPool(token) == p.ID {
		found, err = i.introspectAccess(ctx, c, token)
	} else {
		found, err = i.introspectRefresh(ctx, p, c, token)
	}
	if inactive(err) {
		return nil, nil
	}
	return found, err
}

// inactive reports whether err says that a token cannot be used; any other
// error is one of the server.
func inactive(err error) bool {
	return slices.ContainsFunc([]fault.Kind{
		fault.NotAuthorized, fault.ResourceNotFound, fault.UserNotFound, fault.UserNotConfirmed,
		fault.PasswordResetRequired, fault.RefreshTokenReuse,
	}, func(k fault.Kind) bool { return errors.Is(err, k) })
}

func (i *Issuer) introspectAccess(ctx context.Context, c *userpool.Client, token string) (*Introspection, error) {
	p, claims, err := i.verifyAccess(ctx, token)
	if err != nil {
		return nil, err
	}
	if claims.ClientID != c.ID && !standsFor(c, claims) {
		return nil, fault.InvalidAccessToken.WithCause(errors.New("issued to another client"))
	}
	if claims.machine() {
		err = i.store.View(ctx, func(tx *store.Tx) error {
			_, err := tx.Client(p.ID, claims.ClientID)
			return err
		})
	} else {
		_, err = i.bearer(ctx, p, claims, "")
	}
	return &Introspection{
		Issuer: claims.Issuer, Subject: claims.Subject, ClientID: claims.ClientID, Scope: claims.Scope,
		Username: claims.Username, ID: claims.ID, Audience: claims.Audience,
		Issued: time.Unix(claims.Issued, 0), Expires: time.Unix(claims.Expires, 0),
	}, err
}

// standsFor reports whether the client stands for a resource server that the
// access token is for: it is allowed a scope of that server. A token with aud is
// for that resource server alone, another one for those of its scopes. The aud
// that a function of the pool can set is the client of the token.
func standsFor(c *userpool.Client, claims bearerClaims) bool {
	servers := resourceServers(c.AllowedOAuthScopes)
	if claims.Audience != "" && claims.Audience != claims.ClientID {
		return slices.Contains(servers, claims.Audience)
	}
	return slices.ContainsFunc(resourceServers(strings.Fields(claims.Scope)), func(server string) bool {
		return slices.Contains(servers, server)
	})
}

// resourceServers returns the identifiers in the names of custom scopes. The
// name of a scope within its resource server has no slash.
func resourceServers(scopes []string) (ids []string) {
	for _, scope := range scopes {
		if slash := strings.LastIndexByte(scope, '/'); slash > 0 {
			ids = append(ids, scope[:slash])
		}
	}
	return ids
}

func (i *Issuer) introspectRefresh(
	ctx context.Context, p *userpool.Pool, c *userpool.Client, token string,
) (*Introspection, error) {
	f, err := i.openRefresh(ctx, p.ID, token)
	if err != nil {
		return nil, err
	}
	g, err := i.verifyRefresh(ctx, p, c, f, f.Device)
	if err == nil {
		err = userpool.Usable(c, g.User)
	}
	return &Introspection{
		Issuer: i.Name(p), Subject: f.Sub, ClientID: f.Client, Username: f.Username, Scope: f.Scope,
		Audience: f.Resource, Expires: time.UnixMilli(f.Expires), Refresh: true,
	}, err
}
