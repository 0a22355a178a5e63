package gate

import (
	"context"
	"sync/atomic"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Admission limits how many CPU-heavy requests run at once and how many wait.
// A burst of sign-ins then does not slow down reads, and is refused with
// TooManyRequestsException instead of timing out.
type Admission struct {
	slots   chan struct{}
	waiting atomic.Int64
	queue   int64
}

// NewAdmission returns an Admission that lets running requests run at once and
// queue requests wait.
func NewAdmission(running, queue int) *Admission {
	return &Admission{slots: make(chan struct{}, running), queue: int64(queue)}
}

// heavy lists the operations that sign, exponentiate or derive.
var heavy = map[string]bool{
	"InitiateAuth": true, "AdminInitiateAuth": true,
	"RespondToAuthChallenge": true, "AdminRespondToAuthChallenge": true,
	"GetTokensFromRefreshToken": true, "GetClientToken": true,
	"SignUp": true, "AdminCreateUser": true,
	"AdminSetUserPassword": true, "ChangePassword": true, "ConfirmForgotPassword": true,
}

// EnterOperation calls Enter for a heavy operation; others need no slot.
func (a *Admission) EnterOperation(
	ctx context.Context, operation string,
) (in context.Context, leave func(), err error) {
	if !heavy[operation] {
		return ctx, func() {}, nil
	}
	return a.Enter(ctx)
}

// Enter waits for a slot. It returns a context from which ReleaseSlot finds the
// slot, and the function that releases it.
func (a *Admission) Enter(ctx context.Context) (in context.Context, leave func(), err error) {
	if a == nil {
		return ctx, func() {}, nil
	}
	t := &ticket{slots: a.slots}
	in = context.WithValue(ctx, ticketKey{}, t)
	select {
	case a.slots <- struct{}{}:
		t.held = true
		return in, t.leave, nil
	default:
	}
	if a.waiting.Add(1) > a.queue {
		a.waiting.Add(-1)
		return nil, nil, fault.TooManyRequestsRate
	}
	defer a.waiting.Add(-1)
	if err := t.enter(ctx); err != nil {
		return nil, nil, err
	}
	return in, t.leave, nil
}

// ticket is an operation's slot. It belongs to the operation's goroutine.
type ticket struct {
	slots chan struct{}
	held  bool
}

type ticketKey struct{}

func (t *ticket) enter(ctx context.Context) error {
	select {
	case t.slots <- struct{}{}:
		t.held = true
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *ticket) leave() {
	if t.held {
		t.held = false
		<-t.slots
	}
}

// ReleaseSlot releases an operation's slot while it waits for another system, such
// as the function of a trigger or PostgreSQL. Waiting uses no CPU, and one slow
// pool must not block the others. The returned function takes a slot again. It
// bypasses the queue limit, since the operation has been admitted, and returns
// without a slot if ctx has ended.
func ReleaseSlot(ctx context.Context) (back func()) {
	t, _ := ctx.Value(ticketKey{}).(*ticket)
	if t == nil || !t.held {
		return func() {}
	}
	t.leave()
	return func() { _ = t.enter(ctx) }
}

// Waiting returns how many requests wait for a slot.
func (a *Admission) Waiting() int { return int(a.waiting.Load()) }
