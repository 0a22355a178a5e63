package awsapi

import (
	"context"
	"errors"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// maxDevicePage is the largest page of devices, and the size if Limit is absent or
// 0.
const maxDevicePage = 60

// ConfirmDevice registers the device that the user signed in from.
func (o *Operations) ConfirmDevice(
	ctx context.Context, in *api.ConfirmDeviceRequest,
) (*api.ConfirmDeviceResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	c := account.DeviceConfirmation{
		Pool: b.Pool, User: b.User, Issued: b.DeviceKey, SignedIn: b.AuthTime,
		Key: api.Text(in.DeviceKey), Name: api.Text(in.DeviceName), IP: gate.CallerOf(ctx).IP,
	}
	if v := in.DeviceSecretVerifierConfig; v != nil {
		c.Salt, c.Verifier = api.Text(v.Salt), api.Text(v.PasswordVerifier)
	}
	necessary, err := o.Account.ConfirmDevice(ctx, c)
	if err != nil {
		return nil, err
	}
	return &api.ConfirmDeviceResponse{UserConfirmationNecessary: &necessary}, nil
}

// GetDevice returns a remembered device of the signed-in user.
func (o *Operations) GetDevice(ctx context.Context, in *api.GetDeviceRequest) (*api.GetDeviceResponse, error) {
	out := &api.GetDeviceResponse{}
	return out, o.onSelf(ctx, in.AccessToken,
		o.showDevice(&out.Device, account.DeviceQuery{Key: api.Text(in.DeviceKey), Remembered: true}))
}

// AdminGetDevice returns a device of a user.
func (o *Operations) AdminGetDevice(
	ctx context.Context, in *api.AdminGetDeviceRequest,
) (*api.AdminGetDeviceResponse, error) {
	out := &api.AdminGetDeviceResponse{}
	err := o.onUser(ctx, in.UserPoolId, in.Username,
		o.showDevice(&out.Device, account.DeviceQuery{Key: api.Text(in.DeviceKey)}))
	return out, userAsResource(err)
}

func (o *Operations) showDevice(out **api.DeviceType, q account.DeviceQuery) act {
	return func(ctx context.Context, p *userpool.Pool, r account.Ref) error {
		q.User = r
		d, err := o.Account.Device(ctx, p, q)
		if err != nil {
			return err
		}
		shown := deviceType(p, d, q.Remembered)
		*out = &shown
		return nil
	}
}

// ListDevices lists the remembered devices of the signed-in user.
func (o *Operations) ListDevices(ctx context.Context, in *api.ListDevicesRequest) (*api.ListDevicesResponse, error) {
	l := &deviceList{operation: "ListDevices", limit: in.Limit, token: in.PaginationToken, own: true}
	err := o.onSelf(ctx, in.AccessToken, o.listDevices(l))
	return &api.ListDevicesResponse{Devices: l.found, PaginationToken: l.next}, err
}

// AdminListDevices lists a user's devices.
func (o *Operations) AdminListDevices(
	ctx context.Context, in *api.AdminListDevicesRequest,
) (*api.AdminListDevicesResponse, error) {
	l := &deviceList{operation: "AdminListDevices", limit: in.Limit, token: in.PaginationToken}
	err := o.onUser(ctx, in.UserPoolId, in.Username, o.listDevices(l))
	return &api.AdminListDevicesResponse{Devices: l.found, PaginationToken: l.next}, userAsResource(err)
}

// deviceList is one request for a page of devices, and its result.
type deviceList struct {
	operation string
	limit     *int32
	token     *string
	own       bool // remembered devices only, as the user sees them
	found     []api.DeviceType
	next      *string
}

func (o *Operations) listDevices(l *deviceList) act {
	return func(ctx context.Context, p *userpool.Pool, r account.Ref) error {
		u, err := o.Account.User(ctx, p, r)
		if err != nil {
			return err
		}
		scope := page.Scope{Operation: l.operation, Pool: p.ID, Caller: gate.CallerOf(ctx).Account, Query: u.Sub}
		after, err := o.openPage(ctx, scope, l.token)
		if err != nil {
			return err
		}
		devices, more, err := o.Account.Devices(ctx, p, account.DeviceQuery{
			User: account.Self(u), Remembered: l.own, Key: after, Limit: pageSize(l.limit, maxDevicePage),
		})
		if err != nil {
			return err
		}
		l.found = make([]api.DeviceType, 0, len(devices))
		for _, d := range devices {
			l.found = append(l.found, deviceType(p, d, l.own))
		}
		if more {
			l.next, err = o.sealPage(scope, devices[len(devices)-1].ID)
		}
		return err
	}
}

// UpdateDeviceStatus sets whether a device of the signed-in user is remembered.
func (o *Operations) UpdateDeviceStatus(
	ctx context.Context, in *api.UpdateDeviceStatusRequest,
) (*api.UpdateDeviceStatusResponse, error) {
	return &api.UpdateDeviceStatusResponse{},
		o.onSelf(ctx, in.AccessToken, o.rememberDevice(in.DeviceKey, in.DeviceRememberedStatus))
}

// AdminUpdateDeviceStatus sets whether a user's device is remembered.
func (o *Operations) AdminUpdateDeviceStatus(
	ctx context.Context, in *api.AdminUpdateDeviceStatusRequest,
) (*api.AdminUpdateDeviceStatusResponse, error) {
	return &api.AdminUpdateDeviceStatusResponse{},
		o.onUser(ctx, in.UserPoolId, in.Username, o.rememberDevice(in.DeviceKey, in.DeviceRememberedStatus))
}

func (o *Operations) rememberDevice(key, status *string) act {
	var remember *bool
	if status != nil {
		yes := *status == "remembered"
		remember = &yes
	}
	return func(ctx context.Context, p *userpool.Pool, r account.Ref) error {
		return o.Account.RememberDevice(ctx, p, account.DeviceQuery{User: r, Key: api.Text(key)}, remember)
	}
}

// ForgetDevice removes a device of the signed-in user.
func (o *Operations) ForgetDevice(ctx context.Context, in *api.ForgetDeviceRequest) error {
	return o.onSelf(ctx, in.AccessToken, o.forgetDevice(in.DeviceKey))
}

// AdminForgetDevice removes a user's device.
func (o *Operations) AdminForgetDevice(ctx context.Context, in *api.AdminForgetDeviceRequest) error {
	return o.onUser(ctx, in.UserPoolId, in.Username, o.forgetDevice(in.DeviceKey))
}

func (o *Operations) forgetDevice(key *string) act {
	return func(ctx context.Context, p *userpool.Pool, r account.Ref) error {
		return o.Account.ForgetDevice(ctx, p, account.DeviceQuery{User: r, Key: api.Text(key)})
	}
}

// deviceType translates a device for administrators or, if own, for its user, who
// cannot read attributes with the prefix dev:.
func deviceType(p *userpool.Pool, d *userpool.Device, own bool) api.DeviceType {
	out := api.DeviceType{
		DeviceKey: &d.ID, DeviceCreateDate: &d.Created, DeviceLastModifiedDate: &d.Modified,
		DeviceLastAuthenticatedDate: &d.Authenticated,
	}
	for _, a := range d.Attributes(p) {
		if !own || !strings.HasPrefix(a.Name, "dev:") {
			out.DeviceAttributes = append(out.DeviceAttributes, attributeType(a.Name, a.Value))
		}
	}
	return out
}

// userAsResource replaces UserNotFoundException, for operations whose model does
// not list it.
func userAsResource(err error) error {
	if errors.Is(err, fault.UserNotFound) {
		return fault.UserDoesNotExist.WithKind(fault.ResourceNotFound).WithCause(err)
	}
	return err
}
