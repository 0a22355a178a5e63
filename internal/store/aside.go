package store

import "context"

// aside calls Config.ReleaseSlot while an Update waits for PostgreSQL, so that the
// caller can release its request slot. Only mostAside Updates do so at a time:
// more would remove the back-pressure of a slow database.
type aside struct {
	notify  func(ctx context.Context) (back func())
	waiting chan struct{}
}

// mostAside is enough to keep the connections busy, and few enough that each
// Update ends within its time limit.
const mostAside = 32

func newAside(c Config) aside {
	if c.PostgresURL == "" {
		return aside{}
	}
	return aside{c.ReleaseSlot, make(chan struct{}, mostAside)}
}

// begin is called when an Update begins. back must be called when it has ended.
func (a aside) begin(ctx context.Context) (back func()) {
	if a.notify == nil {
		return func() {}
	}
	select {
	case a.waiting <- struct{}{}:
		back := a.notify(ctx)
		return func() {
			<-a.waiting
			back()
		}
	default:
		return func() {}
	}
}
