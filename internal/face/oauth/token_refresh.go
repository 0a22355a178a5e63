package oauth

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
)

// refreshGrant refreshes as GetTokensFromRefreshToken does. The client's secret
// has been checked; the first of them stands for it.
func (f *Face) refreshGrant(ctx context.Context, a asking) (token.Set, error) {
	shown := a.form.Get("refresh_token")
	if shown == "" {
		return token.Set{}, refusal(errInvalidRequest, "")
	}
	if !a.client.Allows("REFRESH_TOKEN_AUTH") && a.client.RefreshTokenRotation == nil {
		return token.Set{}, refusal(errUnauthorizedClient, "")
	}
	secret := ""
	if a.client.Confidential() {
		secret = a.client.Secrets[0].Value.Reveal()
	}
	out, err := f.Signin.Refresh(ctx, signin.Refresh{Pool: a.pool, Client: a.client, Secret: secret, Token: shown})
	if err != nil {
		return token.Set{}, err
	}
	return *out.Tokens, nil
}
