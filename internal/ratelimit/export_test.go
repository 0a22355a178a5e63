package ratelimit

// Table returns the number of operations of each category.
func Table() map[Category]int {
	n := map[Category]int{}
	for c, names := range operations {
		n[c] = len(names)
	}
	return n
}

// Endpoints returns the names of all endpoints that count in a category.
func Endpoints() (names []string) {
	for _, list := range endpoints {
		names = append(names, list...)
	}
	return names
}

// Buckets returns the number of buckets.
func (l *Limiter) Buckets() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}
