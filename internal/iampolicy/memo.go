package iampolicy

import "sync"

// maxRemembered bounds a Memo.
const maxRemembered = 1000

// Memo is Parse for texts that come again and again. It goes by the text
// alone, so it never has an old answer; a nil Memo remembers nothing. All
// methods may be called at once.
type Memo struct {
	mu    sync.RWMutex
	known map[string]*Policy
}

// Parse reads a policy, or returns what it read before.
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
	if m.known == nil || len(m.known) >= maxRemembered {
		m.known = map[string]*Policy{}
	}
	m.known[text] = p
	return p, nil
}
