package signin

import (
	"context"
	"hash/maphash"
)

// guard lets one attempt at a time judge a user's secrets: with attempts in a
// row each one sees the failures before it, so a burst of parallel guesses is
// answered no more often than the lock-out allows. Locks are striped; two
// users on one stripe only wait for each other.
type guard struct {
	seed    maphash.Seed
	stripes [512]chan struct{} // full while somebody has the turn
}

func newGuard() *guard {
	g := &guard{seed: maphash.MakeSeed()}
	for i := range g.stripes {
		g.stripes[i] = make(chan struct{}, 1)
	}
	return g
}

// lock waits for the subject's turn and returns what ends it, or the context's
// error.
func (g *guard) lock(ctx context.Context, poolID, subject string) (unlock func(), err error) {
	var h maphash.Hash
	h.SetSeed(g.seed)
	_, _ = h.WriteString(poolID)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(subject)
	turn := g.stripes[h.Sum64()%uint64(len(g.stripes))]
	select {
	case turn <- struct{}{}:
		return func() { <-turn }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
