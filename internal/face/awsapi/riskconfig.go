package awsapi

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// SetRiskConfiguration replaces the threat protection settings of a pool or a
// client, even if threat protection is off. An empty request restores Cognito's
// defaults for a pool, and the pool's configuration for a client.
func (o *Operations) SetRiskConfiguration(
	ctx context.Context, in *api.SetRiskConfigurationRequest,
) (*api.SetRiskConfigurationResponse, error) {
	r := riskIn(in)
	if err := r.Complete(); err != nil {
		return nil, err
	}
	err := o.Store.Configure(ctx, r.PoolID, func(tx *store.Tx) error {
		if _, err := o.ownPool(ctx, tx, r.PoolID); err != nil {
			return err
		}
		if err := knownClient(tx, r.PoolID, in.ClientId); err != nil {
			return err
		}
		if r.Inherits() {
			return tx.RemoveRiskConfiguration(r.PoolID, r.ID)
		}
		return store.RiskConfigurations.Put(tx, r)
	})
	if err != nil {
		return nil, err
	}
	return &api.SetRiskConfigurationResponse{RiskConfiguration: riskOut(r)}, nil
}

// DescribeRiskConfiguration returns the configuration of a pool, or a client's
// own configuration.
func (o *Operations) DescribeRiskConfiguration(
	ctx context.Context, in *api.DescribeRiskConfigurationRequest,
) (*api.DescribeRiskConfigurationResponse, error) {
	var r *userpool.RiskConfiguration
	err := o.Store.View(ctx, func(tx *store.Tx) error {
		p, err := o.ownPool(ctx, tx, *in.UserPoolId)
		if err != nil {
			return err
		}
		if err := knownClient(tx, p.ID, in.ClientId); err != nil {
			return err
		}
		r, err = tx.RiskConfiguration(p.ID, riskID(in.ClientId))
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DescribeRiskConfigurationResponse{RiskConfiguration: riskOut(r)}, nil
}

func knownClient(tx *store.Tx, poolID string, clientID *string) error {
	if clientID == nil {
		return nil
	}
	_, err := tx.Client(poolID, *clientID)
	return err
}

func riskID(clientID *string) string {
	if clientID == nil {
		return userpool.PoolRisk
	}
	return *clientID
}

func riskIn(in *api.SetRiskConfigurationRequest) *userpool.RiskConfiguration {
	r := &userpool.RiskConfiguration{Resource: userpool.Resource{PoolID: *in.UserPoolId, ID: riskID(in.ClientId)}}
	if c := in.CompromisedCredentialsRiskConfiguration; c != nil {
		r.CompromisedCredentials = &userpool.CompromisedCredentialsRisk{
			EventFilter: c.EventFilter, EventAction: api.Text(c.Actions.EventAction),
		}
	}
	if a := in.AccountTakeoverRiskConfiguration; a != nil {
		r.AccountTakeover = &userpool.AccountTakeoverRisk{
			Low: riskActionIn(a.Actions.LowAction), Medium: riskActionIn(a.Actions.MediumAction),
			High: riskActionIn(a.Actions.HighAction),
		}
		if n := a.NotifyConfiguration; n != nil {
			r.AccountTakeover.Notify = &userpool.NotifyConfiguration{
				SourceArn: api.Text(n.SourceArn), From: n.From, ReplyTo: n.ReplyTo,
				BlockEmail: notifyIn(n.BlockEmail), MfaEmail: notifyIn(n.MfaEmail),
				NoActionEmail: notifyIn(n.NoActionEmail),
			}
		}
	}
	if e := in.RiskExceptionConfiguration; e != nil {
		r.Exceptions = &userpool.RiskExceptions{
			BlockedIPRangeList: e.BlockedIPRangeList, SkippedIPRangeList: e.SkippedIPRangeList,
		}
	}
	return r
}

func riskActionIn(in *api.AccountTakeoverActionType) *userpool.RiskAction {
	if in == nil {
		return nil
	}
	return &userpool.RiskAction{EventAction: api.Text(in.EventAction), Notify: isTrue(in.Notify)}
}

func notifyIn(in *api.NotifyEmailType) *userpool.NotifyEmail {
	if in == nil {
		return nil
	}
	return &userpool.NotifyEmail{Subject: api.Text(in.Subject), HtmlBody: in.HtmlBody, TextBody: in.TextBody}
}

// riskOut translates a configuration; an empty one has no date.
func riskOut(r *userpool.RiskConfiguration) *api.RiskConfigurationType {
	out := &api.RiskConfigurationType{UserPoolId: &r.PoolID}
	if r.ID != userpool.PoolRisk {
		out.ClientId = &r.ID
	}
	if !r.Modified.IsZero() {
		out.LastModifiedDate = &r.Modified
	}
	if c := r.CompromisedCredentials; c != nil {
		out.CompromisedCredentialsRiskConfiguration = &api.CompromisedCredentialsRiskConfigurationType{
			EventFilter: c.EventFilter, Actions: &api.CompromisedCredentialsActionsType{EventAction: &c.EventAction},
		}
	}
	if a := r.AccountTakeover; a != nil {
		actions := &api.AccountTakeoverActionsType{
			LowAction: riskActionOut(a.Low), MediumAction: riskActionOut(a.Medium), HighAction: riskActionOut(a.High),
		}
		out.AccountTakeoverRiskConfiguration = &api.AccountTakeoverRiskConfigurationType{Actions: actions}
		if n := a.Notify; n != nil {
			out.AccountTakeoverRiskConfiguration.NotifyConfiguration = &api.NotifyConfigurationType{
				SourceArn: &n.SourceArn, From: n.From, ReplyTo: n.ReplyTo,
				BlockEmail: notifyOut(n.BlockEmail), MfaEmail: notifyOut(n.MfaEmail),
				NoActionEmail: notifyOut(n.NoActionEmail),
			}
		}
	}
	if e := r.Exceptions; e != nil {
		out.RiskExceptionConfiguration = &api.RiskExceptionConfigurationType{
			BlockedIPRangeList: e.BlockedIPRangeList, SkippedIPRangeList: e.SkippedIPRangeList,
		}
	}
	return out
}

func riskActionOut(a *userpool.RiskAction) *api.AccountTakeoverActionType {
	if a == nil {
		return nil
	}
	return &api.AccountTakeoverActionType{EventAction: &a.EventAction, Notify: &a.Notify}
}

func notifyOut(n *userpool.NotifyEmail) *api.NotifyEmailType {
	if n == nil {
		return nil
	}
	return &api.NotifyEmailType{Subject: &n.Subject, HtmlBody: n.HtmlBody, TextBody: n.TextBody}
}
