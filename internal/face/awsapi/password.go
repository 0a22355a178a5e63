package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
)

// AdminSetUserPassword sets a user's password, temporary unless Permanent.
func (o *Operations) AdminSetUserPassword(
	ctx context.Context, in *api.AdminSetUserPasswordRequest,
) (*api.AdminSetUserPasswordResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	permanent := in.Permanent != nil && *in.Permanent
	err = o.Account.AdminSetUserPassword(ctx, p, api.Text(in.Username), api.Text(in.Password), permanent)
	if err != nil {
		return nil, err
	}
	return &api.AdminSetUserPasswordResponse{}, nil
}

// ChangePassword changes the signed-in user's password.
func (o *Operations) ChangePassword(
	ctx context.Context, in *api.ChangePasswordRequest,
) (*api.ChangePasswordResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	err = o.Account.ChangePassword(ctx, b.Pool, b.User, account.ChangeRequest{
		Previous: in.PreviousPassword, Proposed: api.Text(in.ProposedPassword),
	})
	if err != nil {
		return nil, err
	}
	return &api.ChangePasswordResponse{}, nil
}

// ForgotPassword sends a password reset code.
func (o *Operations) ForgotPassword(
	ctx context.Context, in *api.ForgotPasswordRequest,
) (*api.ForgotPasswordResponse, error) {
	d, err := o.Account.ForgotPassword(ctx, appRequest(in.ClientId, in.SecretHash, in.Username, in.ClientMetadata))
	if err != nil {
		return nil, err
	}
	return &api.ForgotPasswordResponse{CodeDeliveryDetails: deliveryDetails(d)}, nil
}

// ConfirmForgotPassword sets a new password with a reset code.
func (o *Operations) ConfirmForgotPassword(
	ctx context.Context, in *api.ConfirmForgotPasswordRequest,
) (*api.ConfirmForgotPasswordResponse, error) {
	err := o.Account.ConfirmForgotPassword(ctx, account.ResetRequest{
		Request:  appRequest(in.ClientId, in.SecretHash, in.Username, in.ClientMetadata),
		Code:     api.Text(in.ConfirmationCode),
		Password: api.Text(in.Password),
	})
	if err != nil {
		return nil, err
	}
	return &api.ConfirmForgotPasswordResponse{}, nil
}

// AdminResetUserPassword requires a user to set a new password with a code.
func (o *Operations) AdminResetUserPassword(
	ctx context.Context, in *api.AdminResetUserPasswordRequest,
) (*api.AdminResetUserPasswordResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	if err := o.Account.AdminResetUserPassword(ctx, p, api.Text(in.Username), in.ClientMetadata); err != nil {
		return nil, err
	}
	return &api.AdminResetUserPasswordResponse{}, nil
}
