package deliver_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// job is a message that was claimed.
type job = after.Job[userpool.Message]

// queue is an outbox in memory with the store's rules.
type queue struct {
	clock clock.Clock
	wake  chan struct{}

	mu       sync.Mutex
	rows     []*row
	claimErr error // returned by Claim, unless nil
	doneErr  error // returned by Done, unless nil
}

type row struct {
	userpool.Message
	claim      int64
	due        time.Time
	dead, done bool
	retries    []time.Duration // how long it was postponed
}

func newQueue(c clock.Clock) *queue { return &queue{clock: c, wake: make(chan struct{}, 1)} }

// put enqueues a message as the store does, and sets defaults.
func (q *queue) put(m userpool.Message) *row {
	q.mu.Lock()
	defer q.mu.Unlock()
	if m.ID == "" {
		m.ID = fmt.Sprintf("message-%d", len(q.rows))
	}
	if m.Created.IsZero() {
		m.Created = q.clock.Now()
	}
	if m.To == "" {
		m.To = "ann@example.com"
	}
	if m.Medium == "" {
		m.Medium = userpool.Email
	}
	r := &row{Message: m, due: q.clock.Now()}
	q.rows = append(q.rows, r)
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return r
}

func (q *queue) Wake() <-chan struct{} { return q.wake }

func (q *queue) Claim(_ context.Context, held map[string]int, room int, lease time.Duration) ([]job, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.claimErr != nil {
		return nil, q.claimErr
	}
	now := q.clock.Now()
	byExpiry := slices.Clone(q.rows)
	slices.SortStableFunc(byExpiry, func(a, b *row) int { return a.Expires().Compare(b.Expires()) })
	taken := map[string]int{}
	maps.Copy(taken, held)
	var out []job
	for _, r := range byExpiry {
		if taken[r.Lane()] < room && !r.dead && !r.done && !r.due.After(now) {
			taken[r.Lane()]++
			r.due = now.Add(lease)
			r.claim++
			out = append(out, job{
				Item: r.Message, ID: r.ID, Lane: r.Lane(), Attempts: r.Attempts, Claim: r.claim, Leased: r.due,
				Expires: r.Expires(),
			})
		}
	}
	return out, nil
}

func (q *queue) Renew(ctx context.Context, j job, lease time.Duration) (until time.Time, err error) {
	err = q.change(ctx, j, func(r *row) {
		r.due = q.clock.Now().Add(lease)
		until = r.due
	})
	return until, err
}

func (q *queue) Done(ctx context.Context, j job) error {
	if q.doneErr != nil {
		return q.doneErr
	}
	return q.change(ctx, j, func(r *row) { r.done = true })
}

func (q *queue) Retry(ctx context.Context, j job, at time.Time) error {
	return q.change(ctx, j, func(r *row) { q.postpone(r, j, at) })
}

func (q *queue) MarkDead(ctx context.Context, j job) error {
	return q.change(ctx, j, func(r *row) {
		r.dead = true
		q.postpone(r, j, q.clock.Now())
	})
}

func (q *queue) postpone(r *row, j job, due time.Time) {
	r.due, r.Attempts = due, j.Attempts
	r.retries = append(r.retries, due.Sub(q.clock.Now()))
}

// change changes the row that a job holds.
func (q *queue) change(ctx context.Context, j job, f func(*row)) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	for _, r := range q.rows {
		if r.ID == j.ID && r.claim == j.Claim && !r.done && !r.dead {
			f(r)
			return nil
		}
	}
	return after.ErrLost
}

// claims returns the number of claims.
func (q *queue) claims() (n int64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.rows {
		n += r.claim
	}
	return n
}

// snapshot returns a copy of a row.
func (q *queue) snapshot(r *row) row {
	q.mu.Lock()
	defer q.mu.Unlock()
	return *r
}

// sender records messages and returns a configured error.
type sender struct {
	answer func(context.Context, userpool.Message) error

	mu             sync.Mutex
	got            []userpool.Message
	now, maxAtOnce int
}

func (s *sender) Send(ctx context.Context, m userpool.Message) error {
	s.mu.Lock()
	s.got = append(s.got, m)
	s.now++
	s.maxAtOnce = max(s.maxAtOnce, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	if s.answer == nil {
		return nil
	}
	return s.answer(ctx, m)
}

func (s *sender) sent() []userpool.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.got)
}

// answering returns a sender that always returns err.
func answering(err error) *sender {
	return &sender{answer: func(context.Context, userpool.Message) error { return err }}
}

// bench is a worker with its queue and senders.
type bench struct {
	*deliver.Worker
	queue      *queue
	clock      *clock.Driven
	email, sms *sender
	log        *bytes.Buffer
}

// newBench returns a worker whose clock stands still, for use with Drain.
func newBench(email, sms *sender) *bench {
	c := clock.Frozen(noon)
	b := &bench{queue: newQueue(c), clock: c, email: email, sms: sms, log: new(bytes.Buffer)}
	log := slog.New(slog.NewJSONHandler(b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.Worker = deliver.NewWorker(b.queue, deliver.Senders{userpool.Email: email, userpool.SMS: sms}, c, log)
	return b
}

func (b *bench) drain(t *testing.T) {
	t.Helper()
	if err := b.Drain(t.Context()); err != nil {
		t.Fatalf("drain: %v", err)
	}
}
