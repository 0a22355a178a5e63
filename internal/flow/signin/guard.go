package signin

import (
	"context"
	"hash/maphash"
)

// guard serializes attempts on one user's secrets. Each attempt then sees the
// failures before it, so a burst of parallel guesses gets no more results than
// the lock-out allows. Locks are striped: two users on one stripe wait for each
// other.
type guard struct {
	seed    maphash.Seed
	stripes [512]chan struct{} // full while locked
}

func newGuard() *guard {
	g := &guard{seed: maphash.MakeSeed()}
	for i := range g.stripes {
		g.stripes[i] = make(chan struct{}, 1)
	}
	return g
}

// lock locks the subject's stripe and returns the function that unlocks it, or
// the context's error.
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
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
