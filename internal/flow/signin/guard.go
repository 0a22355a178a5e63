package signin

import (
	"hash/maphash"
	"sync"
)

// guard lets one attempt at a time judge a user's secrets: with attempts in a
// row each one sees the failures before it, so a burst of parallel guesses is
// answered no more often than the lock-out allows. Locks are striped; two
// users on one stripe only wait for each other.
type guard struct {
	seed    maphash.Seed
	stripes [512]sync.Mutex
}

func newGuard() *guard { return &guard{seed: maphash.MakeSeed()} }

// lock waits for the subject's turn and returns what ends it.
func (g *guard) lock(poolID, subject string) (unlock func()) {
	var h maphash.Hash
	h.SetSeed(g.seed)
	_, _ = h.WriteString(poolID)
	_ = h.WriteByte(0)
	_, _ = h.WriteString(subject)
	m := &g.stripes[h.Sum64()%uint64(len(g.stripes))]
	m.Lock()
	return m.Unlock
}
