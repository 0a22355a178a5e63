package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

type config struct {
	rounds, writers int
	tags            string
	seed            uint64
	// module is the folder of the module; empty means the working directory.
	module string
}

// report is what a run found.
type report struct {
	kills, acknowledged, checked int
	broken                       []string
}

func (r report) String() string {
	s := fmt.Sprintf("%d kills, %d acknowledged writes, %d checks, %d broken", r.kills, r.acknowledged, r.checked, len(r.broken))
	if len(r.broken) > 0 {
		s += ":\n  " + strings.Join(r.broken[:min(10, len(r.broken))], "\n  ")
	}
	return s
}

// run kills and compares for as many rounds as asked.
func run(ctx context.Context, c config) (r report, err error) {
	dir, err := os.MkdirTemp("", "lifeguard-chaos-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary := filepath.Join(dir, "lifeguard")
	if err := harness.Build(ctx, c.module, c.tags, binary); err != nil {
		return r, err
	}
	chance := rand.New(rand.NewPCG(c.seed, 0))
	data := filepath.Join(dir, "data")
	start := func(failpoint string) (*harness.Server, error) {
		return harness.Start(ctx, binary, []string{"--data", data}, []string{"LIFEGUARD_FAILPOINT=" + failpoint})
	}
	s, err := start("")
	if err != nil {
		return r, err
	}
	poolID, clientID, err := setUp(s)
	if err != nil {
		return r, err
	}
	ledger := newLedger(poolID, clientID)
	for round := range c.rounds {
		disturb(s, ledger, c.writers, time.Duration(30+chance.IntN(250))*time.Millisecond)
		r.kills++
		if s, err = start(""); err != nil {
			return r, fmt.Errorf("the server does not start after kill %d: %w", round+1, err)
		}
		checked, broken := ledger.compare(s)
		r.checked += checked
		r.broken = append(r.broken, broken...)
		if strings.Contains(c.tags, "failpoint") && round%2 == 0 {
			s.Kill()
			if s, err = startTrapped(start, chance); err != nil {
				return r, err
			}
		}
	}
	ledger.all = true
	checked, broken := ledger.compare(s)
	r.checked += checked
	r.broken = append(append(r.broken, broken...), invariants(s, poolID)...)
	r.acknowledged = ledger.acknowledged()
	s.Kill()
	return r, nil
}

// startTrapped starts a server that stops at a failpoint. Messages left over
// from before can be enough to reach it while the server starts: then it
// starts once more without.
func startTrapped(start func(failpoint string) (*harness.Server, error), chance *rand.Rand) (*harness.Server, error) {
	point := []string{"before-commit", "after-commit"}[chance.IntN(2)]
	s, err := start(fmt.Sprintf("%s:%d", point, 5+chance.IntN(60)))
	if err != nil {
		return start("")
	}
	return s, nil
}

// disturb lets writers work until the server is killed: by us after a while,
// or before that by a failpoint.
func disturb(s *harness.Server, l *ledger, writers int, after time.Duration) {
	var working sync.WaitGroup
	for range writers {
		working.Go(func() {
			for s.Alive() {
				l.work(s)
			}
		})
	}
	select {
	case <-time.After(after):
	case <-s.Gone:
	}
	s.Kill()
	working.Wait()
}
