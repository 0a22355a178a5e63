package trigger

import (
	"context"
	"errors"
	"sync"
)

// errBusy is returned if all slots of a pool are in use.
var errBusy = errors.New("too many concurrent calls of the pool")

// bulkheads bound the concurrent calls of each pool, so that a hanging function
// cannot exhaust the resources of other pools.
type bulkheads struct {
	size  int
	mu    sync.Mutex
	pools map[string]*bulkhead
}

type bulkhead struct {
	slots chan struct{}
	users int // running and waiting calls; guarded by bulkheads.mu
}

// enter acquires a slot of the pool, or returns errBusy if ctx ends first.
// leave releases the slot.
func (b *bulkheads) enter(ctx context.Context, pool string) (leave func(), err error) {
	h := b.acquire(pool)
	select {
	case h.slots <- struct{}{}:
		return func() {
			<-h.slots
			b.release(pool, h)
		}, nil
	case <-ctx.Done():
		b.release(pool, h)
		return nil, errBusy
	}
}

func (b *bulkheads) acquire(pool string) *bulkhead {
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

// release removes an unused bulkhead, so that the map does not grow with deleted
// pools.
func (b *bulkheads) release(pool string, h *bulkhead) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if h.users--; h.users == 0 {
		delete(b.pools, pool)
	}
}
