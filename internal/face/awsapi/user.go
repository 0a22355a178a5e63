package awsapi

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// AdminGetUser returns a user with all attributes.
func (o *Operations) AdminGetUser(ctx context.Context, in *api.AdminGetUserRequest) (*api.AdminGetUserResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	u, err := o.Account.User(ctx, p, account.Named(api.Text(in.Username)))
	if err != nil {
		return nil, err
	}
	status := string(u.Status)
	return &api.AdminGetUserResponse{
		Username: &u.Username, UserAttributes: attributeList(u, everything),
		UserCreateDate: &u.Created, UserLastModifiedDate: &u.Modified,
		Enabled: &u.Enabled, UserStatus: &status, MFAOptions: mfaOptions(u),
		UserMFASettingList: factorNames(u.Factors.Enabled), PreferredMfaSetting: some(string(u.Factors.Preferred)),
	}, nil
}

// GetUser returns the signed-in user, with the attributes that the app client can
// read.
func (o *Operations) GetUser(ctx context.Context, in *api.GetUserRequest) (*api.GetUserResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	readable := func(name string) bool {
		return !strings.HasPrefix(name, "dev:") && b.Client.CanRead(b.Pool, name)
	}
	return &api.GetUserResponse{
		Username: &b.User.Username, UserAttributes: attributeList(b.User, readable), MFAOptions: mfaOptions(b.User),
		UserMFASettingList:  factorNames(b.User.Factors.Enabled),
		PreferredMfaSetting: some(string(b.User.Factors.Preferred)),
	}, nil
}

// AdminDeleteUser deletes a user.
func (o *Operations) AdminDeleteUser(ctx context.Context, in *api.AdminDeleteUserRequest) error {
	return o.onUser(ctx, in.UserPoolId, in.Username, o.Account.DeleteUser)
}

// DeleteUser deletes the signed-in user.
func (o *Operations) DeleteUser(ctx context.Context, in *api.DeleteUserRequest) error {
	return o.onSelf(ctx, in.AccessToken, o.Account.DeleteUser)
}

// AdminEnableUser lets a disabled user sign in again.
func (o *Operations) AdminEnableUser(
	ctx context.Context, in *api.AdminEnableUserRequest,
) (*api.AdminEnableUserResponse, error) {
	return &api.AdminEnableUserResponse{}, o.onUser(ctx, in.UserPoolId, in.Username, o.Account.EnableUser)
}

// AdminDisableUser prevents a user from signing in and revokes its tokens.
func (o *Operations) AdminDisableUser(
	ctx context.Context, in *api.AdminDisableUserRequest,
) (*api.AdminDisableUserResponse, error) {
	return &api.AdminDisableUserResponse{}, o.onUser(ctx, in.UserPoolId, in.Username, o.Account.DisableUser)
}

// act is a flow for one user.
type act func(context.Context, *userpool.Pool, account.Ref) error

// onUser runs a flow for an administrator who names the user.
func (o *Operations) onUser(ctx context.Context, poolID, username *string, do act) error {
	p, err := o.ownedPool(ctx, poolID)
	if err != nil {
		return err
	}
	return do(ctx, p, account.Named(api.Text(username)))
}

// onSelf runs a flow for the user of the access token.
func (o *Operations) onSelf(ctx context.Context, accessToken *string, do act) error {
	b, err := o.Tokens.Authorize(ctx, api.Text(accessToken))
	if err != nil {
		return err
	}
	return do(ctx, b.Pool, account.Self(b.User))
}

// ownedPool returns a pool of the caller.
func (o *Operations) ownedPool(ctx context.Context, poolID *string) (p *userpool.Pool, err error) {
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		p, err = o.ownPool(ctx, tx, api.Text(poolID))
		return err
	})
	return p, err
}

func attributeMap(list []api.AttributeType) map[string]string {
	m := make(map[string]string, len(list))
	for _, a := range list {
		m[api.Text(a.Name)] = api.Text(a.Value)
	}
	return m
}

// everything selects all attributes.
func everything(string) bool { return true }

// attributeList returns the user's attributes for which show is true, sub first.
// The sub can always be read.
func attributeList(u *userpool.User, show func(name string) bool) []api.AttributeType {
	list := []api.AttributeType{attributeType("sub", u.Sub)}
	for _, name := range slices.Sorted(maps.Keys(u.Attributes)) {
		if value := u.Attributes[name]; value != "" && show(name) {
			list = append(list, attributeType(name, value))
		}
	}
	return list
}

func attributeType(name, value string) api.AttributeType {
	return api.AttributeType{Name: &name, Value: &value}
}

// userType translates a user for lists and AdminCreateUser.
func userType(u *userpool.User, show func(name string) bool) api.UserType {
	status := string(u.Status)
	return api.UserType{
		Username: &u.Username, Attributes: attributeList(u, show),
		UserCreateDate: &u.Created, UserLastModifiedDate: &u.Modified,
		Enabled: &u.Enabled, UserStatus: &status, MFAOptions: mfaOptions(u),
	}
}

func deliveryDetails(d userpool.Delivery) *api.CodeDeliveryDetailsType {
	medium := string(d.Medium)
	return &api.CodeDeliveryDetailsType{
		Destination: &d.Destination, DeliveryMedium: &medium, AttributeName: &d.Attribute,
	}
}
