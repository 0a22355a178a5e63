package deliver

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// sendTimeout bounds one attempt of a sender.
const sendTimeout = 30 * time.Second

// Worker passes messages from the outbox to their senders.
type Worker struct {
	*after.Worker[userpool.Message]
	senders Senders
	clock   clock.Clock
	log     *slog.Logger
	mu      sync.Mutex // guards the following fields
	counts  map[userpool.Medium]Count
}

// NewWorker returns a worker. Call Run or Drain.
func NewWorker(q after.Queue[userpool.Message], s Senders, c clock.Clock, log *slog.Logger) *Worker {
	w := &Worker{
		senders: s, clock: c, log: log,
		counts: map[userpool.Medium]Count{userpool.Email: {}, userpool.SMS: {}},
	}
	w.Worker = after.NewWorker(after.Config[userpool.Message]{
		Queue: q, Try: w.send, Limit: sendTimeout, Report: w.report, Clock: c, Log: log.With("queue", "outbox"),
	})
	return w
}

// send makes one attempt.
func (w *Worker) send(ctx context.Context, j after.Job[userpool.Message]) error {
	m := j.Item
	m.Attempts = j.Attempts
	if !w.clock.Now().Before(m.Expires()) {
		return fmt.Errorf("%w: its code has expired", ErrPermanent)
	}
	sender, err := w.senders.of(m.Medium)
	if err != nil {
		return err
	}
	if m, err = sanitize(m); err != nil {
		return err
	}
	return sender.Send(ctx, m)
}

// report counts and logs an attempt.
func (w *Worker) report(j after.Job[userpool.Message], o after.Outcome) {
	m := j.Item
	w.count(m.Medium, o)
	log := w.log.With("message", m.ID, "pool", m.PoolID, "medium", m.Medium, "to", mask(m.Medium, m.To),
		"occasion", m.TriggerSource, "attempt", j.Attempts)
	switch {
	case o.Err == nil:
		log.Debug("message sent")
	case o.Dead:
		log.Error("message dead; it will not be sent again", "error", redactError(o.Err, m))
	default:
		log.Warn("message not sent", "retry in", o.RetryIn, "error", redactError(o.Err, m))
	}
}

// Count has the counts since the start of the process.
type Count struct {
	Sent   uint64 // messages that a sender has accepted
	Failed uint64 // attempts that failed
	Dead   uint64 // dead messages: they are not sent again
}

// Stats has the counts of all messages and of each medium.
type Stats struct {
	Count
	ByMedium map[userpool.Medium]Count
}

func (w *Worker) count(m userpool.Medium, o after.Outcome) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.counts[m]
	if o.Err == nil {
		c.Sent++
	} else {
		c.Failed++
	}
	if o.Dead {
		c.Dead++
	}
	w.counts[m] = c
}

// Stats returns the counters.
func (w *Worker) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Stats{ByMedium: maps.Clone(w.counts)}
	for _, c := range w.counts {
		s.Sent += c.Sent
		s.Failed += c.Failed
		s.Dead += c.Dead
	}
	return s
}
