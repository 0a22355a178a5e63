package oauth

import (
	"context"
	"errors"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
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

// issue answers another redirect_uri with the error that the guide's page
// token-endpoint names, in strict pools with that of RFC 6749 section 5.2.
func (g *codeGrant) issue(ctx context.Context, f *Face, c caller) (token.Set, error) {
	redeemed, err := f.Tokens.RedeemCode(ctx, c.pool, c.client, g.redemption)
	if errors.Is(err, fault.Unauthorized) && c.strict {
		return token.Set{}, &Refusal{Code: errInvalidGrant, cause: err}
	}
	if errors.Is(err, fault.Unauthorized) {
		return token.Set{}, &Refusal{Code: errUnauthorizedClient, Description: "invalid_redirect", cause: err}
	}
	if err != nil {
		return token.Set{}, err
	}
	return f.Tokens.Issue(ctx, redeemed)
}
