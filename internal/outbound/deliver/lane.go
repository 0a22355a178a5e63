package deliver

import (
	"sync/atomic"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	// parallel bounds how many messages of one lane are being sent.
	parallel = 8
	// room bounds how many claimed messages of one lane are held in memory:
	// those that are being sent and as many that follow without a pause. Each
	// gets its turn well within its lease.
	room = 2 * parallel
)

// lane keeps messages out of the way of others: a mail server that hangs must
// not stop text messages, nor a pool's own sender those of other pools.
type lane struct {
	name   string        // userpool.Message.Lane
	slots  chan struct{} // one for each message that is being sent
	aboard int           // messages in flight; guarded by Worker.mu
	*tally               // of the medium
}

// tally counts what became of a medium's messages.
type tally struct{ sent, failed, dead atomic.Uint64 }

// lane finds or makes the lane of a message. The caller holds mu.
func (w *Worker) lane(m userpool.Message) *lane {
	if w.tallies[m.Medium] == nil {
		w.tallies[m.Medium] = &tally{}
	}
	name := m.Lane()
	if w.lanes[name] == nil {
		w.lanes[name] = &lane{name: name, slots: make(chan struct{}, parallel), tally: w.tallies[m.Medium]}
	}
	return w.lanes[name]
}

// Count counts since the start of the process.
type Count struct {
	Sent   uint64 // messages that a sender has taken
	Failed uint64 // attempts that failed
	Dead   uint64 // messages that were given up
}

// Stats is the count of all messages and of those of each medium.
type Stats struct {
	Count
	ByMedium map[userpool.Medium]Count
}

// Stats returns the counters.
func (w *Worker) Stats() Stats {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := Stats{ByMedium: make(map[userpool.Medium]Count, len(w.tallies))}
	for medium, l := range w.tallies {
		c := Count{l.sent.Load(), l.failed.Load(), l.dead.Load()}
		s.ByMedium[medium] = c
		s.Sent += c.Sent
		s.Failed += c.Failed
		s.Dead += c.Dead
	}
	return s
}
