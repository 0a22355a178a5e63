package awsapi

import (
	"context"
	"errors"

	"lifeguard/internal/api"
	"lifeguard/internal/fault"
)

// GlobalSignOut revokes every token of the signed-in user. Its model has no
// word for a user who has been deleted.
func (o *Operations) GlobalSignOut(ctx context.Context, in *api.GlobalSignOutRequest) (*api.GlobalSignOutResponse, error) {
	err := o.onSelf(ctx, in.AccessToken, o.Account.SignOut)
	if errors.Is(err, fault.UserNotFound) {
		err = fault.InvalidAccessToken.Because(err)
	}
	return &api.GlobalSignOutResponse{}, err
}

// AdminUserGlobalSignOut revokes every token of a user.
func (o *Operations) AdminUserGlobalSignOut(ctx context.Context, in *api.AdminUserGlobalSignOutRequest) (*api.AdminUserGlobalSignOutResponse, error) {
	return &api.AdminUserGlobalSignOutResponse{}, o.onUser(ctx, in.UserPoolId, in.Username, o.Account.SignOut)
}
