package gate

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ration counts a request against the rates of the account whose it is, and
// refuses it when it is one too many. A request of nobody's pool is not
// counted: the operation refuses it.
func (g *Gate) ration(ctx context.Context, c *call, in any) error {
	if g.Rates == nil {
		return nil
	}
	r := ratelimit.Request{
		Owner:     ratelimit.Owner{Account: c.caller.Account, Region: c.caller.Region},
		Operation: c.op.Name, PoolID: c.poolID(in), NewPassword: answersNewPassword(in),
	}
	if c.op.Auth == api.AuthNone {
		p, err := g.poolOf(ctx, c.op, in)
		if err != nil || p == nil {
			return err
		}
		r.Owner, r.PoolID = ratelimit.Owner{Account: p.Account, Region: p.Region}, p.ID
	}
	if !g.Rates.Take(r) {
		return fault.RateExceeded
	}
	return nil
}

// poolOf finds the pool of a request that no access key signed, through its
// client or access token; nil when they lead to none. The token is not
// verified yet: whoever forges one could as well send a request of the pool's.
func (g *Gate) poolOf(ctx context.Context, op *api.Operation, in any) (p *userpool.Pool, err error) {
	var clientID, poolID string
	if op.ClientID != nil {
		clientID = api.Text(op.ClientID(in))
	}
	if op.AccessToken != nil {
		poolID = token.ClaimedPool(api.Text(op.AccessToken(in)))
	}
	if clientID == "" && poolID == "" {
		return nil, nil
	}
	err = g.Store.View(ctx, func(tx *store.Tx) error {
		if clientID != "" {
			client, err := tx.ClientByID(clientID)
			if err != nil {
				return err
			}
			poolID = client.PoolID
		}
		p, err = tx.Pool(poolID)
		return err
	})
	if errors.Is(err, fault.ResourceNotFound) {
		return nil, nil
	}
	return p, err
}

func answersNewPassword(in any) bool {
	const challenge = api.ChallengeNameTypeNewPasswordRequired
	switch in := in.(type) {
	case *api.RespondToAuthChallengeRequest:
		return api.Text(in.ChallengeName) == challenge
	case *api.AdminRespondToAuthChallengeRequest:
		return api.Text(in.ChallengeName) == challenge
	}
	return false
}
