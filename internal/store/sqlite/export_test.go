package sqlite

// Waiting returns the number of updates that wait for the writer.
func (e *Engine) Waiting() int { return len(e.jobs) }
