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
	// ClaimMessages leases messages that are due, those first whose codes
	// expire first: up to room of each lane, less those that are held. When
	// the lease runs out they are due again. With an error it may also return
	// messages.
	ClaimMessages(ctx context.Context, held map[string]int, room int, lease time.Duration) ([]userpool.Message, error)
	// MessageDelivered removes a message.
	MessageDelivered(ctx context.Context, m userpool.Message) error
	// MessageFailed makes a message due again at retryAt, with its attempts.
	MessageFailed(ctx context.Context, m userpool.Message, retryAt time.Time) error
	// MessageReleased makes a message due again that was not sent.
	MessageReleased(ctx context.Context, m userpool.Message) error
	// MessageGivenUp ends the attempts to send a message.
	MessageGivenUp(ctx context.Context, m userpool.Message) error
	// OnEnqueue receives when there is something new.
	OnEnqueue() <-chan struct{}
}

const (
	pollEvery = time.Second
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
	vacant   chan struct{}    // receives when a lane has room again
	mu       sync.Mutex       // guards what follows
	lanes    map[string]*lane // those with messages in flight, by name
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
		vacant: make(chan struct{}, 1), lanes: map[string]*lane{}, flying: map[*flight]struct{}{},
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
		if _, err := w.claim(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("the outbox cannot be read", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-w.queue.OnEnqueue():
		case <-w.vacant:
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
		inFlight, err := w.claim(ctx)
		if err != nil {
			return fmt.Errorf("drain the outbox: %w", err)
		}
		if inFlight == 0 {
			return nil
		}
		if err := w.settle(ctx); err != nil {
			return err
		}
	}
}

// claim puts due messages in flight, as many as their lanes have room for, and
// returns how many are in flight then or were when it began.
func (w *Worker) claim(ctx context.Context) (inFlight int, err error) {
	w.claiming.Lock()
	defer w.claiming.Unlock()
	held := w.held()
	messages, err := w.queue.ClaimMessages(ctx, held, room, lease)
	for _, m := range messages {
		w.launch(ctx, m)
	}
	for _, m := range messages {
		held[m.Lane()]++
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

// wake makes Run claim again.
func (w *Worker) wake() {
	select {
	case w.vacant <- struct{}{}:
	default:
	}
}

// held is how many messages of each lane are in flight.
func (w *Worker) held() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := make(map[string]int, len(w.lanes))
	for name, l := range w.lanes {
		held[name] = l.aboard
	}
	return held
}

func (w *Worker) launch(ctx context.Context, m userpool.Message) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f := &flight{Message: m, lane: w.lane(m), landed: make(chan struct{})}
	f.lane.aboard++
	w.flying[f] = struct{}{}
	go func() {
		defer w.land(f)
		w.fly(ctx, f)
	}()
}

func (w *Worker) land(f *flight) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch f.lane.aboard--; f.lane.aboard {
	case 0:
		delete(w.lanes, f.lane.name)
	case parallel:
		w.wake() // nobody waits for a slot any more
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
	// A send that outlasts the lease may be repeated by somebody else.
	if ctx.Err() != nil || !w.clock.Now().Add(sendTimeout).Before(f.Leased) {
		w.record(ctx, f.Message, w.queue.MessageReleased)
		return
	}
	w.deliver(ctx, f)
}

func (w *Worker) deliver(ctx context.Context, f *flight) {
	m := f.Message
	m.Attempts++
	log := w.log.With("message", m.ID, "pool", m.PoolID, "medium", m.Medium, "to", mask(m.Medium, m.To),
		"occasion", m.TriggerSource, "attempt", m.Attempts)
	err := w.send(ctx, m)
	if err == nil {
		f.lane.sent.Add(1)
		log.Debug("message sent")
		w.record(ctx, m, w.queue.MessageDelivered)
		return
	}
	f.lane.failed.Add(1)
	now := w.clock.Now()
	retryAt := now.Add(backoff(m.Attempts))
	if errors.Is(err, ErrPermanent) || !retryAt.Before(m.Expires()) {
		f.lane.dead.Add(1)
		log.Error("message given up", "error", discreet(err, m))
		w.record(ctx, m, w.queue.MessageGivenUp)
		return
	}
	log.Warn("message not sent", "retry in", retryAt.Sub(now), "error", discreet(err, m))
	w.record(ctx, m, func(ctx context.Context, m userpool.Message) error { return w.queue.MessageFailed(ctx, m, retryAt) })
}

// send makes one attempt.
func (w *Worker) send(ctx context.Context, m userpool.Message) error {
	if !w.clock.Now().Before(m.Expires()) {
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

// record writes down what came of a message. It outlives ctx, so that this
// happens even during a stop.
func (w *Worker) record(ctx context.Context, m userpool.Message, write func(context.Context, userpool.Message) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if err := write(ctx, m); err != nil {
		w.log.Error("what came of a message was not recorded; it may be sent again after its lease", "message", m.ID, "error", err)
	}
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
