package smtp_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/smtp"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var _ deliver.Sender = (*smtp.Sender)(nil)

var letter = userpool.Message{
	ID: "0b9f2a4e-7c1d-4d58-9a3e-2f6b8c0d1e2f", Medium: userpool.Email, To: "ann@example.com",
	From: "Example ID <id@example.net>", ReplyTo: "help@example.net", Subject: "Ihr Code für Zürich",
	Body: "<p>Your code is <b>123456</b>.</p>\n.\n<p>Ann &lt;3 &amp; <a " +
		"href=\"https://id.example.net/?a=1&amp;b=2\">here</a></p>",
	Created: time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC),
}

// dial returns a sender for a server; set changes its configuration.
func dial(t *testing.T, m *mailServer, set func(*smtp.Config)) *smtp.Sender {
	t.Helper()
	c := smtp.Config{Addr: m.address, RootCAs: m.roots, HELO: "lifeguard.example.net", Timeout: 5 * time.Second}
	if set != nil {
		set(&c)
	}
	s, err := smtp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// content is a decoded e-mail.
type content struct {
	Header      map[string]string
	Plain, HTML string
}

func decode(t *testing.T, raw string) content {
	t.Helper()
	parsed, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatalf("%v in %q", err, raw)
	}
	c := content{Header: map[string]string{}}
	for _, name := range []string{"From", "To", "Reply-To", "Subject", "Date", "Message-Id", "Auto-Submitted", "Bcc"} {
		if c.Header[name], err = new(mime.WordDecoder).DecodeHeader(parsed.Header.Get(name)); err != nil {
			t.Fatal(err)
		}
	}
	kind, parameters, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatalf("content type %q: %v", kind, err)
	}
	parts := multipart.NewReader(parsed.Body, parameters["boundary"])
	for _, into := range []*string{&c.Plain, &c.HTML} {
		part, err := parts.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(part))
		if err != nil {
			t.Fatal(err)
		}
		*into = part.Header.Get("Content-Type") + "\n" + strings.ReplaceAll(string(body), "\r\n", "\n")
	}
	return c
}

func TestLetter(t *testing.T) {
	server := newMailServer(t, nil)
	if err := dial(t, server, nil).Send(t.Context(), letter); err != nil {
		t.Fatal(err)
	}
	got := server.received()
	if len(got) != 1 || got[0].from != "id@example.net" || got[0].to != "ann@example.com" || !got[0].encrypted {
		t.Fatalf("received %+v", got)
	}
	want := content{
		Header: map[string]string{
			"From": `"Example ID" <id@example.net>`, "To": "<ann@example.com>", "Reply-To": "<help@example.net>",
			"Subject": letter.Subject, "Date": "Tue, 24 Nov 2026 12:00:00 +0000",
			"Message-Id":     "<0b9f2a4e-7c1d-4d58-9a3e-2f6b8c0d1e2f@example.net>",
			"Auto-Submitted": "auto-generated", "Bcc": "",
		},
		Plain: "text/plain; charset=UTF-8\nYour code is 123456.\n\n.\nAnn <3 & here (https://id.example.net/?a=1&b=2)",
		HTML:  "text/html; charset=UTF-8\n" + letter.Body,
	}
	if diff := cmp.Diff(want, decode(t, got[0].raw)); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(server.transcript(), "EHLO lifeguard.example.net") {
		t.Errorf("commands: %s", server.transcript())
	}
}

// A duplicate after a crash must be detectable.
func TestMessageIDIsStable(t *testing.T) {
	server := newMailServer(t, nil)
	s := dial(t, server, nil)
	other := letter
	other.ID = "another"
	for _, m := range []userpool.Message{letter, letter, other} {
		if err := s.Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
	}
	var ids []string
	for _, m := range server.received() {
		ids = append(ids, decode(t, m.raw).Header["Message-Id"])
	}
	if len(ids) != 3 || ids[0] != ids[1] || ids[0] == ids[2] {
		t.Errorf("message ids %v", ids)
	}
}

func TestSender(t *testing.T) {
	for _, c := range []struct{ pool, config, want string }{
		{"id@example.net", "relay@example.org", "id@example.net"},
		{deliver.DefaultSender, "relay@example.org", "relay@example.org"},
		{"", "Relay <relay@example.org>", "relay@example.org"},
		{deliver.DefaultSender, "", deliver.DefaultSender},
	} {
		server := newMailServer(t, nil)
		m := letter
		m.From = c.pool
		if err := dial(t, server, func(s *smtp.Config) { s.From = c.config }).Send(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		if got := server.received()[0].from; got != c.want {
			t.Errorf("pool %q, server %q: from %q, want %q", c.pool, c.config, got, c.want)
		}
	}
}

func TestTLSAndLogin(t *testing.T) {
	withLogin := func(m *mailServer) { m.login = "relay:s3cret" }
	login := func(c *smtp.Config) { c.Username, c.Password = "relay", "s3cret" }
	implicit := func(m *mailServer) { m.implicit = true }
	implicitClient := func(c *smtp.Config) { c.TLS = smtp.Implicit }
	plaintext := func(c *smtp.Config) { c.TLS = smtp.None }
	for _, c := range []struct {
		name      string
		server    func(*mailServer)
		config    func(*smtp.Config)
		encrypted bool
		user      string
	}{
		{"starttls", nil, nil, true, ""},
		{"starttls with login", withLogin, login, true, "relay"},
		{"implicit", implicit, implicitClient, true, ""},
		{"implicit with login", func(m *mailServer) {
			implicit(m)
			withLogin(m)
		}, func(c *smtp.Config) {
			implicitClient(c)
			login(c)
		}, true, "relay"},
		{"none", nil, plaintext, false, ""},
		{"none with login", withLogin, func(c *smtp.Config) {
			plaintext(c)
			login(c)
		}, false, "relay"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newMailServer(t, c.server)
			if err := dial(t, server, c.config).Send(t.Context(), letter); err != nil {
				t.Fatal(err)
			}
			if got := server.received(); len(got) != 1 || got[0].encrypted != c.encrypted || got[0].user != c.user {
				t.Errorf("received %+v", got)
			}
		})
	}
}

// An attacker on the network cannot read codes, or cause a plaintext
// connection.
func TestRefusesToBeDowngraded(t *testing.T) {
	for name, c := range map[string]struct {
		server func(*mailServer)
		config func(*smtp.Config)
	}{
		"no STARTTLS offered": {func(m *mailServer) { m.noStartTLS = true }, nil},
		"STARTTLS refused": {
			func(m *mailServer) { m.answers = map[string]string{"STARTTLS": "454 not now"} }, nil,
		},
		"unknown certificate": {nil, func(c *smtp.Config) { c.RootCAs = nil }},
		"unknown certificate, direct": {
			func(m *mailServer) { m.implicit = true }, func(c *smtp.Config) { c.RootCAs, c.TLS = nil, smtp.Implicit },
		},
		"another server's name": {
			nil, func(c *smtp.Config) { c.Addr = strings.Replace(c.Addr, "127.0.0.1", "localhost", 1) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := newMailServer(t, func(m *mailServer) {
				m.login = "relay:s3cret"
				if c.server != nil {
					c.server(m)
				}
			})
			err := dial(t, server, func(s *smtp.Config) {
				s.Username, s.Password = "relay", "s3cret"
				if c.config != nil {
					c.config(s)
				}
			}).Send(t.Context(), letter)
			if err == nil || errors.Is(err, deliver.ErrPermanent) {
				t.Errorf("error %v, want one that is retried", err)
			}
			transcript := server.transcript()
			if strings.Contains(transcript, "AUTH") || strings.Contains(transcript, "MAIL") {
				t.Errorf("the server received %s", transcript)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		step, answer string
		permanent    bool
	}{
		{"MAIL", "550 5.7.1 sender not allowed", true},
		{"MAIL", "451 4.3.0 try later", false},
		{"MAIL", "530 5.7.0 authentication required", false},
		{"RCPT", "550 5.1.1 no such user", true},
		{"RCPT", "553 5.1.3 bad address", true},
		{"RCPT", "450 4.2.1 mailbox busy", false},
		{"RCPT", "421 4.3.2 shutting down", false},
		{"DATA", "554 5.7.1 no", true},
		{"DATA", "451 4.3.0 try later", false},
		{"END", "554 5.7.1 spam", true},
		{"END", "552 5.3.4 too big", true},
		{"END", "452 4.3.1 disk full", false},
		// Replies that refuse the client, not the message.
		{"GREETING", "554 5.7.1 your address is listed", false},
		{"GREETING", "421 4.3.2 too many connections", false},
		{"AUTH", "535 5.7.8 wrong password", false},
		{"AUTH", "454 4.7.0 try later", false},
	} {
		t.Run(c.step+" "+c.answer[:3], func(t *testing.T) {
			server := newMailServer(t, func(m *mailServer) {
				m.login, m.answers = "relay:s3cret", map[string]string{c.step: c.answer}
				m.extensions = []string{"ENHANCEDSTATUSCODES"}
			})
			s := dial(t, server, func(c *smtp.Config) { c.Username, c.Password = "relay", "s3cret" })
			err := s.Send(t.Context(), letter)
			if err == nil || errors.Is(err, deliver.ErrPermanent) != c.permanent {
				t.Errorf("error %v, want permanent %v", err, c.permanent)
			}
			if err != nil && (!strings.Contains(err.Error(), c.answer[:3]) || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("error %v", err)
			}
			if got := server.received(); len(got) != 0 {
				t.Errorf("received %+v", got)
			}
		})
	}
}

// Once the server has accepted the message, no error may cause another attempt.
func TestErrorOfQuitIsIgnored(t *testing.T) {
	for name, set := range map[string]func(*mailServer){
		"refused": func(m *mailServer) { m.answers = map[string]string{"QUIT": "500 what?"} },
		"hanging": func(m *mailServer) { m.hangAt = "QUIT" },
	} {
		server := newMailServer(t, set)
		err := dial(t, server, func(c *smtp.Config) { c.Timeout = 200 * time.Millisecond }).Send(t.Context(), letter)
		if err != nil || len(server.received()) != 1 {
			t.Errorf("%s: %v, received %d", name, err, len(server.received()))
		}
	}
}

func TestHangingServer(t *testing.T) {
	for _, step := range []string{"GREETING", "EHLO", "STARTTLS", "AUTH", "MAIL", "RCPT", "DATA", "END"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, func(m *mailServer) { m.login, m.hangAt = "relay:s3cret", step })
			s := dial(t, server, func(c *smtp.Config) {
				c.Username, c.Password, c.Timeout = "relay", "s3cret", 300*time.Millisecond
			})
			err := s.Send(t.Context(), letter)
			var timeout net.Error
			if err == nil || errors.Is(err, deliver.ErrPermanent) {
				t.Errorf("error %v, want one that is retried", err)
			} else if !errors.As(err, &timeout) && !strings.Contains(err.Error(), "timeout") {
				t.Errorf("error %v, want a timeout", err)
			}
		})
	}
}

// The worker's context ends a send at any step, however long the timeouts are.
func TestContextEndsASend(t *testing.T) {
	for _, step := range []string{"GREETING", "MAIL", "END"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			server := newMailServer(t, func(m *mailServer) { m.hangAt = step })
			s := dial(t, server, func(c *smtp.Config) { c.Timeout = time.Hour })
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if err := s.Send(ctx, letter); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestConnectionRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	s, err := smtp.New(smtp.Config{Addr: address})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), letter); err == nil || errors.Is(err, deliver.ErrPermanent) {
		t.Errorf("error %v, want one that is retried", err)
	}
}

// R8: input of users must not inject a header, command or recipient.
func TestHostileMessages(t *testing.T) {
	server := newMailServer(t, nil)
	s := dial(t, server, nil)
	to := func(address string) userpool.Message {
		m := letter
		m.To = address
		return m
	}
	from := func(address string) userpool.Message {
		m := letter
		m.From = address
		return m
	}
	replyTo := func(address string) userpool.Message {
		m := letter
		m.ReplyTo = address
		return m
	}
	for name, m := range map[string]userpool.Message{
		"line break in recipient": to("ann@example.com\r\nRCPT TO:<eve@example.org>"),
		"folded recipient":        to("ann@example.com\r\n "),
		"two recipients":          to("ann@example.com, eve@example.org"),
		"named recipient":         to("Ann <eve@example.org>"),
		"closed path":             to("ann@example.com>\r\nDATA"),
		"no address":              to("ann"),
		"empty recipient":         to(""),
		"line break in sender":    from("id@example.net\r\nBcc: eve@example.org"),
		"sender is no address":    from("nobody"),
		"line break in reply-to":  replyTo("help@example.net\nBcc: eve@example.org"),
	} {
		if err := s.Send(t.Context(), m); !errors.Is(err, deliver.ErrPermanent) {
			t.Errorf("%s: %v", name, err)
		} else if strings.Contains(err.Error(), "example") {
			t.Errorf("%s: the error repeats the address: %v", name, err)
		}
	}
	if transcript := server.transcript(); transcript != "" {
		t.Errorf("the server received: %s", transcript)
	}

	injecting := letter
	injecting.Subject = "Hello\r\nBcc: eve@example.org\r\n\r\nnew body"
	injecting.Body = "a\r\n.\r\nMAIL FROM:<eve@example.org>\n.\nb\r.\rc"
	if err := s.Send(t.Context(), injecting); err != nil {
		t.Fatal(err)
	}
	got := server.received()
	if len(got) != 1 || got[0].to != letter.To {
		t.Fatalf("received %+v", got)
	}
	if c := decode(t, got[0].raw); c.Header["Bcc"] != "" || strings.Contains(c.HTML, "new body") ||
		!strings.HasSuffix(c.HTML, "c") {
		t.Errorf("received %+v", c)
	}
}

func TestConfiguration(t *testing.T) {
	for _, c := range []struct {
		config smtp.Config
		want   string // part of the error; empty: accepted
	}{
		{smtp.Config{Addr: "mail.example.com:587"}, ""},
		{smtp.Config{Addr: "mail.example.com:465", TLS: "implicit"}, ""},
		{smtp.Config{Addr: "localhost:25", TLS: "none"}, ""},
		{smtp.Config{Addr: "[::1]:25", TLS: "none"}, ""},
		{smtp.Config{Addr: "127.0.0.2:25", TLS: "none"}, ""},
		{smtp.Config{Addr: "mail:25", TLS: "none", Plaintext: true}, ""},
		{smtp.Config{Addr: "mail:25", TLS: "none"}, "--smtp-tls"},
		{smtp.Config{Addr: "localhost.example.com:25", TLS: "none"}, "--smtp-tls"},
		{smtp.Config{Addr: "mail:25", TLS: "maybe"}, "--smtp-tls"},
		{smtp.Config{Addr: "mail"}, "--smtp-addr"},
		{smtp.Config{Addr: ":25"}, "--smtp-addr"},
		{smtp.Config{Addr: "mail:smtp"}, "--smtp-addr"},
		{smtp.Config{Addr: "mail:65536"}, "--smtp-addr"},
		{smtp.Config{Addr: "mail:0"}, "--smtp-addr"},
		{smtp.Config{Addr: "mail:25", From: "nobody"}, "--smtp-from"},
		{smtp.Config{Addr: "mail:25", From: "a@example.com\r\nBcc: b@example.com"}, "--smtp-from"},
	} {
		_, err := smtp.New(c.config)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
}

func TestPasswordIsNotPrinted(t *testing.T) {
	c := smtp.Config{Addr: "mail:25", Username: "relay", Password: "s3cret"}
	s, err := smtp.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if text := fmt.Sprintf("%v %+v %#v %v %+v %#v", c, c, c, s, s, s); strings.Contains(text, "s3cret") {
		t.Errorf("printed: %s", text)
	}
}
