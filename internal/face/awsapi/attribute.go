package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// UpdateUserAttributes changes attributes of the signed-in user that the app
// may write.
func (o *Operations) UpdateUserAttributes(
	ctx context.Context, in *api.UpdateUserAttributesRequest,
) (*api.UpdateUserAttributesResponse, error) {
	sent, err := o.updateOwn(ctx, in.AccessToken, attributeMap(in.UserAttributes), in.ClientMetadata)
	if err != nil {
		return nil, err
	}
	list := make([]api.CodeDeliveryDetailsType, len(sent))
	for i, d := range sent {
		list[i] = *deliveryDetails(d)
	}
	return &api.UpdateUserAttributesResponse{CodeDeliveryDetailsList: list}, nil
}

// DeleteUserAttributes removes attributes of the signed-in user.
func (o *Operations) DeleteUserAttributes(
	ctx context.Context, in *api.DeleteUserAttributesRequest,
) (*api.DeleteUserAttributesResponse, error) {
	_, err := o.updateOwn(ctx, in.AccessToken, account.Removal(in.UserAttributeNames), nil)
	return &api.DeleteUserAttributesResponse{}, err
}

// AdminUpdateUserAttributes changes any attribute of a user.
func (o *Operations) AdminUpdateUserAttributes(
	ctx context.Context, in *api.AdminUpdateUserAttributesRequest,
) (*api.AdminUpdateUserAttributesResponse, error) {
	return &api.AdminUpdateUserAttributesResponse{},
		o.onUser(ctx, in.UserPoolId, in.Username, o.updateAs(attributeMap(in.UserAttributes), in.ClientMetadata))
}

// AdminDeleteUserAttributes removes attributes of a user.
func (o *Operations) AdminDeleteUserAttributes(
	ctx context.Context, in *api.AdminDeleteUserAttributesRequest,
) (*api.AdminDeleteUserAttributesResponse, error) {
	return &api.AdminDeleteUserAttributesResponse{},
		o.onUser(ctx, in.UserPoolId, in.Username, o.updateAs(account.Removal(in.UserAttributeNames), nil))
}

// updateOwn changes attributes of the user of the access token.
func (o *Operations) updateOwn(
	ctx context.Context, accessToken *string, values, metadata map[string]string,
) ([]userpool.Delivery, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(accessToken))
	if err != nil {
		return nil, err
	}
	return o.Account.UpdateAttributes(ctx, account.AttributeRequest{
		Pool: b.Pool, Client: b.Client, User: account.Self(b.User), Values: values, ClientMetadata: metadata,
	})
}

// updateAs changes attributes on behalf of an administrator.
func (o *Operations) updateAs(values, metadata map[string]string) act {
	return func(ctx context.Context, p *userpool.Pool, r account.Ref) error {
		_, err := o.Account.UpdateAttributes(ctx,
			account.AttributeRequest{Pool: p, User: r, Values: values, ClientMetadata: metadata})
		return err
	}
}

// GetUserAttributeVerificationCode sends the signed-in user a code for an
// e-mail address or phone number.
func (o *Operations) GetUserAttributeVerificationCode(
	ctx context.Context, in *api.GetUserAttributeVerificationCodeRequest,
) (*api.GetUserAttributeVerificationCodeResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	sent, err := o.Account.SendAttributeCode(ctx, b.Pool, b.User, api.Text(in.AttributeName),
		account.Requester{Client: b.Client, ClientMetadata: in.ClientMetadata})
	if err != nil {
		return nil, err
	}
	return &api.GetUserAttributeVerificationCodeResponse{CodeDeliveryDetails: deliveryDetails(sent)}, nil
}

// VerifyUserAttribute marks an attribute of the signed-in user as verified, given
// its code.
func (o *Operations) VerifyUserAttribute(
	ctx context.Context, in *api.VerifyUserAttributeRequest,
) (*api.VerifyUserAttributeResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	return &api.VerifyUserAttributeResponse{},
		o.Account.VerifyAttribute(ctx, b.Pool, b.User, api.Text(in.AttributeName), api.Text(in.Code))
}

// SetUserSettings sets the signed-in user's MFA options. It is the predecessor of
// SetUserMFAPreference.
func (o *Operations) SetUserSettings(
	ctx context.Context, in *api.SetUserSettingsRequest,
) (*api.SetUserSettingsResponse, error) {
	return &api.SetUserSettingsResponse{}, o.onSelf(ctx, in.AccessToken, o.setOptions(in.MFAOptions))
}

// AdminSetUserSettings sets a user's MFA options. It is the predecessor of
// AdminSetUserMFAPreference.
func (o *Operations) AdminSetUserSettings(
	ctx context.Context, in *api.AdminSetUserSettingsRequest,
) (*api.AdminSetUserSettingsResponse, error) {
	return &api.AdminSetUserSettingsResponse{}, o.onUser(ctx, in.UserPoolId, in.Username, o.setOptions(in.MFAOptions))
}

func (o *Operations) setOptions(list []api.MFAOptionType) act {
	options := make([]userpool.MFAOption, len(list))
	for i, m := range list {
		options[i] = userpool.MFAOption{
			DeliveryMedium: api.Text(m.DeliveryMedium), AttributeName: api.Text(m.AttributeName),
		}
	}
	return func(ctx context.Context, p *userpool.Pool, r account.Ref) error {
		return o.Account.SetMFAOptions(ctx, p, r, options)
	}
}

// mfaOptions returns nil if the user has none, so that the member is absent.
func mfaOptions(u *userpool.User) (list []api.MFAOptionType) {
	for _, m := range u.MFAOptions {
		list = append(list, api.MFAOptionType{DeliveryMedium: &m.DeliveryMedium, AttributeName: &m.AttributeName})
	}
	return list
}
