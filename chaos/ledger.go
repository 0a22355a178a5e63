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
	name string
	scope
	known, unknown facts
	// read finds out what the server says of one property.
	read map[string]func(*harness.Server) (string, error)
	// spends are the properties whose reading uses up what is live.
	spends map[string]bool
	fresh  bool // touched since the last comparison
	// refused are requests that should have been accepted.
	refused []string
	// sent are the triggers of the messages that were promised.
	sent   []string
	ledger *ledger
}

// scope is where a subject lives.
type scope struct{ poolID, clientID string }

// ledger records every answer.
type ledger struct {
	main, tracking      scope
	rotatingID, pagesID string
	inbox               *inbox
	// all makes the next comparison look at everything.
	all bool
	// deadline is that of the comparison.
	deadline     time.Time
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

// add makes a subject, whose life is next in turn.
func (l *ledger) add() (*subject, func(*subject, *harness.Server)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.subjects)
	s := &subject{
		name: fmt.Sprintf("u%06d", n+1), scope: l.main, known: facts{}, unknown: facts{},
		read: map[string]func(*harness.Server) (string, error){}, spends: map[string]bool{}, fresh: true, ledger: l,
	}
	l.subjects = append(l.subjects, s)
	return s, lives[n%len(lives)].run
}

// goesOn lets most subjects go on. The others stay as they are to the end.
func (s *subject) goesOn() bool {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.chance.IntN(4) > 0
}

// write sends a request to the API and writes down what became of it.
func (s *subject) write(server *harness.Server, operation string, in map[string]any, out any, after facts) bool {
	return s.record(operation, after, func() error { return server.Call(operation, in, out) })
}

// record makes a request and writes down what became of it. after has the
// properties that it changes.
func (s *subject) record(operation string, after facts, request func() error) bool {
	for property, value := range after {
		if _, ok := s.known[property]; !ok {
			s.known[property] = absent
		}
		s.unknown[property] = value
	}
	if after["status"] == absent {
		s.sent = nil // what waits for a user goes with the user
	}
	err := request()
	var no *harness.Refusal
	switch {
	case err == nil:
		for property, value := range after {
			s.known[property] = value
			delete(s.unknown, property)
		}
		if trigger, ok := messages[operation]; ok {
			s.sent = append(s.sent, trigger)
		}
		s.ledger.acknowledge(operation)
		return true
	case !errors.As(err, &no):
		return false
	}
	s.ledger.refuse()
	// What interrupted subjects leave behind fills quotas.
	if !no.Internal() && no.Type != "LimitExceededException" {
		for property := range after {
			delete(s.unknown, property)
		}
		s.refused = append(s.refused, fmt.Sprintf("%s: %s was refused: %v", s.name, operation, err))
	}
	return false
}

// compare holds the server against the ledger and returns what is broken.
func (l *ledger) compare(server *harness.Server) (checked int, broken []string) {
	l.deadline = time.Now().Add(patience)
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

// find reads a property. An internal error is no answer: it asks again while
// the comparison has time, since a store may be overloaded.
func (s *subject) find(server *harness.Server, property string) (string, error) {
	for {
		found, err := s.read[property](server)
		var no *harness.Refusal
		if !errors.As(err, &no) || !no.Internal() || time.Now().After(s.ledger.deadline) {
			return found, err
		}
		time.Sleep(time.Second)
	}
}

func (s *subject) compare(server *harness.Server, property string) string {
	found, err := s.find(server, property)
	if err != nil {
		return fmt.Sprintf("%s: %s: %v", s.name, property, err)
	}
	asked, open := s.unknown[property]
	delete(s.unknown, property)
	switch {
	case found == s.known[property]:
		if found == live && s.spends[property] {
			s.known[property] = dead
		}
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
		// It ends when the server has gone.
		working.Go(func() {
			for server.Alive() && !l.hopeless() {
				s, run := l.add()
				run(s, server)
			}
		})
	}
	idle := make(chan struct{})
	// It ends with the last writer.
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
