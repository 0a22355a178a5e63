package after

import (
	"context"
	"sync"
	"time"
)

const (
	// DefaultRuns is the default maximum number of concurrent detached runs.
	DefaultRuns = 1000
	// DefaultRunTime is the default time limit of a detached run.
	DefaultRunTime = 30 * time.Second
)

// Runs executes functions that continue after the end of their request.
type Runs struct {
	most    int
	longest time.Duration

	mu     sync.Mutex // guards what follows
	closed bool
	stats  RunStats
	group  sync.WaitGroup // of the detached runs
}

// RunStats counts runs since the start of the process.
type RunStats struct {
	Running  int    // detached runs in progress
	Finished uint64 // detached runs that returned no error
	Failed   uint64 // detached runs that returned an error or panicked
	Refused  uint64 // runs that were not detached: over the limit, or after Close
}

// NewRuns returns Runs with at most most detached runs at a time, each limited
// to the duration longest. Zero means DefaultRuns or DefaultRunTime.
func NewRuns(most int, longest time.Duration) *Runs {
	if most == 0 {
		most = DefaultRuns
	}
	if longest == 0 {
		longest = DefaultRunTime
	}
	return &Runs{most: most, longest: longest}
}

// Do calls f and returns its error. The context of f does not end with ctx. Over
// the limit of detached runs, and after Close, f is still called, but with ctx
// itself: it ends with its request.
func (r *Runs) Do(ctx context.Context, f func(context.Context) error) error {
	if !r.begin() {
		return f(ctx)
	}
	failed := true // also if f panics
	defer func() { r.end(failed) }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.longest)
	defer cancel()
	err := f(ctx)
	failed = err != nil
	return err
}

func (r *Runs) begin() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || r.stats.Running >= r.most {
		r.stats.Refused++
		return false
	}
	r.stats.Running++
	r.group.Add(1)
	return true
}

func (r *Runs) end(failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stats.Running--
	if failed {
		r.stats.Failed++
	} else {
		r.stats.Finished++
	}
	r.group.Done()
}

// Stats returns the counters.
func (r *Runs) Stats() RunStats {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.stats
}

// Close stops the detaching of runs and waits for the detached ones.
func (r *Runs) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.group.Wait()
}
