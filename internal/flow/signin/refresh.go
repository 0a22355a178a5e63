package signin

import (
	"context"

	"lifeguard/internal/fault"
	"lifeguard/internal/flow/account"
	"lifeguard/internal/userpool"
)

// startRefresh is REFRESH_TOKEN_AUTH. SECRET_HASH is over the name of the
// token's user, since no USERNAME is sent (guide page signing-up-users-in-your-app).
func (e *Engine) startRefresh(ctx context.Context, s *Start) (Outcome, error) {
	if err := refuseRotation(s.Client); err != nil {
		return Outcome{}, err
	}
	g, err := e.Tokens.Redeem(ctx, s.Pool, s.Client, s.Params[paramRefreshToken])
	if err != nil {
		return Outcome{}, err
	}
	a := &attempt{pool: s.Pool, client: s.Client, user: g.User, typed: g.User.Username}
	hash := s.Params[paramSecretHash]
	if err := account.VerifySecretHash(s.Client, hash, a.names()...); err != nil {
		if hash == "" {
			return Outcome{}, err
		}
		return Outcome{}, fault.SecretHashWrongAtRefresh(s.Client.ID)
	}
	set, err := e.Tokens.Issue(ctx, g)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Tokens: &set, Parameters: map[string]string{}}, nil
}

// Refresh is GetTokensFromRefreshToken in nouns. Secret is the client's own,
// in clear; Metadata is for the pool's PreTokenGeneration function.
type Refresh struct {
	Pool          *userpool.Pool
	Client        *userpool.Client
	Secret, Token string
	Metadata      map[string]string
}

// Refresh is GetTokensFromRefreshToken, which sends the client's secret itself.
func (e *Engine) Refresh(ctx context.Context, r Refresh) (Outcome, error) {
	c := r.Client
	if !account.VerifyClientSecret(c, r.Secret) {
		return Outcome{}, fault.New(fault.NotAuthorized, "Unable to verify client secret for client "+c.ID)
	}
	if !c.Allows("REFRESH_TOKEN_AUTH") && c.RefreshTokenRotation == nil {
		return Outcome{}, refresh.disabled
	}
	if err := refuseRotation(c); err != nil {
		return Outcome{}, err
	}
	g, err := e.Tokens.Redeem(ctx, r.Pool, c, r.Token)
	if err != nil {
		return Outcome{}, err
	}
	g.ClientMetadata = r.Metadata
	set, err := e.Tokens.Issue(ctx, g)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Tokens: &set}, nil
}

// refuseRotation keeps a client that asks for rotation from being served
// tokens that do not rotate.
func refuseRotation(c *userpool.Client) error {
	if c.RefreshTokenRotation != nil && c.RefreshTokenRotation.Feature == "ENABLED" {
		return fault.New(fault.InvalidParameter, "Refresh token rotation is not built in this version.")
	}
	return nil
}
