package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// SetUICustomization replaces the customization of the classic hosted UI: that of
// a client, or that of every client without its own. With neither CSS nor an
// image it removes the customization.
func (o *Operations) SetUICustomization(
	ctx context.Context, in *api.SetUICustomizationRequest,
) (*api.SetUICustomizationResponse, error) {
	c := &brand.UICustomization{
		Resource: userpool.Resource{PoolID: *in.UserPoolId, ID: customizationID(in.ClientId)},
		CSS:      in.CSS, ImageFile: in.ImageFile,
	}
	if err := c.Check(); err != nil {
		return nil, err
	}
	err := o.Store.Configure(ctx, c.PoolID, func(tx *store.Tx) error {
		if err := o.requireOwn(ctx, tx, c.PoolID, c.ID); err != nil {
			return err
		}
		if err := requireDomain(tx, c.PoolID); err != nil {
			return err
		}
		if c.Empty() {
			return tx.RemoveUICustomization(c.PoolID, c.ID)
		}
		c.Stamp(tx.Now)
		return store.UICustomizations.Put(tx, c)
	})
	if err != nil {
		return nil, err
	}
	out := &api.UICustomizationType{UserPoolId: &c.PoolID, ClientId: &c.ID}
	if !c.Empty() {
		out = o.customizationOut(c)
	}
	return &api.SetUICustomizationResponse{UICustomization: out}, nil
}

// GetUICustomization returns the customization of a client, else the pool's, else
// an empty one.
func (o *Operations) GetUICustomization(
	ctx context.Context, in *api.GetUICustomizationRequest,
) (*api.GetUICustomizationResponse, error) {
	out := &api.GetUICustomizationResponse{UICustomization: &api.UICustomizationType{}}
	err := o.Store.View(ctx, func(tx *store.Tx) error {
		if err := o.requireOwn(ctx, tx, *in.UserPoolId, customizationID(in.ClientId)); err != nil {
			return err
		}
		c, err := tx.UICustomization(*in.UserPoolId, customizationID(in.ClientId))
		if c != nil {
			out.UICustomization = o.customizationOut(c)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// customizationID returns the id of a client's customization, or of the pool's.
func customizationID(clientID *string) string {
	if clientID == nil {
		return brand.AllClients
	}
	return *clientID
}

// requireOwn returns an error if the pool is not the caller's or does not have the
// client.
func (o *Operations) requireOwn(ctx context.Context, tx *store.Tx, poolID, id string) error {
	if _, err := o.ownPool(ctx, tx, poolID); err != nil || id == brand.AllClients {
		return err
	}
	_, err := tx.Client(poolID, id)
	return err
}

func (o *Operations) customizationOut(c *brand.UICustomization) *api.UICustomizationType {
	out := &api.UICustomizationType{
		UserPoolId: &c.PoolID, ClientId: &c.ID, CSS: c.CSS, CSSVersion: &c.CSSVersion,
		CreationDate: &c.Created, LastModifiedDate: &c.Modified,
	}
	if len(c.ImageFile) > 0 {
		out.ImageUrl = some(o.Tokens.PublicURL() + c.ImagePath())
	}
	return out
}
