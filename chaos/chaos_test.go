package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// binary is the server that all tests use.
var binary string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		if testing.Short() {
			return m.Run()
		}
		dir, err := os.MkdirTemp("", "lifeguard-chaos-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "lifeguard")
		if err := build(context.Background(), "..", binary); err != nil {
			panic(err)
		}
		return m.Run()
	}())
}

func chaos(t *testing.T, c config) report {
	t.Helper()
	if testing.Short() {
		t.Skip("builds and kills servers")
	}
	c.writers, c.seed, c.binary, c.progress = 8, 7, binary, t.Output()
	r, err := run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r)
	return r
}

// No acknowledged write is lost after SIGKILL.
func TestNothingAcknowledgedIsLost(t *testing.T) {
	databases := map[string]string{"sqlite": ""}
	if database, ok := storetest.Postgres(t); ok {
		databases["postgres"] = database
	}
	for engine, database := range databases {
		t.Run(engine, func(t *testing.T) {
			r := chaos(t, config{rounds: 2, database: database})
			if err := r.vacuous(); err != nil || len(r.broken) > 0 {
				t.Error(err, r)
			}
			for operation := range r.acknowledged {
				if !slices.Contains(operations(), operation) {
					t.Errorf("%s is not in operations", operation)
				}
			}
		})
	}
}

// The harness detects a server that responds before it has written.
func TestLossIsDetected(t *testing.T) {
	if r := chaos(t, config{rounds: 20, fault: "ack-early"}); len(r.broken) == 0 {
		t.Errorf("a server that responds before the commit lost nothing: %s", r)
	}
}

// No acknowledged write is lost after a power cut, except without syncs.
func TestPowerCut(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	if d, err := newDisk(t.TempDir()); err != nil {
		t.Skip("no loop devices: ", err)
	} else if err := d.off(); err != nil {
		t.Fatal(err)
	}
	r := chaos(t, config{rounds: 2, powerCut: true})
	if err := r.vacuous(); err != nil || len(r.broken) > 0 {
		t.Error(err, r)
	}
	if r := chaos(t, config{rounds: 4, powerCut: true, fault: "no-sync"}); len(r.broken) == 0 {
		t.Errorf("a server that does not sync lost nothing: %s", r)
	}
}

// A run with too few acknowledged writes fails.
func TestTooFewAcknowledged(t *testing.T) {
	all := map[string]int{}
	for _, operation := range operations() {
		all[operation] = 1000
	}
	one := map[string]int{"SignUp": 100_000}
	for _, c := range []struct {
		name         string
		kills        int
		acknowledged map[string]int
		vacuous      bool
	}{
		{"nothing", 200, nil, true},
		{"too little", 200, map[string]int{"SignUp": 999}, true},
		{"one kind in a long run", 200, one, true},
		{"one kind in a short run", 4, one, false},
		{"every kind", 200, all, false},
	} {
		if err := (report{kills: c.kills, acknowledged: c.acknowledged}).vacuous(); (err != nil) != c.vacuous {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
