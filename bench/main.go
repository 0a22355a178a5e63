package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/harness"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

func main() {
	callers := flag.Int("c", 16, "concurrent callers")
	length := flag.Duration("d", 3*time.Second, "how long each operation is measured")
	users := flag.Int("users", 1000, "number of users before the measurement")
	names := flag.String("ops", "signup,password,srp,refresh,getuser,admingetuser,listusers,listbyemail",
		"operations, comma-separated")
	database := flag.String("database", "", "a postgres:// URL instead of an embedded store")
	timing := flag.Bool("timing", false, "compare response times for users and for unknown names instead")
	pairs := flag.Int("pairs", 5000, "number of pairs of responses for each operation")
	var w writing
	flag.IntVar(&w.writers, "writers", 0,
		"measure this number of concurrent writers instead; -database is a server whose user may create databases")
	flag.StringVar(&w.against, "against", "", "with -writers: another binary, measured in turns with this one")
	flag.StringVar(&w.scene, "scene", "", "with -writers: measure only this scene")
	flag.IntVar(&w.rounds, "rounds", 3, "with -writers: how often each binary is measured")
	flag.Parse()
	w.server, w.length = *database, *length
	measure := func(p *harness.Server) error { return load(p, strings.Split(*names, ","), *callers, *users, *length) }
	var args []string
	if *timing {
		measure = func(p *harness.Server) error { return compareTimes(p, *pairs) }
		args = functions
	}
	run := func() error { return withServer(*database, args, measure) }
	if w.writers > 0 {
		run = w.run
	}
	err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
	}
	switch {
	case errors.Is(err, errInconclusive):
		os.Exit(2)
	case err != nil:
		os.Exit(1)
	}
}

// withBinary builds the command in a temporary directory, which it removes when measure returns.
func withBinary(measure func(binary, dir string) error) (err error) {
	dir, err := tempDir()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	binary := filepath.Join(dir, "lifeguard")
	if err := harness.Build(context.Background(), "", "", binary); err != nil {
		return err
	}
	return measure(binary, dir)
}

// withServer runs measure with a server on a fresh store.
func withServer(database string, args []string, measure func(*harness.Server) error) error {
	return withBinary(func(binary, dir string) error {
		p, err := start(binary, dir, database, args)
		if err != nil {
			return err
		}
		defer p.Kill()
		return measure(p)
	})
}

func load(p *harness.Server, names []string, callers, users int, length time.Duration) error {
	w, err := newWorld(p, users)
	if err != nil {
		return err
	}
	fmt.Printf("%-13s %10s %12s %9s %9s\n", "operation", "ops/s", "CPU ms/op", "p50 ms", "p99 ms")
	for _, name := range names {
		op, ok := operations[name]
		if !ok {
			return fmt.Errorf("there is no operation %q", name)
		}
		before := cpuOf(p.Process().Pid)
		took, failed := hammer(w, op, callers, length)
		if failed != nil {
			return fmt.Errorf("%s: %w", name, failed)
		}
		n := len(took)
		used := cpuOf(p.Process().Pid) - before
		fmt.Printf("%-13s %10.0f %12.3f %9.2f %9.2f\n", name,
			float64(n)/length.Seconds(), millis(used)/float64(n), millis(took[n/2]), millis(took[n*99/100]))
	}
	return nil
}

func millis(d time.Duration) float64 { return float64(d) / 1e6 }

// hammer runs an operation from many callers and returns the sorted latencies.
func hammer(w *world, op func(*world) error, callers int, length time.Duration) (took []time.Duration, failed error) {
	var mu sync.Mutex
	var working sync.WaitGroup
	end := time.Now().Add(length)
	for range callers {
		// It ends with the measurement, which waits for it.
		working.Go(func() {
			var mine []time.Duration
			var err error
			for err == nil && time.Now().Before(end) {
				begun := time.Now()
				err = op(w)
				mine = append(mine, time.Since(begun))
			}
			mu.Lock()
			defer mu.Unlock()
			took, failed = append(took, mine...), errors.Join(failed, err)
		})
	}
	working.Wait()
	slices.Sort(took)
	return took, failed
}

// start runs the command on a fresh store, with its files in a directory. more are
// further arguments.
func start(binary, dir, database string, more []string) (*harness.Server, error) {
	args := []string{"--data", filepath.Join(dir, "data")}
	if database != "" {
		key := filepath.Join(dir, "master.key")
		if _, err := store.LoadMasterKeys(key, true, entropy.System()); err != nil {
			return nil, err
		}
		args = []string{"--database", database, "--master-key-file", key}
	}
	return harness.Start(context.Background(), binary, append(args, more...), nil, os.Stderr)
}

// cpuOf returns the CPU time of a process from the kernel's accounting: clock
// ticks of a hundredth of a second, in the fields after the command's name.
func cpuOf(pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	var ticks int64
	for _, f := range fields[11:13] {
		n, _ := strconv.ParseInt(f, 10, 64)
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}
