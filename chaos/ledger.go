package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// The states of facts beside values that were written as they are.
const (
	absent = "absent"
	live   = "live"
	dead   = "dead"
)

// facts are what is known of a subject: its properties by name.
type facts map[string]string

// subject is what one writer works on alone. While a request is under way the
// server may have done it or not: unknown has the values that were asked for.
type subject struct {
	name           string
	known, unknown facts
	// read finds out what the server says of one property.
	read  map[string]func(*harness.Server) (string, error)
	fresh bool // touched since the last comparison
	// refused are requests that should have been accepted.
	refused []string
	ledger  *ledger
}

// ledger records every answer.
type ledger struct {
	poolID, clientID, rotatingID string
	// all makes the next comparison look at everything.
	all          bool
	mu           sync.Mutex
	chance       *rand.Rand
	subjects     []*subject
	acknowledged map[string]int // by operation
	// refusals are those since the last acknowledged write.
	refusals int
	// left is how many more answers this round waits for; then enough closes.
	left   int
	enough chan struct{}
}

// expect starts a round: the returned channel closes at the n-th acknowledged
// write from now on.
func (l *ledger) expect(n int) <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left, l.enough = n, make(chan struct{})
	return l.enough
}

func (l *ledger) acknowledge(operation string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.acknowledged[operation]++
	l.refusals = 0
	if l.left--; l.left == 0 {
		close(l.enough)
	}
}

// refuse counts a refusal.
func (l *ledger) refuse() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refusals++
}

// hopeless reports whether the server refuses everything.
func (l *ledger) hopeless() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusals >= 200
}

// add makes a subject and chooses what becomes of it.
func (l *ledger) add() (*subject, func(*subject, *harness.Server)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &subject{
		name: fmt.Sprintf("u%06d", len(l.subjects)+1), known: facts{}, unknown: facts{},
		read: map[string]func(*harness.Server) (string, error){}, fresh: true, ledger: l,
	}
	l.subjects = append(l.subjects, s)
	return s, lives[l.chance.IntN(len(lives))]
}

// write sends a request and writes down what became of it. after has the
// properties that it changes.
func (s *subject) write(server *harness.Server, operation string, in map[string]any, out any, after facts) bool {
	for property, value := range after {
		if _, ok := s.known[property]; !ok {
			s.known[property] = absent
		}
		s.unknown[property] = value
	}
	err := server.Call(operation, in, out)
	var no *harness.Refusal
	switch {
	case err == nil:
		for property, value := range after {
			s.known[property] = value
			delete(s.unknown, property)
		}
		s.ledger.acknowledge(operation)
		return true
	case !errors.As(err, &no):
		return false
	}
	s.ledger.refuse()
	// What interrupted subjects leave behind fills quotas.
	if no.Type != "InternalErrorException" && no.Type != "LimitExceededException" {
		for property := range after {
			delete(s.unknown, property)
		}
		s.refused = append(s.refused, fmt.Sprintf("%s: %s was refused: %v", s.name, operation, err))
	}
	return false
}

// compare holds the server against the ledger and returns what is broken.
func (l *ledger) compare(server *harness.Server) (checked int, broken []string) {
	for _, s := range l.subjects {
		if !s.fresh && !l.all {
			continue
		}
		s.fresh = false
		broken = append(broken, s.refused...)
		s.refused = nil
		for property := range s.known {
			checked++
			if wrong := s.compare(server, property); wrong != "" {
				broken = append(broken, wrong)
			}
		}
	}
	slices.Sort(broken)
	return checked, broken
}

func (s *subject) compare(server *harness.Server, property string) string {
	found, err := s.read[property](server)
	if err != nil {
		return fmt.Sprintf("%s: %s: %v", s.name, property, err)
	}
	asked, open := s.unknown[property]
	delete(s.unknown, property)
	switch {
	case found == s.known[property]:
		return ""
	case open && found == asked:
		s.known[property] = asked // from now on it must stay so
		return ""
	}
	return fmt.Sprintf("%s: %s was acknowledged as %s and is %s", s.name, property, s.known[property], found)
}

// disturb lets writers work until the server is stopped: by us a little after
// it has acknowledged n writes, or before that by a failpoint.
func (l *ledger) disturb(server *harness.Server, writers, n int, stop func() error) error {
	enough := l.expect(n)
	pause := time.Duration(l.chance.IntN(20)) * time.Millisecond
	var working sync.WaitGroup
	for range writers {
		working.Go(func() {
			for server.Alive() && !l.hopeless() {
				s, live := l.add()
				live(s, server)
			}
		})
	}
	idle := make(chan struct{})
	go func() { working.Wait(); close(idle) }()
	var late error
	select {
	case <-enough:
		time.Sleep(pause) // else the kill would always follow an answer
	case <-server.Gone:
	case <-idle: // every writer has given up
	case <-time.After(patience):
		late = fmt.Errorf("fewer than %d writes were acknowledged in %s", n, patience)
	}
	err := stop()
	<-idle
	return errors.Join(late, err)
}
