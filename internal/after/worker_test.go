package after_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
)

type job = after.Job[string]

// queue is an in-memory queue of one job. The tests of outbound/deliver and
// store cover workers that share a queue of many jobs.
type queue struct {
	mu       sync.Mutex
	due      time.Time
	claim    int64
	attempts int
	ended    bool  // done or dead
	failing  error // returned by Renew, unless nil
	renewed  int
}

func (q *queue) Wake() <-chan struct{} { return nil }

func (q *queue) Claim(_ context.Context, _ map[string]int, _ int, lease time.Duration) ([]job, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended || q.due.After(time.Now()) {
		return nil, nil
	}
	q.claim++
	q.due = time.Now().Add(lease)
	return []job{{ID: "1", Attempts: q.attempts, Claim: q.claim, Leased: q.due}}, nil
}

func (q *queue) Renew(_ context.Context, j job, lease time.Duration) (until time.Time, err error) {
	until = time.Now().Add(lease)
	return until, q.change(j, func() error {
		if q.failing == nil {
			q.due, q.renewed = until, q.renewed+1
		}
		return q.failing
	})
}

func (q *queue) Done(_ context.Context, j job) error { return q.end(j) }

func (q *queue) MarkDead(_ context.Context, j job) error { return q.end(j) }

func (q *queue) end(j job) error {
	return q.change(j, func() error {
		q.ended = true
		return nil
	})
}

func (q *queue) Retry(_ context.Context, j job, at time.Time) error {
	return q.change(j, func() error {
		q.due, q.attempts = at, j.Attempts
		return nil
	})
}

func (q *queue) change(j job, f func() error) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.ended || q.claim != j.Claim {
		return after.ErrLost
	}
	return f()
}

// bench is a running worker with the outcomes of its attempts.
type bench struct {
	queue    *queue
	log      *bytes.Buffer
	mu       sync.Mutex
	outcomes []after.Outcome
	stop     func()
}

func start(t *testing.T, try func(context.Context, job) error) *bench {
	b := &bench{queue: &queue{due: time.Now()}, log: &bytes.Buffer{}}
	w := after.NewWorker(after.Config[string]{
		Queue: b.queue, Try: try, Limit: time.Hour, Clock: clock.System(),
		Log: slog.New(slog.NewTextHandler(b.log, nil)),
		Report: func(_ job, o after.Outcome) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.outcomes = append(b.outcomes, o)
		},
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	b.stop = func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("run: %v", err)
		}
	}
	return b
}

// seen returns the outcomes so far.
func (b *bench) seen() []after.Outcome {
	synctest.Wait()
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.outcomes)
}

// lasting returns work that takes d.
func lasting(d time.Duration) func(context.Context, job) error {
	return func(ctx context.Context, _ job) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Work that takes longer than a lease is done once, under one claim.
func TestLeasesAreRenewedWhileWorkGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, lasting(10*time.Minute))
		time.Sleep(11 * time.Minute)
		b.stop()
		if len(b.outcomes) != 1 || b.outcomes[0].Err != nil || !b.queue.ended {
			t.Errorf("outcomes %+v, done %v", b.outcomes, b.queue.ended)
		}
		if b.queue.claim != 1 || b.queue.renewed < 10*60/120 || b.queue.renewed > 10*60/30 {
			t.Errorf("%d claims, %d renewals", b.queue.claim, b.queue.renewed)
		}
	})
}

// A worker whose job was claimed by another worker stops and records nothing.
func TestLostJobsAreStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, lasting(10*time.Minute))
		synctest.Wait()
		b.queue.mu.Lock()
		b.queue.claim++ // by another worker
		b.queue.due = time.Now().Add(time.Hour)
		b.queue.mu.Unlock()
		time.Sleep(time.Minute)
		b.stop()
		if len(b.outcomes) != 1 || !errors.Is(b.outcomes[0].Err, context.Canceled) {
			t.Errorf("outcomes %+v", b.outcomes)
		}
		if b.queue.claim != 2 || b.queue.attempts != 0 || b.queue.ended {
			t.Errorf("the row of the other worker was changed: %d attempts, done %v", b.queue.attempts, b.queue.ended)
		}
		if !strings.Contains(b.log.String(), "taken over") {
			t.Errorf("log: %s", b.log)
		}
	})
}

// While Renew fails, work continues until the lease has expired.
func TestLeasesThatCannotBeRenewedRunOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, lasting(10*time.Minute))
		b.queue.mu.Lock()
		b.queue.failing = errBroken
		b.queue.mu.Unlock()
		time.Sleep(119 * time.Second)
		if seen := b.seen(); len(seen) != 0 {
			t.Errorf("stopped before the lease expired: %+v", seen)
		}
		time.Sleep(2 * time.Second)
		if seen := b.seen(); len(seen) != 1 || !errors.Is(seen[0].Err, context.Canceled) {
			t.Errorf("outcomes %+v", seen)
		}
		b.stop()
	})
}

func TestPanicsMarkDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := start(t, func(context.Context, job) error { panic("boom") })
		synctest.Wait()
		b.stop()
		if len(b.outcomes) != 1 || !b.outcomes[0].Dead || !strings.Contains(b.outcomes[0].Err.Error(), "boom") {
			t.Errorf("outcomes %+v", b.outcomes)
		}
	})
}
