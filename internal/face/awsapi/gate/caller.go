package gate

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Caller identifies the sender of a request.
type Caller struct {
	// Account and Region limit an IAM operation to the pools in them.
	Account, Region string
	// AccessKeyID is empty on operations without IAM authorization.
	AccessKeyID string
	// Policy restricts the access key; nil allows everything in its account.
	Policy    *iampolicy.Policy
	RequestID string
	// IP and Agent are the peer's address and User-Agent.
	IP, Agent string
}

// Pool returns a pool of the caller's account and region. The error for another
// account's pool is the same as for a pool that does not exist.
func (c Caller) Pool(tx *store.Tx, id string) (*userpool.Pool, error) {
	p, err := tx.Pool(id)
	if err != nil {
		return nil, err
	}
	if p.Account != c.Account || p.Region != c.Region {
		return nil, fault.PoolDoesNotExist(id)
	}
	return p, nil
}

type callerKey struct{}

// WithCaller returns ctx with the caller in it.
func WithCaller(ctx context.Context, c Caller) context.Context {
	ctx = token.WithPeer(ctx, userpool.Peer{Address: c.IP, Agent: c.Agent})
	return context.WithValue(ctx, callerKey{}, c)
}

// CallerOf returns the caller that the gate put into ctx.
func CallerOf(ctx context.Context) Caller {
	c, _ := ctx.Value(callerKey{}).(Caller)
	return c
}
