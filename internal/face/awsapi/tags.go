package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// taggedPool returns the id of the caller's pool that an ARN names.
func taggedPool(ctx context.Context, arn string) (string, error) {
	region, account, poolID, err := userpool.ParseARN(arn)
	if err != nil {
		return "", err
	}
	if c := gate.CallerOf(ctx); account != c.Account || region != c.Region {
		return "", fault.PoolDoesNotExist(poolID)
	}
	return poolID, nil
}

// TagResource adds tags to a pool, or replaces those with the same keys.
func (o *Operations) TagResource(ctx context.Context, in *api.TagResourceRequest) (*api.TagResourceResponse, error) {
	poolID, err := taggedPool(ctx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	err = o.changePool(ctx, poolID, func(_ *store.Tx, p *userpool.Pool) error { return p.Tag(in.Tags) })
	if err != nil {
		return nil, err
	}
	return &api.TagResourceResponse{}, nil
}

// UntagResource removes tags from a pool.
func (o *Operations) UntagResource(
	ctx context.Context, in *api.UntagResourceRequest,
) (*api.UntagResourceResponse, error) {
	poolID, err := taggedPool(ctx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	err = o.changePool(ctx, poolID, func(_ *store.Tx, p *userpool.Pool) error {
		p.Untag(in.TagKeys)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &api.UntagResourceResponse{}, nil
}

// ListTagsForResource returns a pool's tags.
func (o *Operations) ListTagsForResource(
	ctx context.Context, in *api.ListTagsForResourceRequest,
) (*api.ListTagsForResourceResponse, error) {
	poolID, err := taggedPool(ctx, *in.ResourceArn)
	if err != nil {
		return nil, err
	}
	p, err := o.readPool(ctx, poolID)
	if err != nil {
		return nil, err
	}
	return &api.ListTagsForResourceResponse{Tags: poolOut(p, 0).UserPoolTags}, nil
}
