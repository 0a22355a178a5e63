package deliver

import (
	"sync/atomic"

	"lifeguard/internal/userpool"
)

const (
	// parallel bounds how many messages of one medium are being sent.
	parallel = 8
	// room bounds how many claimed messages of one medium are held in memory.
	room = 256
)

// lane keeps the messages of one medium out of the way of the others: a mail
// server that hangs must not stop text messages.
type lane struct {
	slots              chan struct{} // one for each message that is being sent
	aboard             int           // messages in flight; guarded by Worker.mu
	sent, failed, dead atomic.Uint64
}

func newLane() *lane { return &lane{slots: make(chan struct{}, parallel)} }

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
	s := Stats{ByMedium: make(map[userpool.Medium]Count, len(w.lanes))}
	for medium, l := range w.lanes {
		c := Count{l.sent.Load(), l.failed.Load(), l.dead.Load()}
		s.ByMedium[medium] = c
		s.Sent += c.Sent
		s.Failed += c.Failed
		s.Dead += c.Dead
	}
	return s
}
