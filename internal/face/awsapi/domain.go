package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const lowerAlnum = "abcdefghijklmnopqrstuvwxyz0123456789"

// CreateUserPoolDomain adds a domain for a pool's pages: a prefix domain or, with
// a certificate, a custom domain.
func (o *Operations) CreateUserPoolDomain(
	ctx context.Context, in *api.CreateUserPoolDomainRequest,
) (*api.CreateUserPoolDomainResponse, error) {
	d, err := userpool.NewDomain(*in.UserPoolId, *in.Domain,
		domainIn(in.ManagedLoginVersion, in.CustomDomainConfig, in.Routing))
	if err != nil {
		return nil, err
	}
	d.Distribution = "d" + o.Entropy.Pick(lowerAlnum, 13) + ".cloudfront.net"
	err = o.Store.Configure(ctx, d.PoolID, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, d.PoolID)
		if err != nil {
			return err
		}
		if err := o.Tiers.Require(p, d.Features()...); err != nil {
			return err
		}
		if err := tx.InsertDomain(d); err != nil {
			return err
		}
		return fitDomain(tx, p, d)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateUserPoolDomainResponse{
		ManagedLoginVersion: &d.ManagedLoginVersion, CloudFrontDomain: aliasTarget(d), Routing: routingOut(d.Failover),
	}, nil
}

// fitDomain refuses a custom domain that exceeds its account's quota. The domain
// has been inserted already.
func fitDomain(tx *store.Tx, p *userpool.Pool, d *userpool.Domain) error {
	if !d.Custom() {
		return nil
	}
	set, err := tx.AccountQuotas(p.Account, p.Region)
	if err != nil {
		return err
	}
	n, err := tx.CountCustomDomains(p.Account, p.Region)
	if err != nil {
		return err
	}
	return set.FitOne(userpool.QuotaCustomDomains, p.Account, n-1)
}

// DescribeUserPoolDomain returns a domain. For one that does not exist, or is not
// the caller's, the description is empty.
func (o *Operations) DescribeUserPoolDomain(
	ctx context.Context, in *api.DescribeUserPoolDomainRequest,
) (*api.DescribeUserPoolDomainResponse, error) {
	out := &api.DescribeUserPoolDomainResponse{DomainDescription: &api.DomainDescriptionType{}}
	err := o.Store.View(ctx, func(tx *store.Tx) error {
		d, p, err := tx.Domain(*in.Domain)
		if c := gate.CallerOf(ctx); err == nil && d != nil && p.Account == c.Account && p.Region == c.Region {
			out.DomainDescription = domainOut(d, p)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// UpdateUserPoolDomain changes the version of the pages at a domain, its
// certificate and its routing. Absent members are kept.
func (o *Operations) UpdateUserPoolDomain(
	ctx context.Context, in *api.UpdateUserPoolDomainRequest,
) (*api.UpdateUserPoolDomainResponse, error) {
	var d *userpool.Domain
	err := o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, *in.UserPoolId)
		if err != nil {
			return err
		}
		if d, err = tx.DomainOfPool(p.ID, *in.Domain); err != nil {
			return err
		}
		if err := d.Change(domainIn(in.ManagedLoginVersion, in.CustomDomainConfig, in.Routing)); err != nil {
			return err
		}
		if err := o.Tiers.Require(p, d.Features()...); err != nil {
			return err
		}
		return tx.UpdateDomain(d)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateUserPoolDomainResponse{
		ManagedLoginVersion: &d.ManagedLoginVersion, CloudFrontDomain: aliasTarget(d), Routing: routingOut(d.Failover),
	}, nil
}

// DeleteUserPoolDomain removes a domain. Its name can be used again at once.
func (o *Operations) DeleteUserPoolDomain(
	ctx context.Context, in *api.DeleteUserPoolDomainRequest,
) (*api.DeleteUserPoolDomainResponse, error) {
	err := o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		return tx.DeleteDomain(*in.UserPoolId, *in.Domain)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteUserPoolDomainResponse{}, nil
}

// requireDomain refuses a pool without a domain.
func requireDomain(tx *store.Tx, poolID string) error {
	domains, err := tx.Domains(poolID)
	if err == nil && len(domains) == 0 {
		return userpool.NeedsDomain
	}
	return err
}

// refuseDomain refuses to delete a pool that has a domain.
func refuseDomain(tx *store.Tx, poolID string) error {
	domains, err := tx.Domains(poolID)
	if err == nil && len(domains) > 0 {
		return userpool.DomainOutlives
	}
	return err
}

func domainIn(version *int32, config *api.CustomDomainConfigType, routing *api.RoutingType) userpool.DomainChange {
	change := userpool.DomainChange{ManagedLoginVersion: version}
	if config != nil {
		change.CustomDomainConfig = &userpool.CustomDomainConfig{
			CertificateArn: *config.CertificateArn, SecurityPolicy: config.SecurityPolicy,
		}
	}
	if routing != nil && routing.Failover != nil {
		change.Failover = &userpool.DomainFailover{
			SecondaryRegion:             *routing.Failover.SecondaryRegion,
			PrimaryRoute53HealthCheckID: *routing.Failover.PrimaryRoute53HealthCheckId,
		}
	}
	return change
}

// aliasTarget returns the target of a custom domain's DNS record; nil for a
// prefix domain.
func aliasTarget(d *userpool.Domain) *string {
	if !d.Custom() {
		return nil
	}
	return &d.Distribution
}

func routingOut(f *userpool.DomainFailover) *api.RoutingType {
	if f == nil {
		return nil
	}
	return &api.RoutingType{Failover: &api.FailoverType{
		SecondaryRegion: &f.SecondaryRegion, PrimaryRoute53HealthCheckId: &f.PrimaryRoute53HealthCheckID,
	}}
}

func domainOut(d *userpool.Domain, p *userpool.Pool) *api.DomainDescriptionType {
	out := &api.DomainDescriptionType{
		UserPoolId: &d.PoolID, AWSAccountId: &p.Account, Domain: &d.Name, CloudFrontDistribution: &d.Distribution,
		S3Bucket: some("aws-cognito-prod-" + p.Region + "-assets"), Version: some(d.Created.Format("20060102150405")),
		Status: some(api.DomainStatusTypeActive), CustomDomainConfig: &api.CustomDomainConfigType{},
		ManagedLoginVersion: &d.ManagedLoginVersion, Routing: routingOut(d.Failover),
	}
	if c := d.CustomDomainConfig; c != nil {
		out.CustomDomainConfig = &api.CustomDomainConfigType{
			CertificateArn: &c.CertificateArn, SecurityPolicy: c.SecurityPolicy,
		}
	}
	return out
}

// showDomains adds a pool's domains to its description.
func showDomains(out *api.UserPoolType, domains []*userpool.Domain) {
	if d := userpool.DomainOf(domains, userpool.PrefixDomain); d != nil {
		out.Domain = &d.Name
	}
	if d := userpool.DomainOf(domains, userpool.CustomDomain); d != nil {
		out.CustomDomain = &d.Name
	}
}
