package store

import "context"

// aside tells that Updates wait for PostgreSQL, so that their callers can give
// back what they hold. Few do so at a time: a database that is slower than its
// callers is to hold them up.
type aside struct {
	told    func(ctx context.Context) (back func())
	waiting chan struct{}
}

// mostAside is enough to keep the connections busy, and few enough to be done
// within the patience of each.
const mostAside = 32

func newAside(c Config) aside {
	if c.PostgresURL == "" {
		return aside{}
	}
	return aside{c.Aside, make(chan struct{}, mostAside)}
}

// step is called when an Update begins, and back when it has ended.
func (a aside) step(ctx context.Context) (back func()) {
	if a.told == nil {
		return func() {}
	}
	select {
	case a.waiting <- struct{}{}:
		back := a.told(ctx)
		return func() {
			<-a.waiting
			back()
		}
	default:
		return func() {}
	}
}
