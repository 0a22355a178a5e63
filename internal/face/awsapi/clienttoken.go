package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
)

// GetClientToken returns an access token for a client that sends one of its
// secrets.
func (o *Operations) GetClientToken(
	ctx context.Context, in *api.GetClientTokenRequest,
) (*api.GetClientTokenResponse, error) {
	p, c, err := o.appClient(ctx, *in.ClientId)
	if err != nil {
		return nil, err
	}
	if !c.Confidential() || !account.VerifyClientSecret(c, *in.Secret) {
		return nil, fault.New(fault.NotAuthorized, "Unable to verify client secret for client "+c.ID)
	}
	set, err := o.Tokens.ClientToken(ctx,
		token.MachineRequest{Pool: p, Client: c, Scopes: in.Scopes, ClientMetadata: in.ClientMetadata})
	if err != nil {
		return nil, err
	}
	seconds := int32(set.ExpiresIn.Seconds())
	return &api.GetClientTokenResponse{ClientAuthenticationResult: &api.ClientAuthenticationResultType{
		AccessToken: &set.Access, ExpiresIn: &seconds, TokenType: some("Bearer"),
	}}, nil
}
