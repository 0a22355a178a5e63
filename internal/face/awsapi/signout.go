package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
)

// GlobalSignOut revokes every token of the signed-in user.
func (o *Operations) GlobalSignOut(
	ctx context.Context, in *api.GlobalSignOutRequest,
) (*api.GlobalSignOutResponse, error) {
	return &api.GlobalSignOutResponse{}, o.onSelf(ctx, in.AccessToken, o.Account.SignOut)
}

// AdminUserGlobalSignOut revokes every token of a user.
func (o *Operations) AdminUserGlobalSignOut(
	ctx context.Context, in *api.AdminUserGlobalSignOutRequest,
) (*api.AdminUserGlobalSignOutResponse, error) {
	return &api.AdminUserGlobalSignOutResponse{}, o.onUser(ctx, in.UserPoolId, in.Username, o.Account.SignOut)
}
