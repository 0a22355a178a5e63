package iampolicy

import "sync"

// maxCached bounds the number of policies in a Memo.
const maxCached = 1000

// Memo caches the results of Parse. The key is the whole text, so a result is
// never stale. A nil Memo caches nothing. Its methods are safe for concurrent
// use.
type Memo struct {
	mu    sync.RWMutex
	known map[string]*Policy
}

// Parse returns the cached policy, or calls the function Parse.
func (m *Memo) Parse(text string) (*Policy, error) {
	if m == nil {
		return Parse([]byte(text))
	}
	m.mu.RLock()
	p := m.known[text]
	m.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	p, err := Parse([]byte(text))
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.known == nil || len(m.known) >= maxCached {
		m.known = map[string]*Policy{}
	}
	m.known[text] = p
	return p, nil
}
