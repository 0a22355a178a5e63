package after

const (
	// parallel is the maximum number of concurrent attempts in one lane.
	parallel = 8
	// room is the maximum number of claimed jobs of one lane in memory: those
	// that run, and as many that can start without another claim.
	room = 2 * parallel
)

// lane separates jobs that must not block each other: a mail server that hangs
// must not block text messages, nor the sender function of one pool other pools.
type lane struct {
	name  string        // Job.Lane
	slots chan struct{} // one element for each running attempt
	held  int           // jobs in flight; guarded by Worker.mu
}

// lane returns a lane, and creates it if needed. The caller holds mu.
func (w *Worker[T]) lane(name string) *lane {
	if w.lanes[name] == nil {
		w.lanes[name] = &lane{name: name, slots: make(chan struct{}, parallel)}
	}
	return w.lanes[name]
}

// held returns the number of jobs in flight per lane.
func (w *Worker[T]) held() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := make(map[string]int, len(w.lanes))
	for name, l := range w.lanes {
		held[name] = l.held
	}
	return held
}
