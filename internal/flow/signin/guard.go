package signin

import (
	"context"
	"hash/maphash"
	"sync/atomic"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// guard serializes attempts on one user's secrets. Each attempt then sees the
// failures before it, so a burst of parallel guesses gets no more results than
// the lock-out allows. Locks are striped: two users on one stripe wait for each
// other.
type guard struct {
	seed        maphash.Seed
	stripes     [512]chan struct{} // full while locked
	waiting     atomic.Int64
	releaseSlot func(ctx context.Context) (back func())
}

// maxWaiting is how many attempts may wait for locks. They hold no slot of the
// admission limit, so that this is their only bound. See docs/divergences QR-14.
const maxWaiting = 1000

func newGuard(releaseSlot func(ctx context.Context) (back func())) *guard {
	g := &guard{seed: maphash.MakeSeed(), releaseSlot: releaseSlot}
	for i := range g.stripes {
		g.stripes[i] = make(chan struct{}, 1)
	}
	return g
}

// lock locks the subject's stripe and returns the function that unlocks it, the
// context's error, or TooManyRequestsRate.
func (g *guard) lock(ctx context.Context, poolID, subject string) (unlock func(), err error) {
	var h maphash.Hash
	h.SetSeed(g.seed)
	_, _ = h.WriteString(poolID)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(subject)
	stripe := g.stripes[h.Sum64()%uint64(len(g.stripes))]
	select {
	case stripe <- struct{}{}:
		return func() { <-stripe }, nil
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > maxWaiting {
		return nil, fault.TooManyRequestsRate
	}
	// The holder of the lock may wait for a slot. It would never get one if the
	// attempts that wait for the lock held all of them.
	if g.releaseSlot != nil {
		defer g.releaseSlot(ctx)()
	}
	select {
	case stripe <- struct{}{}:
		return func() { <-stripe }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
