package awsapi

import (
	"context"
	"sync/atomic"

	"lifeguard/internal/fault"
)

// Admission bounds how many CPU-heavy requests run at once and how many wait,
// so that a storm of sign-ins leaves reads their latency and ends in a clear
// refusal rather than in time-outs.
type Admission struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
}

// NewAdmission lets running requests run at once and queue requests wait.
func NewAdmission(running, queue int) *Admission {
	return &Admission{slots: make(chan struct{}, running), queue: int64(queue)}
}

// heavy lists the operations that sign, exponentiate or derive.
var heavy = map[string]bool{
	"InitiateAuth": true, "AdminInitiateAuth": true, "RespondToAuthChallenge": true, "AdminRespondToAuthChallenge": true,
	"GetTokensFromRefreshToken": true, "SignUp": true, "AdminCreateUser": true, "AdminSetUserPassword": true,
	"ChangePassword": true, "ConfirmForgotPassword": true, "GetClientToken": true,
}

// Enter waits for a slot when the operation is heavy, and returns what frees it.
func (a *Admission) Enter(ctx context.Context, operation string) (leave func(), err error) {
	if a == nil || !heavy[operation] {
		return func() {}, nil
	}
	select {
	case a.slots <- struct{}{}:
		return func() { <-a.slots }, nil
	default:
	}
	if a.waiting.Add(1) > a.queue {
		a.waiting.Add(-1)
		return nil, fault.TooManyRequestsRate
	}
	defer a.waiting.Add(-1)
	select {
	case a.slots <- struct{}{}:
		return func() { <-a.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Waiting is how many requests wait for a slot.
func (a *Admission) Waiting() int { return int(a.waiting.Load()) }
