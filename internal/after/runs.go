package after

import (
	"context"
	"sync"
	"time"
)

const (
	// DefaultRuns is how many runs are detached at a time.
	DefaultRuns = 1000
	// DefaultRunTime is how long a detached run may take.
	DefaultRunTime = 30 * time.Second
)

// Runs are runs that do not end with the request that began them.
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
	Running  int    // detached now
	Finished uint64 // detached runs that ended without an error
	Failed   uint64 // detached runs that ended with one
	Refused  uint64 // runs that were not detached: there were too many, or after Close
}

// NewRuns returns Runs of which most are detached at a time, each no longer
// than longest. Zero means DefaultRuns and DefaultRunTime.
func NewRuns(most int, longest time.Duration) *Runs {
	if most == 0 {
		most = DefaultRuns
	}
	if longest == 0 {
		longest = DefaultRunTime
	}
	return &Runs{most: most, longest: longest}
}

// Do calls f and returns its error. The context of f does not end with ctx. When
// too many runs are detached, or after Close, f gets ctx itself: it is called
// all the same, and ends with its request.
func (r *Runs) Do(ctx context.Context, f func(context.Context) error) error {
	if !r.begin() {
		return f(ctx)
	}
	failed := true // unless f returns: it may panic
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

// Close detaches no further run and waits for those that are.
func (r *Runs) Close() {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.group.Wait()
}
