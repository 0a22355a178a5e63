package sqlite

// Waiting is how many updates wait for the writer.
func (e *Engine) Waiting() int { return len(e.jobs) }
