package after

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
)

const (
	pollEvery = time.Second
	// lease is how long a job waits after a crash. It is renewed when a third of
	// it has passed.
	lease = 2 * time.Minute
	// grace is how long running attempts may continue after a stop.
	grace         = 5 * time.Second
	recordTimeout = 5 * time.Second

	firstRetry = 2 * time.Second
	lastRetry  = 10 * time.Minute
)

// Config configures a Worker.
type Config[T any] struct {
	Queue Queue[T]
	// Try makes one attempt, within Limit. If its error wraps ErrPermanent, the job
	// is not retried.
	Try   func(ctx context.Context, j Job[T]) error
	Limit time.Duration
	// Report is called with the outcome of each attempt, before it is recorded.
	Report func(j Job[T], o Outcome)
	Clock  clock.Clock
	Log    *slog.Logger
}

// Worker processes the jobs of a queue.
type Worker[T any] struct {
	Config[T]
	// claiming is held from a claim until its jobs are in flight, so that Drain
	// misses none of them.
	claiming sync.Mutex
	vacant   chan struct{}    // receives when a lane has room again
	mu       sync.Mutex       // guards what follows
	lanes    map[string]*lane // those with jobs in flight, by name
	flights  map[*flight[T]]struct{}
}

// flight is a claimed job in progress.
type flight[T any] struct {
	job    Job[T]
	lane   *lane
	leased time.Time       // guarded by Worker.mu
	held   context.Context // ends when the lease is lost
	cancel context.CancelFunc
	done   chan struct{} // closed when the worker has finished the job
}

// NewWorker returns a worker. Run or Drain starts it.
func NewWorker[T any](c Config[T]) *Worker[T] {
	return &Worker[T]{
		Config: c, vacant: make(chan struct{}, 1), lanes: map[string]*lane{}, flights: map[*flight[T]]struct{}{},
	}
}

// Run processes jobs until ctx ends. Running attempts then have a few seconds to
// finish. The other jobs return to the queue at once.
func (w *Worker[T]) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		if _, err := w.claim(ctx); err != nil && ctx.Err() == nil {
			w.Log.Warn("jobs cannot be claimed", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-w.Queue.Wake():
		case <-w.vacant:
		case <-tick.C:
		}
	}
	return w.await(context.WithoutCancel(ctx))
}

// Drain attempts every job that is due now, including those that a concurrent
// Run has claimed, and returns when all attempts have ended. A job that fails is
// due again later; its error is not returned.
func (w *Worker[T]) Drain(ctx context.Context) error {
	for {
		inFlight, err := w.claim(ctx)
		if err != nil {
			return fmt.Errorf("claim jobs: %w", err)
		}
		if inFlight == 0 {
			return nil
		}
		if err := w.await(ctx); err != nil {
			return err
		}
	}
}

// claim starts due jobs, as many as their lanes have room for. inFlight is the
// number of jobs that were in flight when it began plus those it started.
func (w *Worker[T]) claim(ctx context.Context) (inFlight int, err error) {
	w.claiming.Lock()
	defer w.claiming.Unlock()
	w.renew(ctx)
	held := w.held()
	jobs, err := w.Queue.Claim(ctx, held, room, lease)
	for _, j := range jobs {
		w.start(ctx, j)
	}
	for _, j := range jobs {
		held[j.Lane]++
	}
	now := w.held()
	for name, n := range held {
		inFlight += n
		if n >= room && now[name] <= parallel {
			w.wake() // jobs finished before the new ones were started, so finish did not wake
		}
	}
	return inFlight, err
}

// renew extends leases of which a third has passed. It stops a job that is no
// longer held, or whose lease expired while the queue was unavailable.
func (w *Worker[T]) renew(ctx context.Context) {
	now := w.Clock.Now()
	for _, f := range w.inFlight() {
		if w.remaining(f, now) > lease*2/3 {
			continue
		}
		until, err := w.Queue.Renew(ctx, f.job, lease)
		switch {
		case err == nil:
			w.mu.Lock()
			f.leased = until
			w.mu.Unlock()
		case errors.Is(err, ErrLost) || w.remaining(f, now) <= 0:
			f.cancel()
		default:
			w.Log.Warn("a lease was not renewed", "job", f.job.ID, "error", err)
		}
	}
}

// remaining returns the rest of a flight's lease.
func (w *Worker[T]) remaining(f *flight[T], now time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return f.leased.Sub(now)
}

// wake makes Run claim again.
func (w *Worker[T]) wake() {
	select {
	case w.vacant <- struct{}{}:
	default:
	}
}

func (w *Worker[T]) start(ctx context.Context, j Job[T]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &flight[T]{job: j, lane: w.lane(j.Lane), leased: j.Leased, done: make(chan struct{})}
	f.held, f.cancel = context.WithCancel(context.WithoutCancel(ctx))
	f.lane.held++
	w.flights[f] = struct{}{}
	// The goroutine ends with its attempt. If ctx ends before the attempt starts, it
	// ends at once. await waits for it.
	go func() {
		defer w.finish(f)
		w.process(ctx, f)
	}()
}

func (w *Worker[T]) finish(f *flight[T]) {
	f.cancel()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f.lane.held--; f.lane.held {
	case 0:
		delete(w.lanes, f.lane.name)
	case parallel:
		w.wake() // no job waits for a slot any more
	}
	delete(w.flights, f)
	close(f.done)
}

func (w *Worker[T]) inFlight() []*flight[T] {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.flights))
}

// await waits for the jobs that are in flight now.
func (w *Worker[T]) await(ctx context.Context) error {
	for _, f := range w.inFlight() {
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// process waits for a slot of the lane, makes one attempt and records its outcome.
func (w *Worker[T]) process(ctx context.Context, f *flight[T]) {
	select {
	case f.lane.slots <- struct{}{}:
		defer func() { <-f.lane.slots }()
	case <-f.held.Done():
	case <-ctx.Done():
	}
	// If less than half of the lease remains, renewal has failed: another worker
	// could claim the job before the attempt ends.
	now := w.Clock.Now()
	if ctx.Err() != nil || f.held.Err() != nil || w.remaining(f, now) < lease/2 {
		w.record(ctx, f.job, func(ctx context.Context, j Job[T]) error { return w.Queue.Retry(ctx, j, now) })
		return
	}
	w.attempt(ctx, f)
}

func (w *Worker[T]) attempt(ctx context.Context, f *flight[T]) {
	j := f.job
	j.Attempts++
	err := w.try(ctx, f.held, j)
	if err == nil {
		w.Report(j, Outcome{})
		w.record(ctx, j, w.Queue.Done)
		return
	}
	now := w.Clock.Now()
	retryAt := now.Add(backoff(j.Attempts))
	expired := !j.Expires.IsZero() && !retryAt.Before(j.Expires)
	if errors.Is(err, ErrPermanent) || expired {
		w.Report(j, Outcome{Err: err, Dead: true})
		w.record(ctx, j, w.Queue.MarkDead)
		return
	}
	w.Report(j, Outcome{Err: err, RetryIn: retryAt.Sub(now)})
	w.record(ctx, j, func(ctx context.Context, j Job[T]) error { return w.Queue.Retry(ctx, j, retryAt) })
}

// try makes an attempt. Its context ends with the lease, and grace after ctx:
// a message that is interrupted while its server responds would be sent twice.
func (w *Worker[T]) try(ctx, held context.Context, j Job[T]) error {
	lasting, cancel := context.WithTimeout(held, w.Limit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	return guarded(func() error { return w.Try(lasting, j) })
}

// guarded turns a panic into a permanent failure: user input must not stop the
// server, nor stop it again after each restart. The stack contains function
// names and no user data.
func guarded(try func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: the attempt panicked: %v\n%s", ErrPermanent, r, debug.Stack())
		}
	}()
	return try()
}

// record writes the outcome of a job. It does not end with ctx, so that outcomes
// are recorded during a stop.
func (w *Worker[T]) record(ctx context.Context, j Job[T], write func(context.Context, Job[T]) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	switch err := write(ctx, j); {
	case errors.Is(err, ErrLost):
		w.Log.Warn("a job was taken over or removed while it was held; its outcome was not recorded", "job", j.ID)
	case err != nil:
		w.Log.Error("the outcome of a job was not recorded; it may run again after its lease",
			"job", j.ID, "error", err)
	}
}

// backoff returns the pause after a number of attempts. It doubles from two
// seconds up to ten minutes. Up to a quarter is subtracted at random, so that
// jobs which failed together are not retried together.
func backoff(attempts int) time.Duration {
	pause := lastRetry
	if doublings := max(0, attempts-1); doublings < 9 {
		pause = firstRetry << doublings
	}
	return pause - rand.N(pause/4)
}
