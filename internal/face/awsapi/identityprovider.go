package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/flow/federation"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/idp"
)

const maxProviderPage = 60

func providerOut(ip *idp.Provider) *api.IdentityProviderType {
	kind := string(ip.Type)
	out := &api.IdentityProviderType{
		UserPoolId: &ip.PoolID, ProviderName: &ip.ID, ProviderType: &kind, ProviderDetails: ip.ShownDetails(),
		AttributeMapping: ip.AttributeMapping, AcrMapping: ip.AcrMapping, IdpIdentifiers: ip.Identifiers,
		CreationDate: &ip.Created, LastModifiedDate: &ip.Modified,
	}
	if out.IdpIdentifiers == nil {
		out.IdpIdentifiers = []string{}
	}
	return out
}

// CreateIdentityProvider creates an identity provider.
func (o *Operations) CreateIdentityProvider(
	ctx context.Context, in *api.CreateIdentityProviderRequest,
) (*api.CreateIdentityProviderResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	ip := &idp.Provider{
		Resource: userpool.Resource{PoolID: p.ID, ID: *in.ProviderName}, Type: idp.Type(*in.ProviderType),
		Details: in.ProviderDetails, AttributeMapping: in.AttributeMapping, AcrMapping: in.AcrMapping,
		Identifiers: in.IdpIdentifiers,
	}
	if err := o.Federation.CreateProvider(ctx, p, ip); err != nil {
		return nil, err
	}
	return &api.CreateIdentityProviderResponse{IdentityProvider: providerOut(ip)}, nil
}

// DescribeIdentityProvider returns an identity provider.
func (o *Operations) DescribeIdentityProvider(
	ctx context.Context, in *api.DescribeIdentityProviderRequest,
) (*api.DescribeIdentityProviderResponse, error) {
	ip, err := o.provider(ctx, in.UserPoolId, func(tx *store.Tx) (*idp.Provider, error) {
		return store.IdentityProviders.Get(tx, *in.UserPoolId, *in.ProviderName)
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeIdentityProviderResponse{IdentityProvider: providerOut(ip)}, nil
}

// GetIdentityProviderByIdentifier returns the provider that has an identifier.
func (o *Operations) GetIdentityProviderByIdentifier(
	ctx context.Context, in *api.GetIdentityProviderByIdentifierRequest,
) (*api.GetIdentityProviderByIdentifierResponse, error) {
	ip, err := o.provider(ctx, in.UserPoolId, func(tx *store.Tx) (*idp.Provider, error) {
		return tx.IdentityProviderByIdentifier(*in.UserPoolId, *in.IdpIdentifier)
	})
	if err != nil {
		return nil, err
	}
	return &api.GetIdentityProviderByIdentifierResponse{IdentityProvider: providerOut(ip)}, nil
}

// provider reads one provider of a pool of the caller.
func (o *Operations) provider(
	ctx context.Context, poolID *string, find func(*store.Tx) (*idp.Provider, error),
) (ip *idp.Provider, err error) {
	err = o.Store.View(ctx, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *poolID); err != nil {
			return err
		}
		ip, err = find(tx)
		return err
	})
	return ip, err
}

// UpdateIdentityProvider replaces the members that are present.
func (o *Operations) UpdateIdentityProvider(
	ctx context.Context, in *api.UpdateIdentityProviderRequest,
) (*api.UpdateIdentityProviderResponse, error) {
	p, err := o.ownedPool(ctx, in.UserPoolId)
	if err != nil {
		return nil, err
	}
	ip, err := o.Federation.UpdateProvider(ctx, p, *in.ProviderName, federation.Changes{
		Details: in.ProviderDetails, AttributeMapping: in.AttributeMapping, AcrMapping: in.AcrMapping,
		Identifiers: in.IdpIdentifiers,
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateIdentityProviderResponse{IdentityProvider: providerOut(ip)}, nil
}

// DeleteIdentityProvider removes an identity provider; its users stay.
func (o *Operations) DeleteIdentityProvider(ctx context.Context, in *api.DeleteIdentityProviderRequest) error {
	return o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		return tx.DeleteIdentityProvider(*in.UserPoolId, *in.ProviderName)
	})
}

// ListIdentityProviders returns summaries of a pool's identity providers.
func (o *Operations) ListIdentityProviders(
	ctx context.Context, in *api.ListIdentityProvidersRequest,
) (*api.ListIdentityProvidersResponse, error) {
	found, next, err := resources(ctx, o, store.IdentityProviders,
		listing{"ListIdentityProviders", *in.UserPoolId, pageSize(in.MaxResults, maxProviderPage), in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &api.ListIdentityProvidersResponse{Providers: []api.ProviderDescription{}, NextToken: next}
	for _, ip := range found {
		kind := string(ip.Type)
		out.Providers = append(out.Providers, api.ProviderDescription{
			ProviderName: &ip.ID, ProviderType: &kind, CreationDate: &ip.Created, LastModifiedDate: &ip.Modified,
		})
	}
	return out, nil
}
