package userpool_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestStatesOfSigningKeys(t *testing.T) {
	start := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	at := func(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }
	const id, access = userpool.KeyForID, userpool.KeyForAccess
	keys := userpool.SigningKeys{
		{Use: id, KeyID: "id 0", Expires: at(35)},
		{Use: access, KeyID: "access 0", Expires: at(35)},
		{Use: id, KeyID: "id 1", Signs: at(10)},
		{Use: access, KeyID: "access 1", Signs: at(10)},
	}
	const next, current, previous = userpool.KeyNext, userpool.KeyCurrent, userpool.KeyPrevious
	beforeSwitch := []userpool.KeyState{current, current, next, next}
	switched := []userpool.KeyState{previous, previous, current, current}
	all := []bool{true, true, true, true}
	for name, c := range map[string]struct {
		keys     userpool.SigningKeys
		now      time.Time
		states   []userpool.KeyState
		verifies []bool
	}{
		"one pair":            {keys[:1], at(0), []userpool.KeyState{current}, []bool{true}},
		"before the switch":   {keys, at(10).Add(-1), beforeSwitch, all},
		"at the switch":       {keys, at(10), switched, all},
		"before the end":      {keys, at(35).Add(-1), switched, all},
		"at the end":          {keys, at(35), switched, []bool{false, false, true, true}},
		"removed":             {keys[2:], at(40), []userpool.KeyState{current, current}, []bool{true, true}},
		"removed, slow clock": {keys[2:], at(9), []userpool.KeyState{current, current}, []bool{true, true}},
	} {
		var states []userpool.KeyState
		var verifies []bool
		for _, k := range c.keys {
			states, verifies = append(states, c.keys.State(k, c.now)), append(verifies, k.Verifies(c.now))
		}
		if !slices.Equal(states, c.states) || !slices.Equal(verifies, c.verifies) {
			t.Errorf("%s: %v %v, want %v %v", name, states, verifies, c.states, c.verifies)
		}
	}
	if k := keys[:1].Signer(access, at(0)); k != nil {
		t.Errorf("%s signs access tokens", k.KeyID)
	}
}
