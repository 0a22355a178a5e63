package smtp_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
)

// mailServer is an SMTP server (RFC 5321) on a real socket.
type mailServer struct {
	address string
	cert    tls.Certificate
	roots   *x509.CertPool

	// Behaviour, set before the first connection.
	noStartTLS bool
	implicit   bool              // TLS from the first byte
	extensions []string          // further lines of the EHLO answer
	login      string            // "user:password" that AUTH requires
	answers    map[string]string // verb, or GREETING, or END (of DATA), to the reply for it
	hangAt     string            // a key of answers after which the server sends nothing

	mu       sync.Mutex
	mails    []mailed
	commands []string
}

// mailed is one accepted e-mail with its envelope.
type mailed struct {
	from, to, raw string
	encrypted     bool
	user          string
}

func newMailServer(t *testing.T, set func(*mailServer)) *mailServer {
	t.Helper()
	m := &mailServer{}
	m.cert, m.roots = selfSigned(t)
	if set != nil {
		set(m)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.address = listener.Addr().String()
	var sessions sync.WaitGroup
	stopped := make(chan struct{})
	sessions.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() {
				defer conn.Close()
				m.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		go func() {
			sessions.Wait()
			close(stopped)
		}()
		select {
		case <-stopped:
		case <-time.After(2 * time.Minute):
			t.Error("the sender left a connection open")
		}
	})
	return m
}

func (m *mailServer) received() []mailed {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]mailed(nil), m.mails...)
}

func (m *mailServer) transcript() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.commands, "\n")
}

// session is one connection.
type session struct {
	*mailServer
	conn net.Conn
	in   *bufio.Reader
	mail mailed
}

func (m *mailServer) serve(conn net.Conn) {
	c := &session{mailServer: m, conn: conn}
	if m.implicit {
		c.encrypt()
	}
	c.in = bufio.NewReader(c.conn)
	if !c.answer("GREETING", "220 mail.example.com ESMTP") {
		return
	}
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		m.mu.Lock()
		m.commands = append(m.commands, line)
		m.mu.Unlock()
		if !c.handle(line) {
			return
		}
	}
}

// answer sends the planned reply of a step, unless the test has set another,
// and reports whether the session continues as planned.
func (c *session) answer(step, planned string) bool {
	if c.hangAt == step {
		_, _ = c.in.ReadString(0) // until the client disconnects
		return false
	}
	if own, ok := c.answers[step]; ok {
		fmt.Fprint(c.conn, own+"\r\n")
		return step != "GREETING"
	}
	fmt.Fprint(c.conn, planned+"\r\n")
	return true
}

func (c *session) encrypt() {
	c.conn = tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{c.cert}})
	c.in, c.mail.encrypted = bufio.NewReader(c.conn), true
}

// handle runs one command and reports whether to continue.
func (c *session) handle(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch verb = strings.ToUpper(verb); verb {
	case "EHLO":
		return c.answer(verb, strings.Join(c.greeting(), "\r\n"))
	case "STARTTLS":
		if !c.answer(verb, "220 go on") {
			return false
		}
		c.encrypt()
		return true
	case "AUTH":
		return c.answer(verb, c.authenticate(rest))
	case "MAIL":
		c.mail.from = path(rest)
		return c.answer(verb, "250 ok")
	case "RCPT":
		c.mail.to = path(rest)
		return c.answer(verb, "250 ok")
	case "DATA":
		if !c.answer(verb, "354 go on") {
			return false
		}
		if _, refused := c.answers[verb]; refused {
			return true
		}
		return c.data()
	case "QUIT":
		c.answer(verb, "221 bye")
		return false
	default:
		return c.answer(verb, "250 ok")
	}
}

func (c *session) greeting() []string {
	lines := append([]string{"mail.example.com"}, c.extensions...)
	if !c.noStartTLS && !c.mail.encrypted {
		lines = append(lines, "STARTTLS")
	}
	if c.login != "" {
		lines = append(lines, "AUTH PLAIN LOGIN")
	}
	for i := range lines {
		separator := "-"
		if i == len(lines)-1 {
			separator = " "
		}
		lines[i] = "250" + separator + lines[i]
	}
	return lines
}

func (c *session) authenticate(rest string) string {
	encoded, _ := strings.CutPrefix(rest, "PLAIN ")
	plain, _ := base64.StdEncoding.DecodeString(encoded)
	user, password, _ := strings.Cut(strings.TrimPrefix(string(plain), "\x00"), "\x00")
	if user+":"+password != c.login {
		return "535 5.7.8 no"
	}
	c.mail.user = user
	return "235 welcome"
}

// data reads the message up to the line with a single dot.
func (c *session) data() bool {
	var raw strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	c.mail.raw = raw.String()
	if _, refused := c.answers["END"]; !refused && c.hangAt != "END" {
		c.mu.Lock()
		c.mails = append(c.mails, c.mail)
		c.mu.Unlock()
	}
	return c.answer("END", "250 ok")
}

// path returns the address in FROM:<path> with its parameters.
func path(rest string) string {
	_, address, _ := strings.Cut(rest, "<")
	address, _, _ = strings.Cut(address, ">")
	return address
}

func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	rand, now := entropy.System(), clock.System().Now()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.example.com"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
