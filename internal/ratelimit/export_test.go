package ratelimit

// Table is how many operations each category lists.
func Table() map[Category]int {
	n := map[Category]int{}
	for c, names := range operations {
		n[c] = len(names)
	}
	return n
}

// Buckets is how many buckets are kept.
func (l *Limiter) Buckets() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}
