package signin

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// startRefresh is REFRESH_TOKEN_AUTH, which is disabled for clients that rotate
// refresh tokens. SECRET_HASH covers the username of the token's user, since no
// USERNAME is sent; a hash over an alias is refused. Source: guide page
// signing-up-users-in-your-app and public reports of clients that hash the
// alias, such as aws-amplify/amplify-android#3111.
func (e *Engine) startRefresh(ctx context.Context, s *Start) (Outcome, error) {
	if s.Client.Rotates() {
		return Outcome{}, refreshDisabled
	}
	g, err := e.Tokens.Redeem(ctx, s.Pool, s.Client, s.Params[paramRefreshToken], s.Params[paramDeviceKey])
	if errors.Is(err, fault.RefreshTokenReuse) {
		// The token was replaced while the client rotated. This flow has no error for
		// reuse.
		return Outcome{}, fault.RevokedRefreshToken.WithCause(err)
	}
	if err != nil {
		return Outcome{}, err
	}
	hash := s.Params[paramSecretHash]
	if err := account.VerifySecretHash(s.Client, hash, g.User.Username); err != nil {
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

// Refresh is the input of GetTokensFromRefreshToken, in domain types. Secret is
// the client secret in clear text. DeviceKey is the device that the token was
// issued to. Metadata is for the PreTokenGeneration function.
type Refresh struct {
	Pool          *userpool.Pool
	Client        *userpool.Client
	Secret, Token string
	DeviceKey     string
	Metadata      map[string]string
	// Resource and Scopes narrow the tokens; see token.Grant.Narrow and NarrowScopes.
	Resource string
	Scopes   []string
}

// Refresh runs GetTokensFromRefreshToken. A client that rotates gets a new
// refresh token with the new tokens. Source: guide page
// amazon-cognito-user-pools-using-the-refresh-token.
func (e *Engine) Refresh(ctx context.Context, r Refresh) (Outcome, error) {
	c := r.Client
	if !account.VerifyClientSecret(c, r.Secret) {
		return Outcome{}, fault.New(fault.NotAuthorized, "Unable to verify client secret for client "+c.ID)
	}
	if !c.Allows("REFRESH_TOKEN_AUTH") && !c.Rotates() {
		return Outcome{}, refreshDisabled
	}
	g, err := e.Tokens.Redeem(ctx, r.Pool, c, r.Token, r.DeviceKey)
	if err == nil {
		err = g.Narrow(r.Resource)
	}
	if err == nil {
		err = g.NarrowScopes(r.Scopes)
	}
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
