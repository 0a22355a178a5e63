package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// categoryAttribute is the one attribute of a limit definition. Source: guide
// page quotas, Managing provisioned limits.
const categoryAttribute = "Category"

// adjustable returns the category of a limit definition. It must be adjustable.
func adjustable(in *api.LimitDefinitionType) (ratelimit.Category, error) {
	name, ok := in.Attributes[categoryAttribute]
	if !ok || len(in.Attributes) > 1 {
		return "", fault.New(fault.InvalidParameter, "LimitDefinition must have the attribute Category and no other.")
	}
	category := ratelimit.Category(name)
	if !category.Known() {
		return "", fault.Invalid("%s is not an API category.", name)
	}
	if !category.Adjustable() {
		return "", fault.Invalid("The limit of category %s is not adjustable.", name)
	}
	return category, nil
}

// limitOut translates the limit of an account with the provisioned rate n.
func (o *Operations) limitOut(c ratelimit.Category, n int) *api.LimitType {
	free, provisioned := int32(o.Limits.Free(c)), int32(o.Limits.Provisioned(c, n))
	class := api.LimitClassApiCategory
	return &api.LimitType{
		LimitDefinition: &api.LimitDefinitionType{
			LimitClass: &class, Attributes: map[string]string{categoryAttribute: string(c)},
		},
		FreeLimitValue: &free, ProvisionedLimitValue: &provisioned,
	}
}

// GetProvisionedLimit returns the request rate of a category for the caller's
// account and region.
func (o *Operations) GetProvisionedLimit(
	ctx context.Context, in *api.GetProvisionedLimitRequest,
) (*api.GetProvisionedLimitResponse, error) {
	category, err := adjustable(in.LimitDefinition)
	if err != nil {
		return nil, err
	}
	caller, given := gate.CallerOf(ctx), 0
	err = o.Store.View(ctx, func(tx *store.Tx) (err error) {
		given, err = tx.ProvisionedRate(caller.Account, caller.Region, string(category))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.GetProvisionedLimitResponse{Limit: o.limitOut(category, given)}, nil
}

// UpdateProvisionedLimit sets the request rate of a category for the caller's
// account and region, between the free limit and the account's maximum.
func (o *Operations) UpdateProvisionedLimit(
	ctx context.Context, in *api.UpdateProvisionedLimitRequest,
) (*api.UpdateProvisionedLimitResponse, error) {
	category, err := adjustable(in.LimitDefinition)
	if err != nil {
		return nil, err
	}
	n := int(*in.RequestedLimitValue)
	if free := o.Limits.Free(category); n < free {
		return nil, fault.Invalid(
			"RequestedLimitValue must be at least %d, the free limit of category %s.", free, category)
	}
	if most := o.Limits.Maximum(category); n > most {
		return nil, fault.Newf(fault.ServiceQuotaExceeded,
			"RequestedLimitValue must be at most %d, the account's limit of category %s.", most, category)
	}
	caller := gate.CallerOf(ctx)
	err = o.Store.Update(ctx, func(tx *store.Tx) error {
		return tx.ProvisionRate(userpool.ProvisionedRate{
			Account: caller.Account, Region: caller.Region, Category: string(category), PerSecond: n,
		})
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateProvisionedLimitResponse{Limit: o.limitOut(category, n)}, nil
}
