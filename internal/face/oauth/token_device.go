package oauth

import (
	"context"
	"net/url"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// deviceGrant polls for the tokens of a device (RFC 8628 section 3.4).
type deviceGrant struct{ code, resource string }

func (*deviceGrant) permit(c *userpool.Client) error { return permitDevice(c) }

func (g *deviceGrant) read(form url.Values) error {
	if g.code = form.Get("device_code"); g.code == "" {
		return refusal(errInvalidRequest, "")
	}
	var err error
	g.resource, err = resourceOf(form)
	return err
}

// deviceErrors are the errors of the states of a request (RFC 8628 section 3.5).
var deviceErrors = map[userpool.DeviceState]string{
	userpool.DeviceUnknown: errInvalidGrant,
	userpool.DevicePending: errAuthorizationPending,
	userpool.DeviceDenied:  errAccessDenied,
	userpool.DeviceExpired: errExpiredToken,
	userpool.DeviceTooSoon: errSlowDown,
}

func (g *deviceGrant) issue(ctx context.Context, f *Face, c caller) (token.Set, error) {
	on, err := f.extensions(ctx, c.pool.ID)
	if err != nil {
		return token.Set{}, err
	}
	if !on.DeviceGrant {
		return token.Set{}, refusal(errUnsupportedGrantType, "")
	}
	state, err := f.Tokens.PollDevice(ctx, c.client, g.code)
	if err != nil {
		return token.Set{}, err
	}
	if state != userpool.DeviceApproved {
		return token.Set{}, refusal(deviceErrors[state], "")
	}
	redeemed, err := f.Tokens.RedeemDevice(ctx, c.pool, c.client, g.code, g.resource)
	if err != nil {
		return token.Set{}, err
	}
	return f.Tokens.Issue(ctx, redeemed)
}
