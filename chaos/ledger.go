package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// The states of a property whose value is not stored in readable form.
const (
	absent  = "absent"
	valid   = "valid"
	invalid = "invalid"
)

// facts are the properties of a subject by name.
type facts map[string]string

// subject is what a single writer works on. While a request is in progress the
// server may have executed it or not: unknown has the requested values.
type subject struct {
	name string
	scope
	known, unknown facts
	// read returns the server's value of a property.
	read map[string]func(*harness.Server) (string, error)
	// consumes has the values of properties after a comparison that uses them; absent
	// is for one that is not compared again.
	consumes facts
	fresh    bool // changed since the last comparison
	// refused are requests that should have been accepted.
	refused []string
	// sent are the trigger sources of the messages that must arrive.
	sent   []string
	ledger *ledger
}

// scope is the pool and the client of a subject.
type scope struct{ poolID, clientID string }

// ledger records every response.
type ledger struct {
	main, tracking, pages scope
	rotatingID            string
	// web is the client of the pages, registration an access token that permits the
	// registration of clients.
	web          url.Values
	registration string
	inbox        *inbox
	// all is set to compare every subject the next time.
	all bool
	// deadline is the end of the comparison.
	deadline     time.Time
	mu           sync.Mutex
	random       *rand.Rand
	subjects     []*subject
	acknowledged map[string]int // by operation
	// refusals counts refusals since the last acknowledged write.
	refusals int
	// left is the number of writes that this round still waits for; at 0 enough is
	// closed.
	left   int
	enough chan struct{}
}

// expect starts a round: the returned channel is closed at its n-th acknowledged
// write.
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

// allRefused reports whether the server refuses everything.
func (l *ledger) allRefused() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refusals >= 200
}

// add creates a subject with the next scenario.
func (l *ledger) add() (*subject, func(*subject, *harness.Server)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := len(l.subjects)
	s := &subject{
		name: fmt.Sprintf("u%06d", n+1), scope: l.main, fresh: true, ledger: l,
		known: facts{}, unknown: facts{}, consumes: facts{},
		read: map[string]func(*harness.Server) (string, error){},
	}
	l.subjects = append(l.subjects, s)
	return s, scenarios[n%len(scenarios)].run
}

// continues reports whether the scenario goes on, as for most subjects. The others
// do not change any more.
func (s *subject) continues() bool {
	s.ledger.mu.Lock()
	defer s.ledger.mu.Unlock()
	return s.ledger.random.IntN(4) > 0
}

// write sends a request to the API and records its outcome.
func (s *subject) write(server *harness.Server, operation string, in map[string]any, out any, after facts) bool {
	return s.record(operation, after, func() error { return server.Call(operation, in, out) })
}

// record makes a request and records its outcome. after has the properties that
// the request changes.
func (s *subject) record(operation string, after facts, request func() error) bool {
	for property, value := range after {
		if _, ok := s.known[property]; !ok {
			s.known[property] = absent
		}
		s.unknown[property] = value
	}
	if after["status"] == absent {
		s.sent = nil // waiting messages are deleted with the user
	}
	err := request()
	var refusal *harness.Refusal
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
	case !errors.As(err, &refusal):
		return false
	}
	s.ledger.refuse()
	// Interrupted subjects leave resources that count against quotas.
	if !refusal.Internal() && refusal.Type != "LimitExceededException" {
		for property := range after {
			delete(s.unknown, property)
		}
		s.refused = append(s.refused, fmt.Sprintf("%s: %s was refused: %v", s.name, operation, err))
	}
	return false
}

// compare compares the server with the ledger and returns the differences.
func (l *ledger) compare(server *harness.Server) (checked int, broken []string) {
	l.deadline = time.Now().Add(timeout)
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

// find reads a property. After an internal error it reads again until the
// deadline of the comparison, since the store may be overloaded.
func (s *subject) find(server *harness.Server, property string) (string, error) {
	for {
		found, err := s.read[property](server)
		var refusal *harness.Refusal
		if !errors.As(err, &refusal) || !refusal.Internal() || time.Now().After(s.ledger.deadline) {
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
	requested, pending := s.unknown[property]
	delete(s.unknown, property)
	if found != s.known[property] && !(pending && found == requested) {
		return fmt.Sprintf("%s: %s was acknowledged as %s and is %s", s.name, property, s.known[property], found)
	}
	s.known[property] = found // it must not change any more
	switch after := s.consumes[property]; after {
	case "":
	case absent:
		delete(s.known, property)
	default:
		s.known[property] = after
	}
	return ""
}

// runWriters runs writers until the server is stopped: by stop shortly after n
// acknowledged writes, or earlier by a failpoint.
func (l *ledger) runWriters(server *harness.Server, writers, n int, stop func() error) error {
	enough := l.expect(n)
	pause := time.Duration(l.random.IntN(20)) * time.Millisecond
	var working sync.WaitGroup
	for range writers {
		// It ends when the server has ended.
		working.Go(func() {
			for server.Running() && !l.allRefused() {
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
		time.Sleep(pause) // otherwise the kill would always follow a response
	case <-server.Exited:
	case <-idle: // every writer has ended
	case <-time.After(timeout):
		late = fmt.Errorf("fewer than %d writes were acknowledged in %s", n, timeout)
	}
	err := stop()
	<-idle
	return errors.Join(late, err)
}
