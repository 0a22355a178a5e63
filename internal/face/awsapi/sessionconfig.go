package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// SetUserPoolSessionConfiguration replaces a pool's session tracking.
func (o *Operations) SetUserPoolSessionConfiguration(
	ctx context.Context, in *api.SetUserPoolSessionConfigurationRequest,
) (*api.SetUserPoolSessionConfigurationResponse, error) {
	c := userpool.SessionConfiguration{
		Tracking:   *in.UserSessionTracking == api.UserSessionTrackingTypeEnabled,
		MaxPerUser: *in.TokenSession.MaxPerUser,
	}
	err := o.changePool(ctx, *in.UserPoolId, func(_ *store.Tx, p *userpool.Pool) error {
		p.Sessions = &c
		return o.Tiers.Require(p, userpool.SessionTracking)
	})
	if err != nil {
		return nil, err
	}
	tracking, sessions := sessionConfigOut(c)
	return &api.SetUserPoolSessionConfigurationResponse{
		UserPoolId: in.UserPoolId, UserSessionTracking: tracking, TokenSession: sessions,
	}, nil
}

// GetUserPoolSessionConfiguration returns a pool's session tracking, or the
// default.
func (o *Operations) GetUserPoolSessionConfiguration(
	ctx context.Context, in *api.GetUserPoolSessionConfigurationRequest,
) (*api.GetUserPoolSessionConfigurationResponse, error) {
	p, err := o.readPool(ctx, *in.UserPoolId)
	if err != nil {
		return nil, err
	}
	tracking, sessions := sessionConfigOut(p.SessionConfig())
	return &api.GetUserPoolSessionConfigurationResponse{
		UserPoolId: &p.ID, UserSessionTracking: tracking, TokenSession: sessions,
	}, nil
}

func sessionConfigOut(c userpool.SessionConfiguration) (*string, *api.UserPoolTokenSessionConfigType) {
	tracking := api.UserSessionTrackingTypeDisabled
	if c.Tracking {
		tracking = api.UserSessionTrackingTypeEnabled
	}
	return &tracking, &api.UserPoolTokenSessionConfigType{MaxPerUser: &c.MaxPerUser}
}

// SetUserPoolClientSessionConfiguration sets for how long a client reuses
// managed-login sessions.
func (o *Operations) SetUserPoolClientSessionConfiguration(
	ctx context.Context, in *api.SetUserPoolClientSessionConfigurationRequest,
) (*api.SetUserPoolClientSessionConfigurationResponse, error) {
	err := o.changeClient(ctx, *in.UserPoolId, *in.ClientId,
		func(_ *store.Tx, p *userpool.Pool, c *userpool.Client) error {
			if err := o.Tiers.Require(p, userpool.SessionTracking); err != nil {
				return err
			}
			return c.SetSSOSession(p, *in.SSOSession.MaxValidityMinutes)
		})
	if err != nil {
		return nil, err
	}
	return &api.SetUserPoolClientSessionConfigurationResponse{
		UserPoolId: in.UserPoolId, ClientId: in.ClientId, SSOSession: in.SSOSession,
	}, nil
}

// GetUserPoolClientSessionConfiguration returns for how long a client reuses
// managed-login sessions, or the default.
func (o *Operations) GetUserPoolClientSessionConfiguration(
	ctx context.Context, in *api.GetUserPoolClientSessionConfigurationRequest,
) (*api.GetUserPoolClientSessionConfigurationResponse, error) {
	_, c, err := o.ownClient(ctx, *in.UserPoolId, *in.ClientId)
	if err != nil {
		return nil, err
	}
	minutes := c.SSOSessionValidity()
	return &api.GetUserPoolClientSessionConfigurationResponse{
		UserPoolId: &c.PoolID, ClientId: &c.ID,
		SSOSession: &api.ClientSSOSessionConfigType{MaxValidityMinutes: &minutes},
	}, nil
}
