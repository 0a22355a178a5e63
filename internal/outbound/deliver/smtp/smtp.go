// Package smtp sends mail through an SMTP server (RFC 5321), with STARTTLS
// (RFC 3207) or implicit TLS. Signing with DKIM is the relay's task.
package smtp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"lifeguard/internal/outbound/deliver"
	"lifeguard/internal/userpool"
)

// Config says how to reach the server.
type Config struct {
	Addr     string // host:port
	Username string
	Password userpool.Secret
	// TLS is starttls (the default), implicit or none; none only reaches
	// servers on this machine.
	TLS string
	// From is the sender where a pool names none of its own.
	From    string
	Timeout time.Duration // ten seconds when zero
}

// Sender sends mail.
type Sender struct {
	config Config
	client *mail.Client
}

// New checks the configuration; it does not connect.
func New(c Config) (*Sender, error) {
	host, portText, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("--smtp-addr: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("--smtp-addr: %q is no port", portText)
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	options := []mail.Option{mail.WithPort(port), mail.WithTimeout(c.Timeout), mail.WithoutNoop()}
	switch c.TLS {
	case "", "starttls":
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	case "implicit":
		options = append(options, mail.WithSSL())
	case "none":
		if !loopback(host) {
			return nil, errors.New("--smtp-tls: none would send codes and passwords in clear; it is for servers on this machine only")
		}
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	}
	if c.Username != "" {
		kind := mail.SMTPAuthPlain
		if c.TLS == "none" {
			kind = mail.SMTPAuthPlainNoEnc
		}
		options = append(options, mail.WithSMTPAuth(kind), mail.WithUsername(c.Username), mail.WithPassword(c.Password.Reveal()))
	}
	client, err := mail.NewClient(host, options...)
	if err != nil {
		return nil, fmt.Errorf("--smtp-addr: %w", err)
	}
	return &Sender{config: c, client: client}, nil
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// Send delivers one message. A refusal that the server calls permanent (5xx)
// and an address that is none are deliver.ErrPermanent.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	letter, err := s.letter(m)
	if err != nil {
		return errors.Join(err, deliver.ErrPermanent)
	}
	err = s.client.DialAndSendWithContext(ctx, letter)
	var refused *mail.SendError
	if errors.As(err, &refused) && !refused.IsTemp() && refused.ErrorCode() >= 500 {
		return errors.Join(err, deliver.ErrPermanent)
	}
	return err
}

func (s *Sender) letter(m userpool.Message) (*mail.Msg, error) {
	letter := mail.NewMsg()
	from := m.From
	if s.config.From != "" && from == deliver.DefaultSender {
		from = s.config.From
	}
	if err := letter.From(from); err != nil {
		return nil, errors.New("the sender is not an address")
	}
	if err := letter.To(m.To); err != nil {
		return nil, errors.New("the recipient is not an address")
	}
	if m.ReplyTo != "" {
		if err := letter.ReplyTo(m.ReplyTo); err != nil {
			return nil, errors.New("the reply-to is not an address")
		}
	}
	letter.Subject(m.Subject)
	letter.SetDateWithValue(m.Created)
	// Stable, so that a duplicate after a crash is recognised as one.
	letter.SetMessageIDWithValue(m.ID + "@lifeguard")
	letter.SetBodyString(mail.TypeTextHTML, m.Body)
	return letter, nil
}
