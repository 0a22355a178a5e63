package main

import (
	"errors"
	"fmt"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

const password = "Chaos-Passw0rd"

// The states of a user as a writer was told.
const (
	absent      = "absent"
	unconfirmed = "UNCONFIRMED"
	confirmed   = "CONFIRMED"
)

// entry is what one writer knows of one user. While a request is under way the
// server may have done it or not: maybe is the state it asked for.
type entry struct {
	name, state, maybe string
	acknowledged       int
	fresh              bool // touched since the last comparison
}

// ledger records every answer.
type ledger struct {
	poolID, clientID string
	// all makes the next comparison look at everything.
	all     bool
	mu      sync.Mutex
	next    int
	entries []*entry
}

func newLedger(poolID, clientID string) *ledger { return &ledger{poolID: poolID, clientID: clientID} }

func (l *ledger) add() *entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.next++
	e := &entry{name: fmt.Sprintf("u%06d", l.next), state: absent, fresh: true}
	l.entries = append(l.entries, e)
	return e
}

func (l *ledger) acknowledged() (n int) {
	for _, e := range l.entries {
		n += e.acknowledged
	}
	return n
}

// work takes one user through its life: signed up, confirmed and, every third
// one, deleted.
func (l *ledger) work(s *harness.Server) {
	e := l.add()
	user := map[string]any{"UserPoolId": l.poolID, "Username": e.name}
	ok := e.ask(s, unconfirmed, "SignUp", map[string]any{
		"ClientId": l.clientID, "Username": e.name, "Password": password,
		"UserAttributes": []map[string]string{{"Name": "email", "Value": e.name + "@example.com"}},
	}) && e.ask(s, confirmed, "AdminConfirmSignUp", user)
	if ok && e.name[len(e.name)-1]%3 == 0 {
		e.ask(s, absent, "AdminDeleteUser", user)
	}
}

// ask sends a request and writes down what became of it.
func (e *entry) ask(s *harness.Server, state, operation string, in map[string]any) bool {
	e.maybe = state
	err := s.Call(operation, in, nil)
	var no *harness.Refusal
	switch {
	case err == nil:
		e.state, e.maybe = state, ""
		e.acknowledged++
		return true
	case errors.As(err, &no):
		e.maybe = "" // refused: nothing happened
	}
	return false
}

// compare holds the server against the ledger and returns what is broken.
func (l *ledger) compare(s *harness.Server) (checked int, broken []string) {
	for _, e := range l.entries {
		if !e.fresh && !l.all {
			continue
		}
		checked++
		e.fresh = false
		found, err := stateOf(s, l.poolID, e.name)
		switch {
		case err != nil:
			broken = append(broken, fmt.Sprintf("%s: %v", e.name, err))
		case found != e.state && found != e.maybe:
			broken = append(broken, fmt.Sprintf("%s was acknowledged as %s and is %s", e.name, e.state, found))
		}
		if e.maybe != "" && found == e.maybe {
			e.state = e.maybe // from now on it must stay so
		}
		e.maybe = ""
		if err == nil && found == confirmed && checked%10 == 0 {
			broken = append(broken, l.signIn(s, e)...)
		}
	}
	return checked, broken
}

// signIn checks that the password came through with the user.
func (l *ledger) signIn(s *harness.Server, e *entry) []string {
	err := s.Call("InitiateAuth", map[string]any{
		"ClientId": l.clientID, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": e.name, "PASSWORD": password},
	}, nil)
	if err != nil {
		return []string{e.name + " cannot sign in: " + err.Error()}
	}
	return nil
}

func stateOf(s *harness.Server, poolID, name string) (string, error) {
	var user struct{ UserStatus string }
	err := s.Call("AdminGetUser", map[string]any{"UserPoolId": poolID, "Username": name}, &user)
	var no *harness.Refusal
	if errors.As(err, &no) && no.Type == "UserNotFoundException" {
		return absent, nil
	}
	return user.UserStatus, err
}
