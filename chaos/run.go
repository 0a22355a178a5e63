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
	if err := build(ctx, c, binary); err != nil {
		return r, err
	}
	chance := rand.New(rand.NewPCG(c.seed, 0))
	data := filepath.Join(dir, "data")
	s, err := start(ctx, binary, data, "")
	if err != nil {
		return r, err
	}
	poolID, clientID, err := s.setUp()
	if err != nil {
		return r, err
	}
	ledger := newLedger(poolID, clientID)
	for round := range c.rounds {
		if err := s.disturb(ledger, c.writers, time.Duration(30+chance.IntN(250))*time.Millisecond); err != nil {
			return r, err
		}
		r.kills++
		if s, err = start(ctx, binary, data, ""); err != nil {
			return r, fmt.Errorf("the server does not start after kill %d: %w", round+1, err)
		}
		checked, broken := ledger.compare(s)
		r.checked += checked
		r.broken = append(r.broken, broken...)
		if strings.Contains(c.tags, "failpoint") && round%2 == 0 {
			s.kill()
			point := []string{"before-commit", "after-commit"}[chance.IntN(2)]
			if s, err = start(ctx, binary, data, fmt.Sprintf("%s:%d", point, 5+chance.IntN(60))); err != nil {
				return r, err
			}
		}
	}
	ledger.all = true
	checked, broken := ledger.compare(s)
	r.checked += checked
	r.broken = append(append(r.broken, broken...), s.invariants(poolID)...)
	r.acknowledged = ledger.acknowledged()
	s.kill()
	return r, nil
}

// disturb lets writers work until the server is killed: by us after a while,
// or before that by a failpoint.
func (s *server) disturb(l *ledger, writers int, after time.Duration) error {
	var working sync.WaitGroup
	for range writers {
		working.Go(func() {
			for s.alive() {
				l.work(s)
			}
		})
	}
	select {
	case <-time.After(after):
	case <-s.gone:
	}
	s.kill()
	working.Wait()
	return nil
}
