package signin

import (
	"context"
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// An attempt releases its slot only while it waits for another one. Attempts
// beyond the limit do not wait.
func TestGuardWaitsWithoutASlot(t *testing.T) {
	var events []string
	var unlock func()
	g := newGuard(func(context.Context) func() {
		events = append(events, "released")
		unlock()
		return func() { events = append(events, "taken again") }
	})
	lock := func() (func(), error) { return g.lock(t.Context(), "pool", "ann") }
	unlock, err := lock()
	if err != nil || len(events) != 0 {
		t.Fatalf("the first attempt: %v, %v", events, err)
	}
	g.waiting.Store(maxWaiting)
	if _, err := lock(); !errors.Is(err, fault.TooManyRequestsRate) {
		t.Errorf("an attempt beyond the limit: %v", err)
	}
	if n := g.waiting.Load(); n != maxWaiting {
		t.Errorf("%d wait after a refusal", n)
	}
	g.waiting.Store(maxWaiting - 1)
	if _, err := lock(); err != nil || len(events) != 2 || events[0] != "released" || events[1] != "taken again" {
		t.Errorf("the second attempt: %v, %v", events, err)
	}
}
