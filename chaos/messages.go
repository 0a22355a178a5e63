package main

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/harness"
)

// messages are the triggers of the messages that an answer promises.
var messages = map[string]string{
	"SignUp":                           "CustomEmailSender_SignUp",
	"ResendConfirmationCode":           "CustomEmailSender_ResendCode",
	"ForgotPassword":                   "CustomEmailSender_ForgotPassword",
	"AdminResetUserPassword":           "CustomEmailSender_ForgotPassword",
	"AdminCreateUser":                  "CustomEmailSender_AdminCreateUser",
	"GetUserAttributeVerificationCode": "CustomEmailSender_VerifyUserAttribute",
}

// inbox takes the messages of the main pool, as its custom sender. It outlives
// the servers.
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
	b.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

// undelivered holds the inbox against what was promised. It turns the server's
// clock on first: a message that was on its way when a server was killed is
// due again when its lease of two minutes has run out.
func (l *ledger) undelivered(server *harness.Server) (checked int, broken []string) {
	for _, request := range []func() error{
		func() error { return server.Develop("POST", "/_dev/clock", `{"advance":"3m"}`) },
		func() error { return server.Develop("GET", "/_dev/messages", "") }, // delivers what is due first
	} {
		if err := request(); err != nil {
			return 0, []string{err.Error()}
		}
	}
	return l.missing()
}

// missing compares the inbox with what was promised.
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
