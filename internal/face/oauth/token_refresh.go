package oauth

import (
	"context"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// refreshGrant refreshes as GetTokensFromRefreshToken does.
type refreshGrant struct {
	token, resource string
	scopes          []string
}

// permit requires no OAuth flow: clients of the native API refresh here, too.
func (*refreshGrant) permit(c *userpool.Client) error {
	if !c.Allows("REFRESH_TOKEN_AUTH") && c.RefreshTokenRotation == nil {
		return refusal(errUnauthorizedClient, "")
	}
	return nil
}

func (g *refreshGrant) read(form url.Values) error {
	if g.token = form.Get("refresh_token"); g.token == "" {
		return refusal(errInvalidRequest, "")
	}
	g.scopes = scopesOf(form.Get("scope"))
	var err error
	g.resource, err = resourceOf(form)
	return err
}

// issue passes on the client's first secret: authenticate has verified the one
// that was sent.
func (g *refreshGrant) issue(ctx context.Context, f *Face, c caller) (token.Set, error) {
	secret := ""
	if c.client.Confidential() {
		secret = c.client.Secrets[0].Value.Reveal()
	}
	if !c.strict {
		g.scopes = nil // ignored; see docs/divergences OA-142
	}
	out, err := f.Signin.Refresh(ctx, signin.Refresh{
		Pool: c.pool, Client: c.client, Secret: secret, Token: g.token, Resource: g.resource, Scopes: g.scopes,
	})
	if err != nil {
		return token.Set{}, err
	}
	return *out.Tokens, nil
}
