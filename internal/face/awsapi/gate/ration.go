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

// ration counts a request against the rate limits of its account, and refuses it
// if it exceeds one. A request for an unknown pool is not counted: the operation
// refuses it.
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

// poolOf returns the pool of a request that is not signed by an access key, from
// its client or access token; nil if there is none. The token is not verified
// yet. Forging one gains nothing: anyone can send requests to the pool.
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
