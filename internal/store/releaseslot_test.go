package store_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// queued blocks Updates before they reach the database.
type queued struct {
	engine.Engine
	holding        *atomic.Bool
	begun, release chan struct{}
}

func (h queued) Update(ctx context.Context, fn func(engine.Conn) error) error {
	if h.holding.Load() {
		h.begun <- struct{}{}
		<-h.release
	}
	return h.Engine.Update(ctx, fn)
}

// Config.ReleaseSlot is called for Updates that wait for PostgreSQL, for at most
// MaxReleasedSlots at a time, and its result is called when they have ended.
func TestWaitingUpdatesReleaseSlots(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			var aside, most atomic.Int64
			h := queued{holding: new(atomic.Bool), begun: make(chan struct{}), release: make(chan struct{})}
			config.Wrap = func(e engine.Engine) engine.Engine {
				h.Engine = e
				return h
			}
			config.ReleaseSlot = func(context.Context) func() {
				most.Store(aside.Add(1))
				return func() { aside.Add(-1) }
			}
			db := open(t, config)
			most.Store(0)
			h.holding.Store(true)
			var all sync.WaitGroup
			for range store.MaxReleasedSlots + 3 {
				all.Go(func() {
					if err := db.Update(t.Context(), func(*store.Tx) error { return nil }); err != nil {
						t.Error(err)
					}
				})
			}
			for range store.MaxReleasedSlots + 3 {
				<-h.begun
			}
			want := int64(0)
			if config.PostgresURL != "" {
				want = store.MaxReleasedSlots
			}
			if most.Load() != want || aside.Load() != want {
				t.Errorf("%d Updates have called ReleaseSlot, want %d", aside.Load(), want)
			}
			close(h.release)
			all.Wait()
			if aside.Load() != 0 {
				t.Errorf("the result of ReleaseSlot was not called for %d Updates", aside.Load())
			}
		})
	}
}
