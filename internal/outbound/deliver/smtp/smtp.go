package smtp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The TLS modes.
const (
	StartTLS = "starttls"
	Implicit = "implicit"
	None     = "none"
)

// Config is the configuration of the connection.
type Config struct {
	Addr     string // host:port
	Username string // empty: no AUTH
	Password userpool.Secret
	// TLS is StartTLS (the default, and never optional), Implicit or None. None is
	// allowed for servers on this machine only, unless Plaintext is set: codes and
	// passwords are then sent in plaintext.
	TLS       string
	Plaintext bool
	// RootCAs replaces the system's certificate authorities.
	RootCAs *x509.CertPool
	// From is the sender for pools without their own.
	From string
	HELO string // the name in EHLO; empty: the machine's
	// Timeout bounds connecting, including greeting, TLS and AUTH, and separately
	// sending. Zero means ten seconds.
	Timeout time.Duration
}

const defaultTimeout = 10 * time.Second

// Sender sends mail. Each message has its own connection.
type Sender struct {
	config  Config
	host    string
	options []mail.Option
}

// New checks the configuration; it does not connect. Errors contain the name of
// the setting.
func New(c Config) (*Sender, error) {
	host, portText, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, fmt.Errorf("--smtp-addr: %q is not host:port", c.Addr)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil || port == 0 || host == "" {
		return nil, fmt.Errorf("--smtp-addr: %q is not host:port", c.Addr)
	}
	if c.Timeout == 0 {
		c.Timeout = defaultTimeout
	}
	if c.From == "" {
		c.From = deliver.DefaultSender
	}
	if _, err := address(c.From); err != nil {
		return nil, fmt.Errorf("--smtp-from: %q is not an address", c.From)
	}
	s := &Sender{config: c, host: host, options: []mail.Option{
		mail.WithPort(int(port)), mail.WithTimeout(c.Timeout), mail.WithoutNoop(), mail.WithoutRset(),
	}}
	if c.HELO != "" {
		s.options = append(s.options, mail.WithHELO(c.HELO))
	}
	if err := s.secure(); err != nil {
		return nil, err
	}
	_, err = s.client(nil)
	return s, err
}

// secure adds the options for TLS and AUTH.
func (s *Sender) secure() error {
	c := s.config
	auth := []mail.SMTPAuthType{mail.SMTPAuthPlain, mail.SMTPAuthLogin, mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthCramMD5}
	policy := mail.NoTLS
	switch c.TLS {
	case "", StartTLS:
		policy = mail.TLSMandatory
	case Implicit: // dial starts TLS, not the library
	case None:
		if !c.Plaintext && !loopback(s.host) {
			return errors.New(
				"--smtp-tls: none would send codes and passwords in clear; it is for servers on this machine")
		}
		auth = []mail.SMTPAuthType{
			mail.SMTPAuthPlainNoEnc, mail.SMTPAuthLoginNoEnc, mail.SMTPAuthSCRAMSHA256, mail.SMTPAuthCramMD5,
		}
	default:
		return fmt.Errorf("--smtp-tls: %q is none of starttls, implicit and none", c.TLS)
	}
	s.options = append(s.options, mail.WithTLSPolicy(policy), mail.WithTLSConfig(s.tlsConfig()))
	if c.Username != "" {
		s.options = append(s.options, mail.WithOpportunisticSMTPAuth(auth...),
			mail.WithUsername(c.Username), mail.WithPassword(c.Password.Reveal()))
	}
	// fmt prints the password in an unexported field although it is a Secret.
	s.config.Password = ""
	return nil
}

func (s *Sender) tlsConfig() *tls.Config {
	return &tls.Config{ServerName: s.host, RootCAs: s.config.RootCAs, MinVersion: tls.VersionTLS12}
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

// Send delivers one message. A message that is not a valid e-mail, or that the
// server refuses permanently, is deliver.ErrPermanent.
func (s *Sender) Send(ctx context.Context, m userpool.Message) error {
	letter, err := s.letter(m)
	if err != nil {
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	// The library observes ctx only while it connects. Closing the connection ends
	// all later steps, and cleans up after errors.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	client, err := s.client(func(conn net.Conn) {
		context.AfterFunc(ctx, func() { _ = conn.Close() })
	})
	if err != nil {
		return err
	}
	err = client.DialAndSendWithContext(ctx, letter)
	if letter.IsDelivered() {
		// The server has accepted the message; an error of QUIT does not matter.
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	if final(err) {
		return fmt.Errorf("%w: %w", deliver.ErrPermanent, err)
	}
	return err
}

// client returns a client for one connection, which it passes to opened.
func (s *Sender) client(opened func(net.Conn)) (*mail.Client, error) {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		opened(conn)
		if s.config.TLS != Implicit {
			return conn, nil
		}
		secure := tls.Client(conn, s.tlsConfig())
		return secure, secure.HandshakeContext(ctx)
	}
	options := append([]mail.Option{mail.WithDialContextFunc(dial)}, s.options...)
	return mail.NewClient(s.host, options...)
}

// final reports whether the server refused the message itself (5xx to MAIL,
// RCPT or DATA; RFC 5321 section 4.2.1). A refused connection or
// authentication, and the codes that require one (RFC 4954 section 6), are
// errors of the configuration: the message can be sent once that is fixed.
func final(err error) bool {
	var refusal *mail.SendError
	if !errors.As(err, &refusal) {
		return false
	}
	switch code := refusal.ErrorCode(); code {
	case 530, 534, 535, 538:
		return false
	default:
		return code >= 500
	}
}
