package server

import (
	"maps"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// The server has a constructor for each sender that can be chosen, and no other.
func TestEverySenderIsBuilt(t *testing.T) {
	var names []string
	for _, s := range config.Senders() {
		names = append(names, s.Name)
		if !s.Email && !s.SMS || s.Name == "none" {
			t.Errorf("%q cannot be chosen", s.Name)
		}
	}
	slices.Sort(names)
	if built := slices.Sorted(maps.Keys(buildSender)); !slices.Equal(built, names) {
		t.Errorf("builds %q, can be chosen: %q", built, names)
	}
}

// The server has a constructor for each kind of target, and no other.
func TestEveryTargetIsBuilt(t *testing.T) {
	kinds := slices.Sorted(slices.Values(trigger.Kinds()))
	if built := slices.Sorted(maps.Keys(buildInvoker)); !slices.Equal(built, kinds) {
		t.Errorf("builds %q, can be written: %q", built, kinds)
	}
}
