package awsapi

import (
	"context"

	"lifeguard/internal/api"
	"lifeguard/internal/flow/account"
)

// ConfirmSignUp confirms a user by the code that was sent at sign-up.
func (o *Operations) ConfirmSignUp(ctx context.Context, in *api.ConfirmSignUpRequest) (*api.ConfirmSignUpResponse, error) {
	err := o.Account.ConfirmSignUp(ctx, account.ConfirmRequest{
		Request:    appRequest(in.ClientId, in.SecretHash, in.Username, in.ClientMetadata),
		Code:       text(in.ConfirmationCode),
		ForceAlias: in.ForceAliasCreation != nil && *in.ForceAliasCreation,
	})
	if err != nil {
		return nil, err
	}
	return &api.ConfirmSignUpResponse{}, nil
}

// AdminConfirmSignUp confirms a user without a code.
func (o *Operations) AdminConfirmSignUp(ctx context.Context, in *api.AdminConfirmSignUpRequest) (*api.AdminConfirmSignUpResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if err := o.Account.AdminConfirmSignUp(ctx, p, text(in.Username), in.ClientMetadata); err != nil {
		return nil, err
	}
	return &api.AdminConfirmSignUpResponse{}, nil
}

// ResendConfirmationCode sends a new sign-up code.
func (o *Operations) ResendConfirmationCode(ctx context.Context, in *api.ResendConfirmationCodeRequest) (*api.ResendConfirmationCodeResponse, error) {
	d, err := o.Account.ResendConfirmationCode(ctx, appRequest(in.ClientId, in.SecretHash, in.Username, in.ClientMetadata))
	if err != nil {
		return nil, err
	}
	return &api.ResendConfirmationCodeResponse{CodeDeliveryDetails: deliveryDetails(d)}, nil
}
