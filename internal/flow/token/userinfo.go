package token

import (
	"context"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// UserInfo returns the claims of the userInfo endpoint and the pool of the
// access token, which needs the scope openid. Every claim is text, also the
// verified flags: SDKs rely on it. In a pool that follows OpenID Connect strictly,
// claims have the types of OpenID Connect Core section 5.1. Errors are those of
// Authorize; with that of a token that the pool has signed, UserInfo returns the
// pool, too. Sources: guide page userinfo-endpoint; docs/divergences OA-100.
func (i *Issuer) UserInfo(ctx context.Context, accessToken string) ([]byte, *userpool.Pool, error) {
	p, claims, err := i.verifyAccess(ctx, accessToken)
	if err != nil {
		return nil, p, err
	}
	b, err := i.bearer(ctx, p, claims, userpool.ScopeOpenID)
	if err != nil {
		return nil, p, err
	}
	g := Grant{Pool: b.Pool, Client: b.Client, User: b.User, Scope: b.Scope, strict: b.strict}
	c := newClaims().text("sub", b.User.Sub)
	for name, value := range readable(g, b.infoClaims) {
		if g.strict {
			c = c.member(name, attributeClaim(name, value))
		} else {
			c = c.text(name, value)
		}
	}
	if !g.strict || userpool.StrictScopesRead(strings.Fields(g.Scope), "username") {
		c = c.text("username", b.User.Username)
	}
	return c.done(), p, nil
}
