package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// SetUserPoolMfaConfig replaces a pool's second factors.
func (o *Operations) SetUserPoolMfaConfig(
	ctx context.Context, in *api.SetUserPoolMfaConfigRequest,
) (*api.SetUserPoolMfaConfigResponse, error) {
	var out *api.GetUserPoolMfaConfigResponse
	err := o.changePool(ctx, *in.UserPoolId, func(_ *store.Tx, p *userpool.Pool) error {
		if err := p.SetMfa(mfaConfigIn(in)); err != nil {
			return err
		}
		if err := p.Complete(); err != nil {
			return err
		}
		out = mfaConfigOut(p.MfaConfig())
		return o.Tiers.Require(p, p.MfaFeatures()...)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetUserPoolMfaConfigResponse{
		MfaConfiguration:              out.MfaConfiguration,
		SmsMfaConfiguration:           out.SmsMfaConfiguration,
		SoftwareTokenMfaConfiguration: out.SoftwareTokenMfaConfiguration,
		EmailMfaConfiguration:         out.EmailMfaConfiguration,
		WebAuthnConfiguration:         out.WebAuthnConfiguration,
	}, nil
}

// GetUserPoolMfaConfig returns a pool's second factors; disabled ones are absent.
func (o *Operations) GetUserPoolMfaConfig(
	ctx context.Context, in *api.GetUserPoolMfaConfigRequest,
) (*api.GetUserPoolMfaConfigResponse, error) {
	p, err := o.readPool(ctx, *in.UserPoolId)
	if err != nil {
		return nil, err
	}
	return mfaConfigOut(p.MfaConfig()), nil
}

// readPool returns a pool of the caller, which must not be changed.
func (o *Operations) readPool(ctx context.Context, poolID string) (p *userpool.Pool, err error) {
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		p, err = o.ownPool(ctx, tx, poolID)
		return err
	})
	return p, err
}

func mfaConfigIn(in *api.SetUserPoolMfaConfigRequest) userpool.MfaConfig {
	c := userpool.MfaConfig{Mode: api.Text(in.MfaConfiguration)}
	if b := in.SmsMfaConfiguration; b != nil {
		c.SMS = &userpool.SmsMfaConfiguration{
			Message: b.SmsAuthenticationMessage, Configuration: smsIn(b.SmsConfiguration),
		}
	}
	if b := in.SoftwareTokenMfaConfiguration; b != nil {
		enabled := isTrue(b.Enabled)
		c.SoftwareToken = &enabled
	}
	if b := in.EmailMfaConfiguration; b != nil {
		c.Email = &userpool.EmailMfaConfiguration{Message: b.Message, Subject: b.Subject}
	}
	if b := in.WebAuthnConfiguration; b != nil {
		c.WebAuthn = &userpool.WebAuthnConfiguration{
			RelyingPartyId: b.RelyingPartyId, UserVerification: b.UserVerification,
			FactorConfiguration: b.FactorConfiguration,
		}
	}
	return c
}

func mfaConfigOut(c userpool.MfaConfig) *api.GetUserPoolMfaConfigResponse {
	out := &api.GetUserPoolMfaConfigResponse{MfaConfiguration: &c.Mode}
	if c.SMS != nil {
		out.SmsMfaConfiguration = &api.SmsMfaConfigType{
			SmsAuthenticationMessage: c.SMS.Message, SmsConfiguration: smsOut(c.SMS.Configuration),
		}
	}
	if c.SoftwareToken != nil {
		out.SoftwareTokenMfaConfiguration = &api.SoftwareTokenMfaConfigType{Enabled: c.SoftwareToken}
	}
	if c.Email != nil {
		out.EmailMfaConfiguration = &api.EmailMfaConfigType{Message: c.Email.Message, Subject: c.Email.Subject}
	}
	if w := c.WebAuthn; w != nil {
		out.WebAuthnConfiguration = &api.WebAuthnConfigurationType{
			RelyingPartyId: w.RelyingPartyId, UserVerification: w.UserVerification,
			FactorConfiguration: w.FactorConfiguration,
		}
	}
	return out
}
