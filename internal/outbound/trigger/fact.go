package trigger

import (
	"context"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// factual reports whether a trigger is told of what has been committed, rather
// than asked before it. Source: guide pages user-pool-lambda-post-confirmation
// and user-pool-lambda-post-authentication.
func factual(t userpool.Trigger) bool {
	return t == userpool.PostConfirmation || t == userpool.PostAuthentication
}

// facts are the calls of factual triggers, which outlast their request's
// context. The request that makes a call waits for it, so whatever bounds
// requests bounds them.
type facts struct {
	calls  sync.RWMutex // held for reading during a call
	closed bool         // guarded by calls
}

// begin returns a context for a call that does not end with the request's, and
// what to call after it. Once closed it returns ctx itself.
func (f *facts) begin(ctx context.Context) (lasting context.Context, end func()) {
	f.calls.RLock()
	if f.closed {
		f.calls.RUnlock()
		return ctx, func() {}
	}
	return context.WithoutCancel(ctx), f.calls.RUnlock
}

// Close waits for the calls that outlast their requests and lets no further
// ones do so. Functions must be able to run until it returns.
func (r *Runner) Close() {
	r.facts.calls.Lock()
	r.facts.closed = true
	r.facts.calls.Unlock()
}
