package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// AdminCreateUser creates a user and sends an invitation or, with MessageAction
// RESEND, sends another invitation to an existing user.
func (o *Operations) AdminCreateUser(
	ctx context.Context, in *api.AdminCreateUserRequest,
) (*api.AdminCreateUserResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	r := account.CreateRequest{
		Username:          api.Text(in.Username),
		Attributes:        attributeMap(in.UserAttributes),
		TemporaryPassword: api.Text(in.TemporaryPassword),
		Silent:            api.Text(in.MessageAction) == "SUPPRESS",
		ForceAlias:        in.ForceAliasCreation != nil && *in.ForceAliasCreation,
		ClientMetadata:    in.ClientMetadata,
		ValidationData:    validationData(in.ValidationData),
	}
	for _, medium := range in.DesiredDeliveryMediums {
		r.Mediums = append(r.Mediums, userpool.Medium(medium))
	}
	create := o.Account.AdminCreateUser
	if api.Text(in.MessageAction) == "RESEND" {
		create = o.Account.ResendInvitation
	}
	u, err := create(ctx, p, r)
	if err != nil {
		return nil, err
	}
	out := userType(u, everything)
	return &api.AdminCreateUserResponse{User: &out}, nil
}
