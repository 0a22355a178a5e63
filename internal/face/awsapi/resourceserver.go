package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const maxResourceServerPage = 50

func resourceServerOut(r *userpool.ResourceServer) *api.ResourceServerType {
	out := &api.ResourceServerType{
		UserPoolId: &r.PoolID, Identifier: &r.ID, Name: &r.Name, Scopes: []api.ResourceServerScopeType{},
	}
	for _, s := range r.Scopes {
		scope := api.ResourceServerScopeType{ScopeName: &s.Name, ScopeDescription: &s.Description}
		out.Scopes = append(out.Scopes, scope)
	}
	return out
}

func resourceServerScopes(in []api.ResourceServerScopeType) (scopes []userpool.ResourceServerScope) {
	for _, s := range in {
		scopes = append(scopes, userpool.ResourceServerScope{Name: *s.ScopeName, Description: *s.ScopeDescription})
	}
	return scopes
}

// CreateResourceServer creates a resource server.
func (o *Operations) CreateResourceServer(
	ctx context.Context, in *api.CreateResourceServerRequest,
) (*api.CreateResourceServerResponse, error) {
	r := &userpool.ResourceServer{
		Resource: userpool.Resource{PoolID: *in.UserPoolId, ID: *in.Identifier}, Name: *in.Name,
		Scopes: resourceServerScopes(in.Scopes),
	}
	if err := r.Check(); err != nil {
		return nil, err
	}
	err := o.Store.Configure(ctx, r.PoolID, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, r.PoolID); err != nil {
			return err
		}
		n, err := store.ResourceServers.Count(tx, r.PoolID)
		if err == nil && n >= userpool.MaxResourceServers {
			return fault.Newf(fault.LimitExceeded, "Exceeded the limit of %d resource servers in user pool %s.",
				userpool.MaxResourceServers, r.PoolID)
		}
		if err != nil {
			return err
		}
		return store.ResourceServers.Insert(tx, r)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateResourceServerResponse{ResourceServer: resourceServerOut(r)}, nil
}

// DescribeResourceServer returns a resource server.
func (o *Operations) DescribeResourceServer(
	ctx context.Context, in *api.DescribeResourceServerRequest,
) (*api.DescribeResourceServerResponse, error) {
	var r *userpool.ResourceServer
	err := o.Store.View(ctx, func(tx *store.Tx) (err error) {
		if _, err = o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		r, err = store.ResourceServers.Get(tx, *in.UserPoolId, *in.Identifier)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeResourceServerResponse{ResourceServer: resourceServerOut(r)}, nil
}

// UpdateResourceServer replaces the name and the scopes. Clients keep the name of a
// deleted scope; new tokens do not have it.
func (o *Operations) UpdateResourceServer(
	ctx context.Context, in *api.UpdateResourceServerRequest,
) (*api.UpdateResourceServerResponse, error) {
	var r *userpool.ResourceServer
	err := o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) (err error) {
		if _, err = o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		if r, err = store.ResourceServers.Get(tx, *in.UserPoolId, *in.Identifier); err != nil {
			return err
		}
		r.Name, r.Scopes = *in.Name, resourceServerScopes(in.Scopes)
		if err := r.Check(); err != nil {
			return err
		}
		return store.ResourceServers.Update(tx, r)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateResourceServerResponse{ResourceServer: resourceServerOut(r)}, nil
}

// DeleteResourceServer removes a resource server and its scopes.
func (o *Operations) DeleteResourceServer(ctx context.Context, in *api.DeleteResourceServerRequest) error {
	return o.Store.Configure(ctx, *in.UserPoolId, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, *in.UserPoolId); err != nil {
			return err
		}
		return store.ResourceServers.Delete(tx, *in.UserPoolId, *in.Identifier)
	})
}

// ListResourceServers returns a pool's resource servers.
func (o *Operations) ListResourceServers(
	ctx context.Context, in *api.ListResourceServersRequest,
) (*api.ListResourceServersResponse, error) {
	found, next, err := resources(ctx, o, store.ResourceServers,
		listing{"ListResourceServers", *in.UserPoolId, pageSize(in.MaxResults, maxResourceServerPage), in.NextToken})
	if err != nil {
		return nil, err
	}
	out := &api.ListResourceServersResponse{ResourceServers: []api.ResourceServerType{}, NextToken: next}
	for _, r := range found {
		out.ResourceServers = append(out.ResourceServers, *resourceServerOut(r))
	}
	return out, nil
}
