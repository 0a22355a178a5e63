package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// CreateManagedLoginBranding creates the style of a client.
func (o *Operations) CreateManagedLoginBranding(
	ctx context.Context, in *api.CreateManagedLoginBrandingRequest,
) (*api.CreateManagedLoginBrandingResponse, error) {
	b := &brand.ManagedLogin{
		Resource: userpool.Resource{PoolID: *in.UserPoolId, ID: o.Entropy.UUID()}, ClientID: *in.ClientId,
	}
	if err := b.Create(brandingIn(in.UseCognitoProvidedValues, in.Settings, in.Assets)); err != nil {
		return nil, err
	}
	err := o.Store.Configure(ctx, b.PoolID, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, b.PoolID)
		if err != nil {
			return err
		}
		if err := o.Tiers.Require(p, userpool.ManagedLogin); err != nil {
			// The operation's model does not list FeatureUnavailableInTierException.
			return fault.Of(err).WithKind(fault.InvalidParameter)
		}
		if _, err := tx.Client(b.PoolID, b.ClientID); err != nil {
			return err
		}
		if err := tx.InsertBranding(b); err != nil {
			return err
		}
		n, err := tx.CountBrandings(b.PoolID)
		if err != nil {
			return err
		}
		return p.Quotas.FitOne(userpool.QuotaBrandingStyles, b.PoolID, n-1)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateManagedLoginBrandingResponse{ManagedLoginBranding: brandingOut(b)}, nil
}

// DescribeManagedLoginBranding returns a style, merged with Cognito's default
// values if ReturnMergedResources is true.
func (o *Operations) DescribeManagedLoginBranding(
	ctx context.Context, in *api.DescribeManagedLoginBrandingRequest,
) (*api.DescribeManagedLoginBrandingResponse, error) {
	out, err := o.showBranding(ctx, *in.UserPoolId, isTrue(in.ReturnMergedResources),
		func(tx *store.Tx) (*brand.ManagedLogin, error) {
			return tx.Branding(*in.UserPoolId, *in.ManagedLoginBrandingId)
		})
	if err != nil {
		return nil, err
	}
	return &api.DescribeManagedLoginBrandingResponse{ManagedLoginBranding: out}, nil
}

// DescribeManagedLoginBrandingByClient returns the style of a client.
func (o *Operations) DescribeManagedLoginBrandingByClient(
	ctx context.Context, in *api.DescribeManagedLoginBrandingByClientRequest,
) (*api.DescribeManagedLoginBrandingByClientResponse, error) {
	out, err := o.showBranding(ctx, *in.UserPoolId, isTrue(in.ReturnMergedResources),
		func(tx *store.Tx) (*brand.ManagedLogin, error) {
			if _, err := tx.Client(*in.UserPoolId, *in.ClientId); err != nil {
				return nil, err
			}
			return tx.BrandingOfClient(*in.UserPoolId, *in.ClientId)
		})
	if err != nil {
		return nil, err
	}
	return &api.DescribeManagedLoginBrandingByClientResponse{ManagedLoginBranding: out}, nil
}

func (o *Operations) showBranding(
	ctx context.Context, poolID string, merged bool, find func(*store.Tx) (*brand.ManagedLogin, error),
) (*api.ManagedLoginBrandingType, error) {
	var b *brand.ManagedLogin
	err := o.Store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = o.ownPool(ctx, tx, poolID); err != nil {
			return err
		}
		b, err = find(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := brandingOut(b)
	if merged {
		if out.Settings, err = b.MergedSettings(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// UpdateManagedLoginBranding changes the members of a style that are present.
func (o *Operations) UpdateManagedLoginBranding(
	ctx context.Context, in *api.UpdateManagedLoginBrandingRequest,
) (*api.UpdateManagedLoginBrandingResponse, error) {
	// The model requires neither id.
	if in.UserPoolId == nil {
		return nil, absent("UserPoolId")
	}
	if in.ManagedLoginBrandingId == nil {
		return nil, absent("ManagedLoginBrandingId")
	}
	var b *brand.ManagedLogin
	err := o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) (err error) {
		if _, err = o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		if b, err = tx.Branding(*in.UserPoolId, *in.ManagedLoginBrandingId); err != nil {
			return err
		}
		if err := b.Change(brandingIn(in.UseCognitoProvidedValues, in.Settings, in.Assets)); err != nil {
			return err
		}
		return tx.UpdateBranding(b)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateManagedLoginBrandingResponse{ManagedLoginBranding: brandingOut(b)}, nil
}

// absent returns the error for a required member that the model marks optional.
func absent(member string) error {
	return fault.Invalid("Missing required parameter %s", member)
}

// DeleteManagedLoginBranding removes a style.
func (o *Operations) DeleteManagedLoginBranding(ctx context.Context, in *api.DeleteManagedLoginBrandingRequest) error {
	return o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		return tx.DeleteBranding(*in.UserPoolId, *in.ManagedLoginBrandingId)
	})
}

func brandingIn(provided *bool, settings api.Document, assets []api.AssetType) brand.Change {
	change := brand.Change{UseCognitoProvidedValues: provided, Settings: settings}
	if assets != nil {
		change.Assets = []brand.Asset{}
	}
	for _, a := range assets {
		change.Assets = append(change.Assets, brand.Asset{
			Category: *a.Category, ColorMode: *a.ColorMode, Extension: *a.Extension, ResourceID: api.Text(a.ResourceId),
			Bytes: a.Bytes,
		})
	}
	return change
}

// brandingOut translates a style. Settings is absent if there are none; Assets
// is always present.
func brandingOut(b *brand.ManagedLogin) *api.ManagedLoginBrandingType {
	out := &api.ManagedLoginBrandingType{
		ManagedLoginBrandingId: &b.ID, UserPoolId: &b.PoolID, UseCognitoProvidedValues: &b.UseCognitoProvidedValues,
		Assets: []api.AssetType{}, CreationDate: &b.Created, LastModifiedDate: &b.Modified,
	}
	if b.Settings != "" {
		out.Settings = api.Document(b.Settings)
	}
	for _, a := range b.Assets {
		asset := api.AssetType{Category: &a.Category, ColorMode: &a.ColorMode, Extension: &a.Extension, Bytes: a.Bytes}
		if a.ResourceID != "" {
			asset.ResourceId = &a.ResourceID
		}
		out.Assets = append(out.Assets, asset)
	}
	return out
}
