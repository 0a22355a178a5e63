package oauth

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// codeGrant redeems an authorization code.
func (f *Face) codeGrant(ctx context.Context, a asking) (token.Set, error) {
	if !a.client.AllowsOAuth(userpool.FlowCode) {
		return token.Set{}, refusal(errUnauthorizedClient, "")
	}
	shown := token.Redemption{
		Code: a.form.Get("code"), RedirectURI: a.form.Get("redirect_uri"), Verifier: a.form.Get("code_verifier"),
	}
	if shown.Code == "" {
		return token.Set{}, refusal(errInvalidRequest, "")
	}
	g, err := f.Tokens.RedeemCode(ctx, a.pool, a.client, shown)
	if err != nil {
		return token.Set{}, err
	}
	return f.Tokens.Issue(ctx, g)
}
