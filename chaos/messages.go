package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// messages are the trigger sources of the messages that the response of an
// operation promises.
var messages = map[string]string{
	"SignUp":                           "CustomEmailSender_SignUp",
	"ResendConfirmationCode":           "CustomEmailSender_ResendCode",
	"ForgotPassword":                   "CustomEmailSender_ForgotPassword",
	"AdminResetUserPassword":           "CustomEmailSender_ForgotPassword",
	"AdminCreateUser":                  "CustomEmailSender_AdminCreateUser",
	"GetUserAttributeVerificationCode": "CustomEmailSender_VerifyUserAttribute",
}

// inbox has the functions of the pools: it receives the messages of the main pool,
// and changes the tokens of the pool with pages. It is independent of the servers.
type inbox struct {
	listener net.Listener
	mu       sync.Mutex
	arrived  map[message]int
}

type message struct{ UserName, TriggerSource string }

func newInbox() (*inbox, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	b := &inbox{listener: listener, arrived: map[message]int{}}
	// It ends when the listener is closed.
	go func() { _ = http.Serve(listener, b) }()
	return b, nil
}

func (b *inbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var m message
	if err := json.NewDecoder(r.Body).Decode(&m); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	b.arrived[m]++
	n := b.arrived[m]
	b.mu.Unlock()
	if !strings.HasPrefix(m.TriggerSource, "TokenGeneration") {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	changes := in{"claimsToAddOrOverride": in{claim: fmt.Sprint(n)}}
	_ = json.NewEncoder(w).Encode(in{"response": in{"claimsOverrideDetails": changes}})
}

// claim is the claim that the function adds to ID tokens. Its value is how often it
// was called for the user.
const claim = "chaos"

// undelivered compares the inbox with the promised messages. First it advances
// the server's clock: a message that was being sent when a server was killed is
// due again when its lease of two minutes has expired.
func (l *ledger) undelivered(server *harness.Server) (checked int, broken []string) {
	for _, request := range []func() error{
		func() error { return server.Send("POST", "/_dev/clock", "", in{"advance": "3m"}, nil) },
		func() error { return server.Send("GET", "/_dev/messages", "", nil, nil) }, // first delivers what is due
	} {
		if err := request(); err != nil {
			return 0, []string{err.Error()}
		}
	}
	return l.missing()
}

// missing compares the inbox with the promised messages.
func (l *ledger) missing() (checked int, missing []string) {
	l.inbox.mu.Lock()
	defer l.inbox.mu.Unlock()
	for _, s := range l.subjects {
		if s.poolID != l.main.poolID {
			continue
		}
		promised := map[string]int{}
		for _, trigger := range s.sent {
			promised[trigger]++
		}
		for trigger, n := range promised {
			checked++
			if arrived := l.inbox.arrived[message{s.name, trigger}]; arrived < n {
				missing = append(missing,
					fmt.Sprintf("%s: %d messages of %s were promised and %d arrived", s.name, n, trigger, arrived))
			}
		}
	}
	return checked, missing
}
