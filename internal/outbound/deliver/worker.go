package deliver

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Queue is what the worker needs of the store.
type Queue interface {
	// ClaimMessages leases messages that are due, oldest first, and counts an
	// attempt for each. When the lease runs out they are due again.
	ClaimMessages(ctx context.Context, limit int, lease time.Duration) ([]userpool.Message, error)
	// MessageDelivered removes a message.
	MessageDelivered(ctx context.Context, m userpool.Message) error
	// MessageFailed makes a message due again at retryAt, or gives it up.
	MessageFailed(ctx context.Context, m userpool.Message, retryAt time.Time, dead bool) error
	// OnEnqueue receives when there is something new.
	OnEnqueue() <-chan struct{}
}

const (
	claimLimit = 64
	pollEvery  = time.Second
	// lease is how long a user waits for a message that a crash interrupted.
	lease       = 2 * time.Minute
	sendTimeout = 30 * time.Second
	// grace is what a stop leaves to messages that are being sent.
	grace         = 5 * time.Second
	recordTimeout = 5 * time.Second

	// Retries go on until the message's code has run out.
	firstRetry = 2 * time.Second
	lastRetry  = 10 * time.Minute
)

// Worker takes messages from the outbox to their senders.
type Worker struct {
	queue   Queue
	senders Senders
	clock   clock.Clock
	log     *slog.Logger
	// claiming is held from a claim until what it yielded is in flight, so
	// that Drain overlooks nothing.
	claiming sync.Mutex
	mu       sync.Mutex        // guards what follows
	lanes    map[laneKey]*lane // those with messages in flight
	tallies  map[userpool.Medium]*tally
	flying   map[*flight]struct{}
}

// flight is a claimed message.
type flight struct {
	userpool.Message
	lane   *lane
	landed chan struct{} // closed when the worker is done with it
}

// NewWorker returns a worker; Run or Drain make it work.
func NewWorker(q Queue, s Senders, c clock.Clock, log *slog.Logger) *Worker {
	w := &Worker{
		queue: q, senders: s, clock: c, log: log,
		lanes: map[laneKey]*lane{}, flying: map[*flight]struct{}{},
		tallies: map[userpool.Medium]*tally{userpool.Email: {}, userpool.SMS: {}},
	}
	return w
}

// Run delivers until ctx ends. What is being sent then has a few seconds to
// finish; the rest goes back to the queue at once.
func (w *Worker) Run(ctx context.Context) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for ctx.Err() == nil {
		n, err := w.claim(ctx, false)
		if err != nil && ctx.Err() == nil {
			w.log.Warn("the outbox cannot be read", "error", err)
		}
		if n == claimLimit && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-w.queue.OnEnqueue():
		case <-tick.C:
		}
	}
	return w.settle(context.WithoutCancel(ctx))
}

// Drain delivers everything that is due now and returns when that has been
// tried, including what a concurrent Run has taken. Messages that fail are
// due later and no error of Drain.
func (w *Worker) Drain(ctx context.Context) error {
	for {
		n, err := w.claim(ctx, true)
		if err != nil {
			return fmt.Errorf("drain the outbox: %w", err)
		}
		if err := w.settle(ctx); err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}

// claim puts due messages in flight. Unless all are wanted, those whose lane
// is full are left to their lease, so that the ones behind them get through.
func (w *Worker) claim(ctx context.Context, all bool) (int, error) {
	w.claiming.Lock()
	defer w.claiming.Unlock()
	messages, err := w.queue.ClaimMessages(ctx, claimLimit, lease)
	for _, m := range messages {
		w.launch(ctx, m, all)
	}
	return len(messages), err
}

func (w *Worker) launch(ctx context.Context, m userpool.Message, force bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	l := w.lane(m)
	if l.aboard >= room && !force {
		return
	}
	f := &flight{Message: m, lane: l, landed: make(chan struct{})}
	l.aboard++
	w.flying[f] = struct{}{}
	go func() {
		defer w.land(f)
		w.fly(ctx, f)
	}()
}

func (w *Worker) land(f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.lane.aboard--; f.lane.aboard == 0 {
		delete(w.lanes, f.lane.laneKey)
	}
	delete(w.flying, f)
	close(f.landed)
}

// settle waits for what is in flight now.
func (w *Worker) settle(ctx context.Context) error {
	w.mu.Lock()
	flights := slices.Collect(maps.Keys(w.flying))
	w.mu.Unlock()
	for _, f := range flights {
		select {
		case <-f.landed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// fly waits for a turn, sends the message and records what came of it.
func (w *Worker) fly(ctx context.Context, f *flight) {
	select {
	case f.lane.slots <- struct{}{}:
		defer func() { <-f.lane.slots }()
	case <-ctx.Done():
	}
	switch {
	case ctx.Err() != nil:
		w.fail(ctx, f.Message, w.clock.Now(), false)
	case !w.clock.Now().Add(sendTimeout).Before(f.Leased):
		// Somebody else may get it before a send were over.
	default:
		w.deliver(ctx, f)
	}
}

func (w *Worker) deliver(ctx context.Context, f *flight) {
	m := f.Message
	log := w.log.With("message", m.ID, "pool", m.PoolID, "medium", m.Medium, "to", mask(m.Medium, m.To),
		"occasion", m.TriggerSource, "attempt", m.Attempts)
	err := w.send(ctx, m)
	if err == nil {
		f.lane.sent.Add(1)
		log.Debug("message sent")
		w.remove(ctx, m)
		return
	}
	now := w.clock.Now()
	retryAt := now.Add(backoff(m.Attempts))
	dead := errors.Is(err, ErrPermanent) || !retryAt.Before(expiry(m))
	f.lane.failed.Add(1)
	if dead {
		f.lane.dead.Add(1)
		log.Error("message given up", "error", discreet(err, m))
	} else {
		log.Warn("message not sent", "retry in", retryAt.Sub(now), "error", discreet(err, m))
	}
	w.fail(ctx, m, retryAt, dead)
}

// send makes one attempt.
func (w *Worker) send(ctx context.Context, m userpool.Message) error {
	if !w.clock.Now().Before(expiry(m)) {
		return fmt.Errorf("%w: its code has run out", ErrPermanent)
	}
	sender, err := w.senders.of(m.Medium)
	if err != nil {
		return err
	}
	if m, err = presentable(m); err != nil {
		return err
	}
	ctx, cancel := linger(ctx)
	defer cancel()
	return guarded(ctx, sender, m)
}

// linger bounds a send and lets it outlive ctx by the grace: to cut it off
// while the server answers would send the message twice.
func linger(ctx context.Context) (context.Context, context.CancelFunc) {
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return lasting, func() {
		stop()
		cancel()
	}
}

// record outlives ctx: what happened is written down even during a stop.
func record(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
}

func (w *Worker) remove(ctx context.Context, m userpool.Message) {
	ctx, cancel := record(ctx)
	defer cancel()
	if err := w.queue.MessageDelivered(ctx, m); err != nil {
		w.log.Error("a message was sent but not removed from the outbox; it may be sent again", "message", m.ID, "error", err)
	}
}

func (w *Worker) fail(ctx context.Context, m userpool.Message, retryAt time.Time, dead bool) {
	ctx, cancel := record(ctx)
	defer cancel()
	if err := w.queue.MessageFailed(ctx, m, retryAt, dead); err != nil {
		w.log.Error("a failed message was not put back into the outbox; it is tried again after its lease", "message", m.ID, "error", err)
	}
}

// expiry is when the code of m runs out and sending it becomes useless.
func expiry(m userpool.Message) time.Time {
	return m.Created.Add(Occasion(m.TriggerSource).Lifetime())
}

// backoff is the pause after a number of attempts: it doubles from two seconds
// to ten minutes, less up to a quarter at random, so that messages which
// failed together do not come back together.
func backoff(attempts int) time.Duration {
	pause := lastRetry
	if doublings := max(0, attempts-1); doublings < 9 {
		pause = firstRetry << doublings
	}
	return pause - rand.N(pause/4)
}
