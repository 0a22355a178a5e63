package after

const (
	// parallel bounds how many jobs of one lane are worked on.
	parallel = 8
	// room bounds how many claimed jobs of one lane are held in memory: those
	// that are worked on and as many that follow without a pause.
	room = 2 * parallel
)

// lane keeps jobs out of the way of others: a mail server that hangs must not
// stop text messages, nor a pool's own sender those of other pools.
type lane struct {
	name  string        // Job.Lane
	slots chan struct{} // one for each job that is worked on
	held  int           // jobs in flight; guarded by Worker.mu
}

// lane finds or makes a lane. The caller holds mu.
func (w *Worker[T]) lane(name string) *lane {
	if w.lanes[name] == nil {
		w.lanes[name] = &lane{name: name, slots: make(chan struct{}, parallel)}
	}
	return w.lanes[name]
}

// held is how many jobs of each lane are in flight.
func (w *Worker[T]) held() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	held := make(map[string]int, len(w.lanes))
	for name, l := range w.lanes {
		held[name] = l.held
	}
	return held
}
