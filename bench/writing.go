package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// writing measures many writers, on one binary or on two in turns.
type writing struct {
	server  string // where databases are created; empty: embedded stores
	against string
	scene   string // empty: all
	writers int
	rounds  int
	length  time.Duration
}

// arm is a running server of one binary.
type arm struct {
	*harness.Server
	drop func() error // its database
}

// trial is the result of one round of a scene.
type trial struct {
	done             tally
	took             time.Duration
	updates, retries float64
}

// run measures each binary on a fresh store, one after the other in every round,
// and prints a table of each scene.
func (w writing) run() error {
	return withBinary(func(binary, dir string) error {
		if w.against == "" {
			return w.compare(dir, binary)
		}
		return w.compare(dir, binary, w.against)
	})
}

// compare measures the binaries, with their files in a directory.
func (w writing) compare(dir string, binaries ...string) (err error) {
	var arms []arm
	for i, binary := range binaries {
		a, err := w.start(binary, filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			return err
		}
		defer func() {
			a.Kill()
			err = errors.Join(err, a.drop())
		}()
		arms = append(arms, a)
	}
	for _, a := range arms {
		a.awaitIdle()
	}
	for _, s := range scenes(w.writers) {
		if w.scene != "" && w.scene != s.name {
			continue
		}
		trials, err := w.measure(s, arms)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		w.print(s, trials)
	}
	return nil
}

// start runs a binary, with its files in a directory and its own database.
func (w writing) start(binary, dir string) (a arm, err error) {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return a, err
	}
	database := ""
	a.drop = func() error { return nil }
	if w.server != "" {
		if database, a.drop, err = storetest.NewDatabase(w.server); err != nil {
			return a, err
		}
	}
	a.Server, err = start(binary, dir, database, []string{"--code", fixedCode})
	return a, err
}

// awaitIdle waits until a new server has generated its stock of keys.
func (a arm) awaitIdle() {
	for before := time.Duration(-1); ; time.Sleep(time.Second) {
		now := cpuOf(a.Process().Pid)
		if before >= 0 && now-before < 100*time.Millisecond {
			return
		}
		before = now
	}
}

// measure runs a scene on the arms in turns, in reverse order in every second
// round. It returns the trials of each arm.
func (w writing) measure(s scene, arms []arm) (trials [][]trial, err error) {
	writers := make([][]*writer, len(arms))
	order := make([]int, len(arms))
	for i, a := range arms {
		order[i] = i
		if writers[i], err = s.newWriters(a.Server); err != nil {
			return nil, err
		}
	}
	trials = make([][]trial, len(arms))
	for range w.rounds {
		for _, i := range order {
			t, err := s.try(arms[i].Server, writers[i], w.length)
			if err != nil {
				return nil, err
			}
			trials[i] = append(trials[i], t)
		}
		slices.Reverse(order)
	}
	return trials, nil
}

// try runs the writers, and then waits until their messages are delivered.
func (s scene) try(server *harness.Server, writers []*writer, length time.Duration) (t trial, err error) {
	before, err := server.Metrics()
	if err != nil {
		return t, err
	}
	var working sync.WaitGroup
	begun := time.Now()
	for _, w := range writers {
		w.done = tally{}
		// It ends with the measurement, which waits below.
		working.Go(func() {
			for time.Since(begun) < length {
				_ = s.once(w) // refusals are counted
			}
		})
	}
	working.Wait()
	t.done, t.took = tally{}, time.Since(begun)
	for _, w := range writers {
		t.done.add(w.done)
	}
	after, err := server.Metrics()
	increase := func(name string) float64 { return after[name] - before[name] }
	t.updates = increase("lifeguard_store_updates_total")
	t.retries = increase("lifeguard_store_retries_total")
	for err == nil && after["lifeguard_outbox_waiting"] > 0 {
		after, err = server.Metrics()
	}
	return t, err
}

func (t tally) add(more tally) {
	for kind, c := range more {
		sum := t.of(kind)
		sum.took = append(sum.took, c.took...)
		for name, n := range c.refused {
			sum.refused[name] += n
		}
	}
}

// print prints a row for each kind of call: the medians of the rounds, of each binary.
// The last column is the median of the ratios of the rounds.
func (w writing) print(s scene, results [][]trial) {
	fmt.Printf("\n%s, %d writers\n%-28s", s.name, s.writers, "")
	for range results {
		fmt.Printf(" %9s %8s %8s", "ops/s", "p50 ms", "p99 ms")
	}
	fmt.Println()
	for _, kind := range slices.Sorted(maps.Keys(results[0][0].done)) {
		fmt.Printf("%-28s", kind)
		for _, rounds := range results {
			fmt.Printf(" %9.0f %8.1f %8.1f",
				medianOf(rounds, func(t trial) float64 { return t.rate(kind) }),
				medianOf(rounds, func(t trial) float64 { return t.quantile(kind, 50) }),
				medianOf(rounds, func(t trial) float64 { return t.quantile(kind, 99) }))
		}
		if len(results) == 2 {
			ratios := make([]float64, w.rounds)
			for i := range ratios {
				ratios[i] = results[0][i].rate(kind) / results[1][i].rate(kind)
			}
			fmt.Printf("  x %.2f", medianOf(ratios, func(r float64) float64 { return r }))
		}
		fmt.Println()
	}
	for i, rounds := range results {
		fmt.Printf("%s: %s\n", []string{"this", "against"}[i], sum(rounds))
	}
}

func (t trial) rate(kind string) float64 {
	return float64(len(t.done.of(kind).took)) / t.took.Seconds()
}

// quantile is a latency in milliseconds.
func (t trial) quantile(kind string, percent int) float64 {
	took := slices.Sorted(slices.Values(t.done.of(kind).took))
	if len(took) == 0 {
		return 0
	}
	return millis(took[len(took)*percent/100])
}

// sum returns for all rounds how many Updates there were, how many ran again, and
// the errors by name.
func sum(rounds []trial) string {
	var updates, retries float64
	refused := map[string]int{}
	for _, t := range rounds {
		updates, retries = updates+t.updates, retries+t.retries
		for kind, c := range t.done {
			for name, n := range c.refused {
				refused[kind+" "+name] += n
			}
		}
	}
	var errs []string
	for _, name := range slices.Sorted(maps.Keys(refused)) {
		errs = append(errs, fmt.Sprintf("%d × %s", refused[name], name))
	}
	return fmt.Sprintf("%.0f updates, %.0f ran again (%.3f %%), errors: %s",
		updates, retries, 100*retries/max(updates, 1), cmp.Or(strings.Join(errs, ", "), "none"))
}

func medianOf[T any](of []T, value func(T) float64) float64 {
	values := make([]float64, len(of))
	for i, v := range of {
		values[i] = value(v)
	}
	slices.Sort(values)
	return values[len(values)/2]
}
