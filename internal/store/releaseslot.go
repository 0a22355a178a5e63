package store

import "context"

// slotRelease calls Config.ReleaseSlot while an Update waits for PostgreSQL, so that the
// caller can release its request slot. Only maxReleasedSlots Updates do so at a time:
// more would remove the back-pressure of a slow database.
type slotRelease struct {
	notify  func(ctx context.Context) (back func())
	waiting chan struct{}
}

// maxReleasedSlots is enough to keep the connections busy, and few enough that each
// Update ends within its time limit.
const maxReleasedSlots = 32

func newSlotRelease(c Config) slotRelease {
	if c.PostgresURL == "" {
		return slotRelease{}
	}
	return slotRelease{c.ReleaseSlot, make(chan struct{}, maxReleasedSlots)}
}

// begin is called when an Update begins. back must be called when it has ended.
func (a slotRelease) begin(ctx context.Context) (back func()) {
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
