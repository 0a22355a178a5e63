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
	// lease is how long a job waits that a crash interrupted. It is renewed
	// when a third of it has passed.
	lease = 2 * time.Minute
	// grace is what a stop leaves to attempts that are under way.
	grace         = 5 * time.Second
	recordTimeout = 5 * time.Second

	firstRetry = 2 * time.Second
	lastRetry  = 10 * time.Minute
)

// Config is what a Worker is made with.
type Config[T any] struct {
	Queue Queue[T]
	// Try makes one attempt, within Limit. ErrPermanent in the chain of its error
	// means that there is no use in another.
	Try   func(ctx context.Context, j Job[T]) error
	Limit time.Duration
	// Report is told what came of each attempt, before that is recorded.
	Report func(j Job[T], o Outcome)
	Clock  clock.Clock
	Log    *slog.Logger
}

// Worker does the jobs of a queue.
type Worker[T any] struct {
	Config[T]
	// claiming is held from a claim until what it yielded is in flight, so
	// that Drain overlooks nothing.
	claiming sync.Mutex
	vacant   chan struct{}    // receives when a lane has room again
	mu       sync.Mutex       // guards what follows
	lanes    map[string]*lane // those with jobs in flight, by name
	flying   map[*flight[T]]struct{}
}

// flight is a claimed job.
type flight[T any] struct {
	job    Job[T]
	lane   *lane
	leased time.Time       // guarded by Worker.mu
	held   context.Context // ends when the lease is lost
	lose   context.CancelFunc
	landed chan struct{} // closed when the worker is done with it
}

// NewWorker returns a worker; Run or Drain make it work.
func NewWorker[T any](c Config[T]) *Worker[T] {
	return &Worker[T]{
		Config: c, vacant: make(chan struct{}, 1), lanes: map[string]*lane{}, flying: map[*flight[T]]struct{}{},
	}
}

// Run works until ctx ends. Attempts that are under way then have a few seconds
// to finish; the other jobs go back to the queue at once.
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
	return w.settle(context.WithoutCancel(ctx))
}

// Drain does everything that is due now and returns when that has been tried,
// including what a concurrent Run has taken. Jobs that fail are due later and
// no error of Drain.
func (w *Worker[T]) Drain(ctx context.Context) error {
	for {
		inFlight, err := w.claim(ctx)
		if err != nil {
			return fmt.Errorf("claim jobs: %w", err)
		}
		if inFlight == 0 {
			return nil
		}
		if err := w.settle(ctx); err != nil {
			return err
		}
	}
}

// claim puts due jobs in flight, as many as their lanes have room for, and
// returns how many are in flight then or were when it began.
func (w *Worker[T]) claim(ctx context.Context) (inFlight int, err error) {
	w.claiming.Lock()
	defer w.claiming.Unlock()
	w.renew(ctx)
	held := w.held()
	jobs, err := w.Queue.Claim(ctx, held, room, lease)
	for _, j := range jobs {
		w.launch(ctx, j)
	}
	for _, j := range jobs {
		held[j.Lane]++
	}
	now := w.held()
	for name, n := range held {
		inFlight += n
		if n >= room && now[name] <= parallel {
			w.wake() // those landed before the claim was launched, and land did not wake
		}
	}
	return inFlight, err
}

// renew extends leases of which a third has passed. It stops a job that is no
// longer held, or whose lease has run out while the queue did not answer.
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
			f.lose()
		default:
			w.Log.Warn("a lease was not renewed", "job", f.job.ID, "error", err)
		}
	}
}

// remaining is how much is left of a flight's lease.
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

func (w *Worker[T]) launch(ctx context.Context, j Job[T]) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &flight[T]{job: j, lane: w.lane(j.Lane), leased: j.Leased, landed: make(chan struct{})}
	f.held, f.lose = context.WithCancel(context.WithoutCancel(ctx))
	f.lane.held++
	w.flying[f] = struct{}{}
	// It ends with its attempt, or at once when ctx ends; settle waits for it.
	go func() {
		defer w.land(f)
		w.fly(ctx, f)
	}()
}

func (w *Worker[T]) land(f *flight[T]) {
	f.lose()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f.lane.held--; f.lane.held {
	case 0:
		delete(w.lanes, f.lane.name)
	case parallel:
		w.wake() // nobody waits for a slot any more
	}
	delete(w.flying, f)
	close(f.landed)
}

func (w *Worker[T]) inFlight() []*flight[T] {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Collect(maps.Keys(w.flying))
}

// settle waits for what is in flight now.
func (w *Worker[T]) settle(ctx context.Context) error {
	for _, f := range w.inFlight() {
		select {
		case <-f.landed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// fly waits for a turn, makes one attempt and records what came of it.
func (w *Worker[T]) fly(ctx context.Context, f *flight[T]) {
	select {
	case f.lane.slots <- struct{}{}:
		defer func() { <-f.lane.slots }()
	case <-f.held.Done():
	case <-ctx.Done():
	}
	// Less than half of a lease means that it is not being renewed: another
	// worker could begin before the attempt has ended.
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
		w.Report(j, Outcome{Err: err, Abandoned: true})
		w.record(ctx, j, w.Queue.Abandon)
		return
	}
	w.Report(j, Outcome{Err: err, RetryIn: retryAt.Sub(now)})
	w.record(ctx, j, func(ctx context.Context, j Job[T]) error { return w.Queue.Retry(ctx, j, retryAt) })
}

// try makes an attempt that ends with the lease and outlives ctx by the grace:
// to cut a message off while its server answers would send it twice.
func (w *Worker[T]) try(ctx, held context.Context, j Job[T]) error {
	lasting, cancel := context.WithTimeout(held, w.Limit)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	defer stop()
	return guarded(func() error { return w.Try(lasting, j) })
}

// guarded turns a panic into a permanent failure: what a user typed must not
// stop the server, nor stop it again after each restart. The stack names
// functions, not contents.
func guarded(try func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: the attempt panicked: %v\n%s", ErrPermanent, r, debug.Stack())
		}
	}()
	return try()
}

// record writes down what came of a job. It outlives ctx, so that this happens
// even during a stop.
func (w *Worker[T]) record(ctx context.Context, j Job[T], write func(context.Context, Job[T]) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	switch err := write(ctx, j); {
	case errors.Is(err, ErrLost):
		w.Log.Warn("a job was taken over or removed while it was held; its outcome was not recorded", "job", j.ID)
	case err != nil:
		w.Log.Error("the outcome of a job was not recorded; it may run again after its lease", "job", j.ID, "error", err)
	}
}

// backoff is the pause after a number of attempts: it doubles from two seconds
// to ten minutes, less up to a quarter at random, so that jobs which failed
// together do not come back together.
func backoff(attempts int) time.Duration {
	pause := lastRetry
	if doublings := max(0, attempts-1); doublings < 9 {
		pause = firstRetry << doublings
	}
	return pause - rand.N(pause/4)
}
