package clock_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
)

func TestDrivenMovesOnlyWhenAdvanced(t *testing.T) {
	start := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	frozen := clock.Frozen(start)
	for name, d := range map[string]*clock.Driven{"frozen": frozen, "shifted": clock.Shifted(frozen)} {
		before := d.Now()
		d.Advance(90 * time.Second)
		if got := d.Now().Sub(before); got != 90*time.Second {
			t.Errorf("%s moved by %v, want 90s", name, got)
		}
		d.Advance(-90 * time.Second)
		if !d.Now().Equal(before) {
			t.Errorf("%s did not move back", name)
		}
	}
}

func TestSystemIsUTC(t *testing.T) {
	if loc := clock.System().Now().Location(); loc != time.UTC {
		t.Errorf("location %v, want UTC", loc)
	}
}
