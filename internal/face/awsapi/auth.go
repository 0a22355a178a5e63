package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// InitiateAuth begins a sign-in for an app.
func (o *Operations) InitiateAuth(ctx context.Context, in *api.InitiateAuthRequest) (*api.InitiateAuthResponse, error) {
	p, c, err := o.appClient(ctx, *in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := o.Signin.Start(ctx, signin.Start{
		Pool: p, Client: c, Flow: *in.AuthFlow, Params: in.AuthParameters, Session: api.Text(in.Session),
		Metadata: in.ClientMetadata,
	})
	if err != nil {
		return nil, err
	}
	return &api.InitiateAuthResponse{
		ChallengeName: some(out.Challenge), Session: some(out.Session),
		ChallengeParameters: out.Parameters, AuthenticationResult: authResult(out),
		AvailableChallenges: out.Available,
	}, nil
}

// AdminInitiateAuth begins a sign-in for a server with IAM credentials.
func (o *Operations) AdminInitiateAuth(
	ctx context.Context, in *api.AdminInitiateAuthRequest,
) (*api.AdminInitiateAuthResponse, error) {
	p, c, err := o.ownClient(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := o.Signin.Start(withContextData(ctx, in.ContextData), signin.Start{
		Pool: p, Client: c, Admin: true, Flow: *in.AuthFlow, Params: in.AuthParameters, Session: api.Text(in.Session),
		Metadata: in.ClientMetadata,
	})
	if err != nil {
		return nil, err
	}
	return &api.AdminInitiateAuthResponse{
		ChallengeName: some(out.Challenge), Session: some(out.Session),
		ChallengeParameters: out.Parameters, AuthenticationResult: authResult(out),
		AvailableChallenges: out.Available,
	}, nil
}

// RespondToAuthChallenge answers a challenge for an app.
func (o *Operations) RespondToAuthChallenge(
	ctx context.Context, in *api.RespondToAuthChallengeRequest,
) (*api.RespondToAuthChallengeResponse, error) {
	p, c, err := o.appClient(ctx, *in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := o.Signin.Answer(ctx, signin.Answer{
		Pool: p, Client: c, Challenge: *in.ChallengeName, Session: api.Text(in.Session),
		Responses: in.ChallengeResponses,
		Metadata:  in.ClientMetadata,
	})
	if err != nil {
		return nil, err
	}
	return &api.RespondToAuthChallengeResponse{
		ChallengeName: some(out.Challenge), Session: some(out.Session),
		ChallengeParameters: out.Parameters, AuthenticationResult: authResult(out),
		AvailableChallenges: out.Available,
	}, nil
}

// AdminRespondToAuthChallenge answers a challenge for a server.
func (o *Operations) AdminRespondToAuthChallenge(
	ctx context.Context, in *api.AdminRespondToAuthChallengeRequest,
) (*api.AdminRespondToAuthChallengeResponse, error) {
	p, c, err := o.ownClient(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := o.Signin.Answer(withContextData(ctx, in.ContextData), signin.Answer{
		Pool: p, Client: c, Admin: true, Challenge: *in.ChallengeName, Session: api.Text(in.Session),
		Responses: in.ChallengeResponses,
		Metadata:  in.ClientMetadata,
	})
	if err != nil {
		return nil, err
	}
	return &api.AdminRespondToAuthChallengeResponse{
		ChallengeName: some(out.Challenge), Session: some(out.Session),
		ChallengeParameters: out.Parameters, AuthenticationResult: authResult(out),
		AvailableChallenges: out.Available,
	}, nil
}

// GetTokensFromRefreshToken refreshes tokens. The request has the client's secret
// itself, not a SECRET_HASH.
func (o *Operations) GetTokensFromRefreshToken(
	ctx context.Context, in *api.GetTokensFromRefreshTokenRequest,
) (*api.GetTokensFromRefreshTokenResponse, error) {
	p, c, err := o.appClient(ctx, *in.ClientId)
	if err != nil {
		return nil, err
	}
	out, err := o.Signin.Refresh(ctx, signin.Refresh{
		Pool: p, Client: c, Secret: api.Text(in.ClientSecret), Token: *in.RefreshToken,
		DeviceKey: api.Text(in.DeviceKey), Metadata: in.ClientMetadata,
	})
	if err != nil {
		return nil, err
	}
	return &api.GetTokensFromRefreshTokenResponse{AuthenticationResult: authResult(out)}, nil
}

// RevokeToken revokes the family of a refresh token and, with LINKED, ends the
// managed-login session that it was issued in.
func (o *Operations) RevokeToken(ctx context.Context, in *api.RevokeTokenRequest) (*api.RevokeTokenResponse, error) {
	p, c, err := o.appClient(ctx, *in.ClientId)
	if err != nil {
		return nil, fault.New(fault.Unauthorized, "Invalid client.").ReplacingKind(fault.ResourceNotFound, err)
	}
	if !account.VerifyClientSecret(c, api.Text(in.ClientSecret)) {
		return nil, fault.New(fault.Unauthorized, "Invalid client.")
	}
	if err := o.Tokens.Revoke(ctx, p, c, *in.Token, linked(in.RevokeAssociatedSessions)); err != nil {
		return nil, err
	}
	return &api.RevokeTokenResponse{}, nil
}

// appClient returns a client and its pool, for an operation that names no pool.
func (o *Operations) appClient(ctx context.Context, clientID string) (p *userpool.Pool, c *userpool.Client, err error) {
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		if c, err = tx.ClientByID(clientID); err != nil {
			return err
		}
		p, err = tx.Pool(c.PoolID)
		return err
	})
	return p, c, err
}

// ownClient returns a client of one of the caller's pools.
func (o *Operations) ownClient(
	ctx context.Context, poolID, clientID string,
) (p *userpool.Pool, c *userpool.Client, err error) {
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		if p, err = o.ownPool(ctx, tx, poolID); err != nil {
			return err
		}
		c, err = tx.Client(poolID, clientID)
		return err
	})
	return p, c, err
}

func authResult(out signin.Outcome) *api.AuthenticationResultType {
	set := out.Tokens
	if set == nil {
		return nil
	}
	seconds := int32(set.ExpiresIn.Seconds())
	result := &api.AuthenticationResultType{
		AccessToken: some(set.Access), IdToken: some(set.ID), RefreshToken: some(set.Refresh),
		ExpiresIn: &seconds, TokenType: some("Bearer"),
	}
	if d := out.NewDevice; d != nil {
		result.NewDeviceMetadata = &api.NewDeviceMetadataType{DeviceKey: &d.Key, DeviceGroupKey: &d.GroupKey}
	}
	return result
}

// some returns nil for empty text, so that the member is absent in the response.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
