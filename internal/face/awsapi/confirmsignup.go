package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
)

// ConfirmSignUp confirms a user with the code that was sent at sign-up. The
// Session in its response can be sent to InitiateAuth.
func (o *Operations) ConfirmSignUp(
	ctx context.Context, in *api.ConfirmSignUpRequest,
) (*api.ConfirmSignUpResponse, error) {
	p, c, err := o.appClient(ctx, *in.ClientId)
	if err != nil {
		return nil, err
	}
	r := account.ConfirmRequest{
		Request:    appRequest(in.ClientId, in.SecretHash, in.Username, in.ClientMetadata),
		Code:       api.Text(in.ConfirmationCode),
		ForceAlias: in.ForceAliasCreation != nil && *in.ForceAliasCreation,
	}
	if in.Session != nil {
		if r.Sub, err = o.Signin.OpenSignUp(ctx, p, c, *in.Session); err != nil {
			return nil, err
		}
	}
	u, err := o.Account.ConfirmSignUp(ctx, r)
	if err != nil {
		return nil, err
	}
	session, err := o.Signin.SignedUpSession(p, c, u)
	return &api.ConfirmSignUpResponse{Session: some(session)}, err
}

// AdminConfirmSignUp confirms a user without a code.
func (o *Operations) AdminConfirmSignUp(
	ctx context.Context, in *api.AdminConfirmSignUpRequest,
) (*api.AdminConfirmSignUpResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if err := o.Account.AdminConfirmSignUp(ctx, p, api.Text(in.Username), in.ClientMetadata); err != nil {
		return nil, err
	}
	return &api.AdminConfirmSignUpResponse{}, nil
}

// ResendConfirmationCode sends a new sign-up code.
func (o *Operations) ResendConfirmationCode(
	ctx context.Context, in *api.ResendConfirmationCodeRequest,
) (*api.ResendConfirmationCodeResponse, error) {
	r := appRequest(in.ClientId, in.SecretHash, in.Username, in.ClientMetadata)
	d, err := o.Account.ResendConfirmationCode(ctx, r)
	if err != nil {
		return nil, err
	}
	return &api.ResendConfirmationCodeResponse{CodeDeliveryDetails: deliveryDetails(d)}, nil
}
