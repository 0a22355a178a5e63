package hosted_test

import (
	"maps"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// A request that conflicts with a concurrent write of the same row runs again:
// the caller cannot resolve the conflict.
func TestConflictsAreRetried(t *testing.T) {
	x, stale := newFragile(t), &storetest.Stale{}
	config := x.config
	config.Wrap = stale.Wrap
	db, err := store.Open(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer x.close(db)
	node, conflicts := x.Node(db), 0
	for name, c := range requests {
		x.Clock.Advance(time.Hour) // past the limits of codes and messages
		x.mail()
		b := x.browser()
		send := c.request(x, b)
		there := *b
		there.World, there.Cookies = node, maps.Clone(b.Cookies)
		stale.Next(1)
		if p := send(&there); !c.success(p) {
			t.Errorf("%s, after %d conflicts: %d %v %s", name, 1-stale.Left(), p.Status, p.Location, p.Body)
		}
		conflicts += 1 - stale.Left()
	}
	if conflicts < 2 {
		t.Errorf("only %d requests had a conflict", conflicts)
	}
}
