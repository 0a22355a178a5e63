package main

import "testing"

// Nothing acknowledged is lost to SIGKILL.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills servers")
	}
	r, err := run(t.Context(), config{rounds: 12, writers: 8, tags: "failpoint", seed: 7, module: ".."})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	if len(r.broken) > 0 || r.acknowledged < 12 { // fewer than one a kill proves nothing
		t.Error(r)
	}
}

// The harness notices a server that answers before it has written.
func TestALossIsNoticed(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and kills servers")
	}
	r, err := run(t.Context(), config{rounds: 8, writers: 8, tags: "nosync", seed: 7, module: ".."})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.broken) == 0 {
		t.Errorf("a build that does not sync lost nothing: %s", r)
	}
}
