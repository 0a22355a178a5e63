package deliver

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Sender delivers one message. An error that wraps ErrPermanent must not be
// retried. Senders are called concurrently.
type Sender interface {
	Send(ctx context.Context, m userpool.Message) error
}

// ErrPermanent marks failures that a retry cannot fix.
var ErrPermanent = after.ErrPermanent

// Senders are the senders by medium. A message of a medium without a sender
// fails permanently.
type Senders map[userpool.Medium]Sender

func (s Senders) of(m userpool.Medium) (Sender, error) {
	if sender := s[m]; sender != nil {
		return sender, nil
	}
	return nil, fmt.Errorf("%w: nothing is configured to send %s", ErrPermanent, m)
}

// sanitize returns m with its subject on one line. It refuses an address with a
// control character, which could inject headers or commands; to remove the
// character would send a code to another address.
func sanitize(m userpool.Message) (userpool.Message, error) {
	for _, address := range []string{m.To, m.From, m.ReplyTo} {
		if strings.ContainsFunc(address, unicode.IsControl) {
			return m, fmt.Errorf("%w: an address contains a control character", ErrPermanent)
		}
	}
	m.Subject = oneLine(m.Subject)
	return m, nil
}

// oneLine returns a header value on one line: a line break in a subject could
// inject headers.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, s)
}
