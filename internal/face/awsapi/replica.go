package awsapi

import (
	"context"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// CreateUserPoolReplica records a replica of a pool in a second region.
func (o *Operations) CreateUserPoolReplica(
	ctx context.Context, in *api.CreateUserPoolReplicaRequest,
) (*api.CreateUserPoolReplicaResponse, error) {
	out, err := o.changeReplica(ctx, *in.UserPoolId, func(p *userpool.Pool, now time.Time) (userpool.Replica, error) {
		if err := o.Tiers.Require(p, userpool.MultiRegionReplication); err != nil {
			return userpool.Replica{}, err
		}
		return p.AddReplica(*in.RegionName, in.UserPoolTags, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.CreateUserPoolReplicaResponse{UserPoolReplica: out}, nil
}

// UpdateUserPoolReplica activates or deactivates a replica.
func (o *Operations) UpdateUserPoolReplica(
	ctx context.Context, in *api.UpdateUserPoolReplicaRequest,
) (*api.UpdateUserPoolReplicaResponse, error) {
	out, err := o.changeReplica(ctx, *in.UserPoolId, func(p *userpool.Pool, now time.Time) (userpool.Replica, error) {
		return p.ActivateReplica(*in.RegionName, userpool.ReplicaState(*in.Status), now)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateUserPoolReplicaResponse{UserPoolReplica: out}, nil
}

// DeleteUserPoolReplica starts the deletion of an inactive replica.
func (o *Operations) DeleteUserPoolReplica(
	ctx context.Context, in *api.DeleteUserPoolReplicaRequest,
) (*api.DeleteUserPoolReplicaResponse, error) {
	out, err := o.changeReplica(ctx, *in.UserPoolId, func(p *userpool.Pool, now time.Time) (userpool.Replica, error) {
		return p.DeleteReplica(*in.RegionName, now)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteUserPoolReplicaResponse{UserPoolReplica: out}, nil
}

// ListUserPoolReplicas returns the primary and its replicas, in one page.
func (o *Operations) ListUserPoolReplicas(
	ctx context.Context, in *api.ListUserPoolReplicasRequest,
) (*api.ListUserPoolReplicasResponse, error) {
	scope := page.Scope{Operation: "ListUserPoolReplicas", Pool: *in.UserPoolId, Caller: gate.CallerOf(ctx).Account}
	if _, err := o.openPage(ctx, scope, in.NextToken); err != nil {
		return nil, err
	}
	p, err := o.readPool(ctx, *in.UserPoolId)
	if err != nil {
		return nil, err
	}
	out := &api.ListUserPoolReplicasResponse{UserPoolReplicas: []api.UserPoolReplicaType{
		*replicaOut(p, p.Region, "PRIMARY", userpool.ReplicaActive),
	}}
	now := o.Clock.Now()
	for _, r := range p.LiveReplicas(now) {
		out.UserPoolReplicas = append(out.UserPoolReplicas, *replicaOut(p, r.Region, "SECONDARY", r.State(now)))
	}
	return out, nil
}

func (o *Operations) changeReplica(
	ctx context.Context, poolID string, change func(*userpool.Pool, time.Time) (userpool.Replica, error),
) (out *api.UserPoolReplicaType, err error) {
	err = o.changePool(ctx, poolID, func(tx *store.Tx, p *userpool.Pool) error {
		r, err := change(p, tx.Now)
		out = replicaOut(p, r.Region, "SECONDARY", r.State(tx.Now))
		return err
	})
	return out, err
}

func replicaOut(p *userpool.Pool, region, role string, state userpool.ReplicaState) *api.UserPoolReplicaType {
	return &api.UserPoolReplicaType{
		RegionName: &region, Role: &role, Status: some(string(state)), UserPoolArn: some(p.ARNIn(region)),
	}
}

// replicaRegions returns the regions of a pool's replicas; nil if it has none.
func replicaRegions(p *userpool.Pool, now time.Time) (regions []string) {
	for _, r := range p.LiveReplicas(now) {
		regions = append(regions, r.Region)
	}
	return regions
}
