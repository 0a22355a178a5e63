package gate

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/iampolicy"
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
