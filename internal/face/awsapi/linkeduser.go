package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
)

func userIdentifier(in *api.ProviderUserIdentifierType) federation.UserIdentifier {
	return federation.UserIdentifier{
		Provider: api.Text(in.ProviderName), Name: api.Text(in.ProviderAttributeName),
		Value: api.Text(in.ProviderAttributeValue),
	}
}

// AdminLinkProviderForUser lets an identity of a provider sign in as a user.
func (o *Operations) AdminLinkProviderForUser(
	ctx context.Context, in *api.AdminLinkProviderForUserRequest,
) (*api.AdminLinkProviderForUserResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	err = o.Federation.Link(ctx, p, userIdentifier(in.DestinationUser), userIdentifier(in.SourceUser))
	return &api.AdminLinkProviderForUserResponse{}, err
}

// AdminDisableProviderForUser prevents a user from signing in with a provider.
func (o *Operations) AdminDisableProviderForUser(
	ctx context.Context, in *api.AdminDisableProviderForUserRequest,
) (*api.AdminDisableProviderForUserResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	return &api.AdminDisableProviderForUserResponse{}, o.Federation.Disable(ctx, p, userIdentifier(in.User))
}
