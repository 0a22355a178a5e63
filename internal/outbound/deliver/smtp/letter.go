package smtp

import (
	"errors"
	netmail "net/mail"
	"strings"

	"github.com/wneessen/go-mail"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// letter returns the e-mail for m, with its body as HTML and as text.
func (s *Sender) letter(m userpool.Message) (*mail.Msg, error) {
	sender := m.From
	if sender == "" || sender == deliver.DefaultSender {
		sender = s.config.From
	}
	from, err := address(sender)
	if err != nil {
		return nil, errors.New("the sender is not an address")
	}
	to, err := address(m.To)
	if err != nil || to.Address != m.To {
		return nil, errors.New("the recipient is not a bare address")
	}
	l := mail.NewMsg(mail.WithNoDefaultUserAgent())
	l.FromMailAddress(from)
	l.ToMailAddress(to)
	if m.ReplyTo != "" {
		replyTo, err := address(m.ReplyTo)
		if err != nil {
			return nil, errors.New("the reply-to is not an address")
		}
		l.ReplyToMailAddress(replyTo)
	}
	l.Subject(m.Subject)
	l.SetDateWithValue(m.Created)
	// The same for every attempt, so that a duplicate after a crash is detected.
	l.SetMessageIDWithValue(m.ID + from.Address[strings.LastIndexByte(from.Address, '@'):])
	// Prevents automatic replies (RFC 3834 section 5).
	l.SetGenHeader("Auto-Submitted", "auto-generated")
	l.SetBodyString(mail.TypeTextPlain, deliver.TextOf(m))
	if m.Body != "" {
		l.AddAlternativeString(mail.TypeTextHTML, m.Body)
	}
	return l, nil
}

// address parses one address, with or without a display name.
func address(s string) (*netmail.Address, error) {
	if strings.ContainsAny(s, "\r\n") {
		return nil, errors.New("a line break in an address")
	}
	return netmail.ParseAddress(s)
}
