package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

const maxTermsPage = 60

// CreateTerms creates the terms of use or the privacy policy of a client.
func (o *Operations) CreateTerms(ctx context.Context, in *api.CreateTermsRequest) (*api.CreateTermsResponse, error) {
	t := &brand.Terms{
		Resource: userpool.Resource{PoolID: *in.UserPoolId, ID: o.Entropy.UUID()}, ClientID: *in.ClientId,
		Name: *in.TermsName, Source: *in.TermsSource, Enforcement: *in.Enforcement, Links: in.Links,
	}
	err := o.Store.Configure(ctx, t.PoolID, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, t.PoolID)
		if err != nil {
			return err
		}
		if err := t.Check(); err != nil {
			return err
		}
		if _, err := tx.Client(t.PoolID, t.ClientID); err != nil {
			return err
		}
		if err := tx.InsertTerms(t); err != nil {
			return err
		}
		n, err := store.Terms.Count(tx, t.PoolID)
		if err != nil {
			return err
		}
		return p.Quotas.FitOne(userpool.QuotaTerms, t.PoolID, n-1)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateTermsResponse{Terms: termsOut(t)}, nil
}

// DescribeTerms returns a terms document.
func (o *Operations) DescribeTerms(
	ctx context.Context, in *api.DescribeTermsRequest,
) (*api.DescribeTermsResponse, error) {
	out, err := o.showTerms(ctx, *in.UserPoolId, func(tx *store.Tx) (*brand.Terms, error) {
		return store.Terms.Get(tx, *in.UserPoolId, *in.TermsId)
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeTermsResponse{Terms: out}, nil
}

// DescribeTermsByClient returns a client's terms document by name.
func (o *Operations) DescribeTermsByClient(
	ctx context.Context, in *api.DescribeTermsByClientRequest,
) (*api.DescribeTermsByClientResponse, error) {
	out, err := o.showTerms(ctx, *in.UserPoolId, func(tx *store.Tx) (*brand.Terms, error) {
		if _, err := tx.Client(*in.UserPoolId, *in.ClientId); err != nil {
			return nil, err
		}
		return tx.TermsOfClient(*in.UserPoolId, *in.ClientId, *in.TermsName)
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeTermsByClientResponse{Terms: out}, nil
}

func (o *Operations) showTerms(
	ctx context.Context, poolID string, find func(*store.Tx) (*brand.Terms, error),
) (*api.TermsType, error) {
	var t *brand.Terms
	err := o.Store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = o.ownPool(ctx, tx, poolID); err != nil {
			return err
		}
		t, err = find(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	return termsOut(t), nil
}

// UpdateTerms changes the members of a terms document that are present; links are
// replaced as a whole.
func (o *Operations) UpdateTerms(ctx context.Context, in *api.UpdateTermsRequest) (*api.UpdateTermsResponse, error) {
	var t *brand.Terms
	err := o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) (err error) {
		if _, err = o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		if t, err = store.Terms.Get(tx, *in.UserPoolId, *in.TermsId); err != nil {
			return err
		}
		before := t.Name
		changeTerms(t, in)
		if err := t.Check(); err != nil {
			return err
		}
		return tx.UpdateTerms(t, before)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateTermsResponse{Terms: termsOut(t)}, nil
}

func changeTerms(t *brand.Terms, in *api.UpdateTermsRequest) {
	change := func(member, given *string) {
		if given != nil {
			*member = *given
		}
	}
	change(&t.Name, in.TermsName)
	change(&t.Source, in.TermsSource)
	change(&t.Enforcement, in.Enforcement)
	if in.Links != nil {
		t.Links = in.Links
	}
}

// DeleteTerms removes a terms document.
func (o *Operations) DeleteTerms(ctx context.Context, in *api.DeleteTermsRequest) error {
	return o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		return tx.DeleteTerms(*in.UserPoolId, *in.TermsId)
	})
}

// ListTerms returns a pool's terms documents, without their links.
func (o *Operations) ListTerms(ctx context.Context, in *api.ListTermsRequest) (*api.ListTermsResponse, error) {
	found, next, err := resources(ctx, o, store.Terms,
		listing{"ListTerms", *in.UserPoolId, pageSize(in.MaxResults, maxTermsPage), in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &api.ListTermsResponse{Terms: []api.TermsDescriptionType{}, NextToken: next}
	for _, t := range found {
		out.Terms = append(out.Terms, api.TermsDescriptionType{
			TermsId: &t.ID, TermsName: &t.Name, Enforcement: &t.Enforcement, CreationDate: &t.Created,
			LastModifiedDate: &t.Modified,
		})
	}
	return out, nil
}

func termsOut(t *brand.Terms) *api.TermsType {
	return &api.TermsType{
		TermsId: &t.ID, UserPoolId: &t.PoolID, ClientId: &t.ClientID, TermsName: &t.Name, TermsSource: &t.Source,
		Enforcement: &t.Enforcement, Links: t.Links, CreationDate: &t.Created, LastModifiedDate: &t.Modified,
	}
}
