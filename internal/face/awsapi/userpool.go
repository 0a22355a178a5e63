package awsapi

import (
	"context"
	"regexp"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// CreateUserPool creates a pool.
func (o *Operations) CreateUserPool(
	ctx context.Context, in *api.CreateUserPoolRequest,
) (*api.CreateUserPoolResponse, error) {
	caller := gate.CallerOf(ctx)
	settings, err := newPoolSettings(in)
	if err != nil {
		return nil, err
	}
	id, err := o.newPoolID(caller.Region, settings.Tags)
	if err != nil {
		return nil, err
	}
	p := &userpool.Pool{ID: id, Account: caller.Account, Region: caller.Region, PoolSettings: *settings}
	if err := p.Complete(); err != nil {
		return nil, err
	}
	if err := o.Tiers.Require(p, p.Features()...); err != nil {
		return nil, err
	}
	err = o.Store.Update(ctx, func(tx *store.Tx) error {
		if err := fitPool(tx, p); err != nil {
			return err
		}
		p.Created, p.Modified = tx.Now, tx.Now
		return tx.InsertPool(p)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateUserPoolResponse{UserPool: poolOut(p, 0)}, nil
}

// fitPool refuses a new pool that exceeds its account's quota or its own.
func fitPool(tx *store.Tx, p *userpool.Pool) error {
	set, err := tx.AccountQuotas(p.Account, p.Region)
	if err != nil {
		return err
	}
	pools, err := tx.CountPools(p.Account, p.Region)
	if err != nil {
		return err
	}
	if err := set.FitOne(userpool.QuotaUserPools, p.Account, pools); err != nil {
		return err
	}
	return p.Quotas.Fit(userpool.QuotaCustomAttributes, p.ID, 0, userpool.CustomAttributes(p.Schema))
}

// pinTags are the tags with which callers of other emulators choose a pool's id.
var pinTags = []string{"_custom_id_", "floci:override-id", "cognito-local:pool-id"}

var pinnedPoolID = regexp.MustCompile(`^[a-z]{2}(-gov)?-[a-z]+-\d_[A-Za-z0-9]{1,30}$`)

// newPoolID returns a random id or, in dev mode, the one in a tag, which it
// removes.
func (o *Operations) newPoolID(region string, tags map[string]string) (string, error) {
	if o.PinnedIDs {
		for _, tag := range pinTags {
			id, ok := tags[tag]
			if !ok {
				continue
			}
			if !pinnedPoolID.MatchString(id) {
				return "", fault.Invalid("The tag %s must hold a user pool id such as %s_Example01.", tag, region)
			}
			delete(tags, tag)
			return id, nil
		}
	}
	return o.Entropy.PoolID(region), nil
}

// DescribeUserPool returns a pool.
func (o *Operations) DescribeUserPool(
	ctx context.Context, in *api.DescribeUserPoolRequest,
) (*api.DescribeUserPoolResponse, error) {
	var p *userpool.Pool
	var users int
	var domains []*userpool.Domain
	err := o.Store.View(ctx, func(tx *store.Tx) (err error) {
		if p, err = o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		if domains, err = tx.Domains(p.ID); err != nil {
			return err
		}
		users, err = tx.EstimatedUsers(p.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := poolOut(p, users)
	out.SchemaAttributes = withIdentities(out.SchemaAttributes)
	showDomains(out, domains)
	return &api.DescribeUserPoolResponse{UserPool: out}, nil
}

// UpdateUserPool changes a pool. Absent members are kept or reset, see
// updatePoolSettings.
func (o *Operations) UpdateUserPool(
	ctx context.Context, in *api.UpdateUserPoolRequest,
) (*api.UpdateUserPoolResponse, error) {
	err := o.changePool(ctx, *in.UserPoolId, func(tx *store.Tx, p *userpool.Pool) error {
		if err := updatePoolSettings(&p.PoolSettings, in); err != nil {
			return err
		}
		if err := p.Complete(); err != nil {
			return err
		}
		return o.allowTier(tx, p)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateUserPoolResponse{}, nil
}

// allowTier refuses a tier without a feature that the pool or one of its domains
// or clients uses.
func (o *Operations) allowTier(tx *store.Tx, p *userpool.Pool) error {
	if !o.Tiers {
		return nil
	}
	features := p.Features()
	domains, err := tx.Domains(p.ID)
	if err != nil {
		return err
	}
	for _, d := range domains {
		features = append(features, d.Features()...)
	}
	for after := ""; ; {
		clients, err := tx.Clients(p.ID, after, defaultClientPage)
		if err != nil {
			return err
		}
		for _, c := range clients {
			features = append(features, c.Features()...)
			after = c.ID
		}
		if len(clients) < defaultClientPage {
			return o.Tiers.Require(p, features...)
		}
	}
}

// changePool calls change with a shallow copy of a pool and stores it. change
// must replace slices, maps and pointers, not modify them: they are shared.
func (o *Operations) changePool(
	ctx context.Context, poolID string, change func(*store.Tx, *userpool.Pool) error,
) error {
	return o.Store.Configure(ctx, poolID, func(tx *store.Tx) error {
		shared, err := o.ownPool(ctx, tx, poolID)
		if err != nil {
			return err
		}
		p := *shared
		if err := change(tx, &p); err != nil {
			return err
		}
		p.Modified = tx.Now
		return tx.UpdatePool(&p)
	})
}

// DeleteUserPool removes a pool that is not protected and has no domain.
func (o *Operations) DeleteUserPool(ctx context.Context, in *api.DeleteUserPoolRequest) error {
	return o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, *in.UserPoolId)
		if err != nil {
			return err
		}
		if p.DeletionProtection == api.DeletionProtectionTypeActive {
			return fault.New(fault.InvalidParameter,
				"The user pool cannot be deleted because deletion protection is activated. "+
					"Deletion protection must be inactivated first.")
		}
		if err := refuseDomain(tx, p.ID); err != nil {
			return err
		}
		return tx.DeletePool(p.ID)
	})
}

// ListUserPools returns the caller's pools.
func (o *Operations) ListUserPools(
	ctx context.Context, in *api.ListUserPoolsRequest,
) (*api.ListUserPoolsResponse, error) {
	caller := gate.CallerOf(ctx)
	scope := page.Scope{Operation: "ListUserPools", Caller: caller.Account, Query: caller.Region}
	after, err := o.openPage(ctx, scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	limit := int(*in.MaxResults)
	var pools []*userpool.Pool
	err = o.Store.View(ctx, func(tx *store.Tx) (err error) {
		pools, err = tx.Pools(caller.Account, caller.Region, after, limit+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListUserPoolsResponse{UserPools: []api.UserPoolDescriptionType{}}
	if len(pools) > limit {
		pools = pools[:limit]
		if out.NextToken, err = o.sealPage(scope, pools[limit-1].ID); err != nil {
			return nil, err
		}
	}
	for _, p := range pools {
		out.UserPools = append(out.UserPools, api.UserPoolDescriptionType{
			Id: &p.ID, Name: &p.Name, LambdaConfig: lambdaOut(p.LambdaConfig), CreationDate: &p.Created,
			LastModifiedDate: &p.Modified,
			ReplicaRegions:   replicaRegions(p, o.Clock.Now()),
		})
	}
	return out, nil
}

func (o *Operations) openPage(ctx context.Context, scope page.Scope, token *string) (string, error) {
	if token == nil {
		return "", nil
	}
	return o.Pages.Open(ctx, scope, *token)
}

func (o *Operations) sealPage(scope page.Scope, cursor string) (*string, error) {
	token, err := o.Pages.Seal(scope, cursor)
	return &token, err
}

// AddCustomAttributes extends a pool's schema.
func (o *Operations) AddCustomAttributes(
	ctx context.Context, in *api.AddCustomAttributesRequest,
) (*api.AddCustomAttributesResponse, error) {
	err := o.changePool(ctx, *in.UserPoolId, func(_ *store.Tx, p *userpool.Pool) (err error) {
		before := userpool.CustomAttributes(p.Schema)
		added := attributesIn(in.CustomAttributes)
		if p.Schema, err = userpool.AddCustom(p.Schema, added, userpool.ExistingAttribute); err != nil {
			return err
		}
		return p.Quotas.Fit(userpool.QuotaCustomAttributes, p.ID, before, userpool.CustomAttributes(p.Schema))
	})
	if err != nil {
		return nil, err
	}
	return &api.AddCustomAttributesResponse{}, nil
}
