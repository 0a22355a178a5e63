package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// tokenOrSession requires exactly one of access token and Session in a call of
// the software token operations.
func tokenOrSession(accessToken, session *string) error {
	if (accessToken == nil) == (session == nil) {
		return fault.New(fault.InvalidParameter, "Exactly one of AccessToken and Session must be given.")
	}
	return nil
}

// AssociateSoftwareToken returns a secret for an authenticator app, to a
// signed-in user or to one whose sign-in requires the setup of a factor.
func (o *Operations) AssociateSoftwareToken(
	ctx context.Context, in *api.AssociateSoftwareTokenRequest,
) (*api.AssociateSoftwareTokenResponse, error) {
	if err := tokenOrSession(in.AccessToken, in.Session); err != nil {
		return nil, err
	}
	secret, session, err := o.associate(ctx, in)
	if err != nil {
		return nil, err
	}
	code := secret.Reveal()
	return &api.AssociateSoftwareTokenResponse{SecretCode: &code, Session: some(session)}, nil
}

func (o *Operations) associate(
	ctx context.Context, in *api.AssociateSoftwareTokenRequest,
) (secret userpool.Secret, session string, err error) {
	if in.Session != nil {
		return o.Signin.AssociateSoftwareToken(ctx, *in.Session)
	}
	b, err := o.Tokens.Authorize(ctx, *in.AccessToken)
	if err != nil {
		return "", "", err
	}
	secret, err = o.Account.AssociateSoftwareToken(ctx, b.Pool, b.User)
	return secret, "", err
}

// VerifySoftwareToken verifies the first code of the app.
func (o *Operations) VerifySoftwareToken(
	ctx context.Context, in *api.VerifySoftwareTokenRequest,
) (*api.VerifySoftwareTokenResponse, error) {
	if err := tokenOrSession(in.AccessToken, in.Session); err != nil {
		return nil, err
	}
	session, err := o.verifyFirst(ctx, in)
	if err != nil {
		return nil, err
	}
	return &api.VerifySoftwareTokenResponse{Status: some("SUCCESS"), Session: some(session)}, nil
}

func (o *Operations) verifyFirst(ctx context.Context, in *api.VerifySoftwareTokenRequest) (session string, err error) {
	first := account.FirstCode{Code: api.Text(in.UserCode), DeviceName: api.Text(in.FriendlyDeviceName)}
	if in.Session != nil {
		return o.Signin.VerifySoftwareToken(ctx, *in.Session, first)
	}
	b, err := o.Tokens.Authorize(ctx, *in.AccessToken)
	if err != nil {
		return "", err
	}
	return "", o.Account.VerifySoftwareToken(ctx, b.Pool, b.User, first)
}

// AdminDeleteSoftwareToken removes a user's authenticator app.
func (o *Operations) AdminDeleteSoftwareToken(
	ctx context.Context, in *api.AdminDeleteSoftwareTokenRequest,
) (*api.AdminDeleteSoftwareTokenResponse, error) {
	return &api.AdminDeleteSoftwareTokenResponse{},
		o.onUser(ctx, in.UserPoolId, in.Username, o.Account.DeleteSoftwareToken)
}

// SetUserMFAPreference enables and disables the signed-in user's second factors.
func (o *Operations) SetUserMFAPreference(
	ctx context.Context, in *api.SetUserMFAPreferenceRequest,
) (*api.SetUserMFAPreferenceResponse, error) {
	s := factorSettings(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings, in.WebAuthnMfaSettings)
	return &api.SetUserMFAPreferenceResponse{}, o.onSelf(ctx, in.AccessToken, o.setFactors(s))
}

// AdminSetUserMFAPreference enables and disables a user's second factors.
func (o *Operations) AdminSetUserMFAPreference(
	ctx context.Context, in *api.AdminSetUserMFAPreferenceRequest,
) (*api.AdminSetUserMFAPreferenceResponse, error) {
	s := factorSettings(in.SMSMfaSettings, in.SoftwareTokenMfaSettings, in.EmailMfaSettings, in.WebAuthnMfaSettings)
	return &api.AdminSetUserMFAPreferenceResponse{}, o.onUser(ctx, in.UserPoolId, in.Username, o.setFactors(s))
}

func (o *Operations) setFactors(s userpool.FactorSettings) act {
	return func(ctx context.Context, p *userpool.Pool, r account.Ref) error {
		return o.Account.SetFactors(ctx, p, r, s)
	}
}

func factorSettings(
	sms *api.SMSMfaSettingsType, token *api.SoftwareTokenMfaSettingsType,
	email *api.EmailMfaSettingsType, passkey *api.WebAuthnMfaSettingsType,
) userpool.FactorSettings {
	s := userpool.FactorSettings{Factors: map[userpool.Factor]userpool.FactorSetting{}}
	if sms != nil {
		s.Factors[userpool.SMSMFA] = userpool.FactorSetting{Enabled: sms.Enabled, Preferred: sms.PreferredMfa}
	}
	if token != nil {
		s.Factors[userpool.SoftwareTokenMFA] = userpool.FactorSetting{
			Enabled: token.Enabled, Preferred: token.PreferredMfa,
		}
	}
	if email != nil {
		s.Factors[userpool.EmailMFA] = userpool.FactorSetting{Enabled: email.Enabled, Preferred: email.PreferredMfa}
	}
	if passkey != nil {
		on := isTrue(passkey.Enabled)
		s.Passkey = &on
	}
	return s
}

// GetUserAuthFactors returns the signed-in user's authentication factors.
func (o *Operations) GetUserAuthFactors(
	ctx context.Context, in *api.GetUserAuthFactorsRequest,
) (*api.GetUserAuthFactorsResponse, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(in.AccessToken))
	if err != nil {
		return nil, err
	}
	u, kinds, err := o.Account.AuthFactors(ctx, b.Pool, account.Self(b.User))
	if err != nil {
		return nil, err
	}
	return &api.GetUserAuthFactorsResponse{
		Username: &u.Username, ConfiguredUserAuthFactors: kinds,
		UserMFASettingList: factorNames(u.Factors.Enabled), PreferredMfaSetting: some(string(u.Factors.Preferred)),
	}, nil
}

// AdminGetUserAuthFactors returns a user's authentication factors.
func (o *Operations) AdminGetUserAuthFactors(
	ctx context.Context, in *api.AdminGetUserAuthFactorsRequest,
) (*api.AdminGetUserAuthFactorsResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	u, kinds, err := o.Account.AuthFactors(ctx, p, account.Named(api.Text(in.Username)))
	if err != nil {
		return nil, err
	}
	return &api.AdminGetUserAuthFactorsResponse{
		Username: &u.Username, ConfiguredUserAuthFactors: kinds,
		UserMFASettingList: factorNames(u.Factors.Enabled), PreferredMfaSetting: some(string(u.Factors.Preferred)),
	}, nil
}

// factorNames returns nil if there are none, so that the member is absent.
func factorNames(list []userpool.Factor) (names []string) {
	for _, f := range list {
		names = append(names, string(f))
	}
	return names
}
