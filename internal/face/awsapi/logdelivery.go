package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// SetLogDeliveryConfiguration replaces the destinations of a pool's events; an
// empty list removes them.
func (o *Operations) SetLogDeliveryConfiguration(
	ctx context.Context, in *api.SetLogDeliveryConfigurationRequest,
) (*api.SetLogDeliveryConfigurationResponse, error) {
	var configurations []userpool.LogConfiguration
	for _, c := range in.LogConfigurations {
		l := userpool.LogConfiguration{EventSource: api.Text(c.EventSource), LogLevel: api.Text(c.LogLevel)}
		if d := c.CloudWatchLogsConfiguration; d != nil {
			l.LogGroupArn = d.LogGroupArn
		}
		if d := c.S3Configuration; d != nil {
			l.BucketArn = d.BucketArn
		}
		if d := c.FirehoseConfiguration; d != nil {
			l.StreamArn = d.StreamArn
		}
		configurations = append(configurations, l)
	}
	err := o.changePool(ctx, *in.UserPoolId, func(_ *store.Tx, p *userpool.Pool) error {
		if err := p.SetLogDelivery(configurations); err != nil {
			return err
		}
		return o.Tiers.Require(p, p.LogFeatures()...)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetLogDeliveryConfigurationResponse{
		LogDeliveryConfiguration: logDeliveryOut(*in.UserPoolId, configurations),
	}, nil
}

// GetLogDeliveryConfiguration returns the destinations of a pool's events.
func (o *Operations) GetLogDeliveryConfiguration(
	ctx context.Context, in *api.GetLogDeliveryConfigurationRequest,
) (*api.GetLogDeliveryConfigurationResponse, error) {
	p, err := o.readPool(ctx, *in.UserPoolId)
	if err != nil {
		return nil, err
	}
	return &api.GetLogDeliveryConfigurationResponse{LogDeliveryConfiguration: logDeliveryOut(p.ID, p.LogDelivery)}, nil
}

func logDeliveryOut(poolID string, configurations []userpool.LogConfiguration) *api.LogDeliveryConfigurationType {
	out := &api.LogDeliveryConfigurationType{UserPoolId: &poolID, LogConfigurations: []api.LogConfigurationType{}}
	for _, c := range configurations {
		l := api.LogConfigurationType{EventSource: &c.EventSource, LogLevel: &c.LogLevel}
		switch {
		case c.LogGroupArn != nil:
			l.CloudWatchLogsConfiguration = &api.CloudWatchLogsConfigurationType{LogGroupArn: c.LogGroupArn}
		case c.BucketArn != nil:
			l.S3Configuration = &api.S3ConfigurationType{BucketArn: c.BucketArn}
		case c.StreamArn != nil:
			l.FirehoseConfiguration = &api.FirehoseConfigurationType{StreamArn: c.StreamArn}
		}
		out.LogConfigurations = append(out.LogConfigurations, l)
	}
	return out
}
