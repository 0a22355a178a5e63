package awsapi

import (
	"context"
	"encoding/base64"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// maxPasskeyPage is the largest page of passkeys, and the size if MaxResults is
// absent or 0.
const maxPasskeyPage = 20

// StartWebAuthnRegistration starts the registration of a passkey of the signed-in
// user.
func (o *Operations) StartWebAuthnRegistration(
	ctx context.Context, in *api.StartWebAuthnRegistrationRequest,
) (*api.StartWebAuthnRegistrationResponse, error) {
	h, err := o.holder(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	options, err := o.Account.StartPasskey(ctx, h)
	if err != nil {
		return nil, err
	}
	return &api.StartWebAuthnRegistrationResponse{CredentialCreationOptions: options}, nil
}

// CompleteWebAuthnRegistration verifies and stores the passkey that an
// authenticator has created.
func (o *Operations) CompleteWebAuthnRegistration(
	ctx context.Context, in *api.CompleteWebAuthnRegistrationRequest,
) (*api.CompleteWebAuthnRegistrationResponse, error) {
	h, err := o.holder(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return &api.CompleteWebAuthnRegistrationResponse{}, o.Account.CompletePasskey(ctx, h, in.Credential, "")
}

// ListWebAuthnCredentials lists the passkeys of the signed-in user, oldest first.
func (o *Operations) ListWebAuthnCredentials(
	ctx context.Context, in *api.ListWebAuthnCredentialsRequest,
) (*api.ListWebAuthnCredentialsResponse, error) {
	h, err := o.holder(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	scope := page.Scope{Operation: "ListWebAuthnCredentials", Pool: h.Pool.ID, Query: h.User.Sub}
	after, err := o.openPage(ctx, scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	all, err := o.Account.Passkeys(ctx, h)
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(p *userpool.Passkey) bool { return p.Position() <= after })
	out := &api.ListWebAuthnCredentialsResponse{}
	if limit := pageSize(in.MaxResults, maxPasskeyPage); len(all) > limit {
		all = all[:limit]
		if out.NextToken, err = o.sealPage(scope, all[limit-1].Position()); err != nil {
			return nil, err
		}
	}
	out.Credentials = passkeysOut(all)
	return out, nil
}

// DeleteWebAuthnCredential removes a passkey of the signed-in user.
func (o *Operations) DeleteWebAuthnCredential(
	ctx context.Context, in *api.DeleteWebAuthnCredentialRequest,
) (*api.DeleteWebAuthnCredentialResponse, error) {
	h, err := o.holder(ctx, in.AccessToken)
	if err != nil {
		return nil, err
	}
	return &api.DeleteWebAuthnCredentialResponse{}, o.Account.DeletePasskey(ctx, h, api.Text(in.CredentialId))
}

// holder returns the pool, client and user of the access token.
func (o *Operations) holder(ctx context.Context, accessToken *string) (account.Holder, error) {
	b, err := o.Tokens.Authorize(ctx, api.Text(accessToken))
	if err != nil {
		return account.Holder{}, err
	}
	return account.Holder{Pool: b.Pool, Client: b.Client, User: b.User}, nil
}

func passkeysOut(all []*userpool.Passkey) []api.WebAuthnCredentialDescription {
	out := make([]api.WebAuthnCredentialDescription, len(all))
	for i, p := range all {
		id := base64.RawURLEncoding.EncodeToString(p.CredentialID)
		out[i] = api.WebAuthnCredentialDescription{
			CredentialId: &id, FriendlyCredentialName: &p.FriendlyName, RelyingPartyId: &p.RelyingParty,
			AuthenticatorAttachment: some(p.Attachment), AuthenticatorTransports: append([]string{}, p.Transports...),
			CreatedAt: &p.Created,
		}
	}
	return out
}
