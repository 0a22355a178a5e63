package token

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// UserInfo returns the claims of the userInfo endpoint and the pool of the
// access token, which needs the scope openid. Every claim is text, also the
// verified flags: SDKs rely on it. Errors are those of Authorize. Source: guide
// page userinfo-endpoint.
func (i *Issuer) UserInfo(ctx context.Context, accessToken string) ([]byte, *userpool.Pool, error) {
	b, err := i.authorize(ctx, accessToken, userpool.ScopeOpenID)
	if err != nil {
		return nil, nil, err
	}
	c := newClaims().text("sub", b.User.Sub)
	for name, value := range readable(Grant{Pool: b.Pool, Client: b.Client, User: b.User, Scope: b.Scope}) {
		c = c.text(name, value)
	}
	return c.text("username", b.User.Username).done(), b.Pool, nil
}
