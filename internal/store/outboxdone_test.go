package store_test

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Calls of Done that begin during an Update share the next one, and each gets its
// own result.
func TestRemovalsShareUpdates(t *testing.T) {
	for name, config := range storetest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			h := queued{holding: new(atomic.Bool), begun: make(chan struct{}), release: make(chan struct{})}
			config.Wrap = func(e engine.Engine) engine.Engine {
				h.Engine = e
				return h
			}
			db := open(t, config)
			p := pool(t, db, "us-east-1_A")
			const messages = 6
			update(t, db, func(tx *store.Tx) error {
				for i := range messages {
					m := userpool.Message{ID: fmt.Sprint(i), PoolID: p.ID, Medium: userpool.Email}
					if err := tx.Enqueue(&m); err != nil {
						return err
					}
				}
				return nil
			})
			claimed, err := db.Outbox().Claim(t.Context(), nil, messages, time.Minute)
			if err != nil || len(claimed) != messages {
				t.Fatalf("claimed %d, %v", len(claimed), err)
			}
			before := h.Stats().Updates
			claimed[3].Claim++ // it is no longer the current claim
			h.holding.Store(true)
			var all sync.WaitGroup
			remove := func(m store.Message) {
				// Wait below ends with it.
				all.Go(func() {
					err := db.Outbox().Done(t.Context(), m)
					if lost := m.ID == claimed[3].ID; lost != errors.Is(err, after.ErrLost) || !lost && err != nil {
						t.Errorf("message %s: %v", m.ID, err)
					}
				})
			}
			remove(claimed[0])
			<-h.begun
			for _, m := range claimed[1:] {
				remove(m)
			}
			for store.WaitingRemovals(db) < messages-1 {
				runtime.Gosched()
			}
			h.release <- struct{}{}
			<-h.begun
			h.holding.Store(false)
			h.release <- struct{}{}
			all.Wait()
			if n := h.Stats().Updates - before; n != 2 {
				t.Errorf("%d Updates, want 2", n)
			}
			if waiting, _, err := db.OutboxDepth(t.Context()); err != nil || waiting != 1 {
				t.Errorf("%d messages are left, %v; want the lost one", waiting, err)
			}
		})
	}
}
