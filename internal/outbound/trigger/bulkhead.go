package trigger

import (
	"context"
	"errors"
	"sync"
)

// errBusy is a pool whose functions are all being waited for.
var errBusy = errors.New("too many calls of the pool are under way")

// bulkheads bound how many calls of each pool are under way, so that a function
// that hangs cannot use up what other pools need.
type bulkheads struct {
	size  int
	mu    sync.Mutex
	pools map[string]*bulkhead
}

type bulkhead struct {
	slots chan struct{}
	users int // calls inside or waiting; guarded by bulkheads.mu
}

// enter takes a slot of the pool, or returns errBusy when ctx ends first. What
// it returns gives the slot back.
func (b *bulkheads) enter(ctx context.Context, pool string) (leave func(), err error) {
	h := b.join(pool)
	select {
	case h.slots <- struct{}{}:
		return func() {
			<-h.slots
			b.part(pool, h)
		}, nil
	case <-ctx.Done():
		b.part(pool, h)
		return nil, errBusy
	}
}

func (b *bulkheads) join(pool string) *bulkhead {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.pools[pool]
	if h == nil {
		h = &bulkhead{slots: make(chan struct{}, b.size)}
		b.pools[pool] = h
	}
	h.users++
	return h
}

// part forgets a bulkhead that nobody uses: pools come and go.
func (b *bulkheads) part(pool string, h *bulkhead) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(b.pools, pool)
	}
}
