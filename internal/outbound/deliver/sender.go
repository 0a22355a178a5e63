package deliver

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Sender takes one message to its medium. An error in whose chain ErrPermanent
// is means that trying again is useless. Senders are called concurrently.
type Sender interface {
	Send(ctx context.Context, m userpool.Message) error
}

// ErrPermanent marks failures that no retry mends.
var ErrPermanent = after.ErrPermanent

// Senders says who serves a medium. A message whose medium nobody serves is a
// permanent failure.
type Senders map[userpool.Medium]Sender

func (s Senders) of(m userpool.Medium) (Sender, error) {
	if sender := s[m]; sender != nil {
		return sender, nil
	}
	return nil, fmt.Errorf("%w: nothing is configured to send %s", ErrPermanent, m)
}

// presentable returns m fit for any sender: its subject on one line. It
// refuses an address with a control character, which could write headers or
// commands of its own; cutting it out would send a code to another address.
func presentable(m userpool.Message) (userpool.Message, error) {
	for _, address := range []string{m.To, m.From, m.ReplyTo} {
		if strings.ContainsFunc(address, unicode.IsControl) {
			return m, fmt.Errorf("%w: an address contains a control character", ErrPermanent)
		}
	}
	m.Subject = oneLine(m.Subject)
	return m, nil
}

// oneLine keeps a header value on one line: a line break in a subject would
// write headers of its own.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}
