package oauth

import (
	"context"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// codeGrant redeems an authorization code.
type codeGrant struct{ redemption token.Redemption }

func (*codeGrant) permit(c *userpool.Client) error { return requireFlow(c, userpool.FlowCode) }

func (g *codeGrant) read(form url.Values) error {
	g.redemption = token.Redemption{
		Code: form.Get("code"), RedirectURI: form.Get("redirect_uri"), Verifier: form.Get("code_verifier"),
	}
	if g.redemption.Code == "" {
		return refusal(errInvalidRequest, "")
	}
	var err error
	g.redemption.Resource, err = resourceOf(form)
	return err
}

func (g *codeGrant) issue(ctx context.Context, f *Face, c caller) (token.Set, error) {
	redeemed, err := f.Tokens.RedeemCode(ctx, c.pool, c.client, g.redemption)
	if err != nil {
		return token.Set{}, err
	}
	return f.Tokens.Issue(ctx, redeemed)
}
