package e2e

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// mailServer receives e-mail by SMTP (RFC 5321) and stores it.
type mailServer struct {
	address string
	mu      sync.Mutex
	mails   []mailed
}

// mailed is one e-mail: its recipient and its decoded text.
type mailed struct{ to, text string }

func newMailServer(t *testing.T) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mailServer{address: listener.Addr().String()}
	var serving sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		serving.Wait()
	})
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { m.serve(conn) })
		}
	})
	return m
}

// serve serves one connection until the client closes it.
func (m *mailServer) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	reply := func(line string) { fmt.Fprint(conn, line+"\r\n") }
	reply("220 mail.example.com ESMTP")
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch strings.ToUpper(verb) {
		case "EHLO", "HELO":
			reply("250-mail.example.com")
			reply("250 8BITMIME")
		case "RCPT":
			to = address(rest)
			reply("250 ok")
		case "DATA":
			reply("354 go on")
			m.store(to, readDots(in))
			reply("250 ok")
		case "QUIT":
			reply("221 bye")
			return
		default:
			reply("250 ok")
		}
	}
}

// address returns the path of TO:<path>.
func address(rest string) string {
	_, path, _ := strings.Cut(rest, "<")
	path, _, _ = strings.Cut(path, ">")
	return path
}

// readDots reads a message up to the line with a single dot.
func readDots(in *bufio.Reader) string {
	var text strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return text.String()
		}
		text.WriteString(strings.TrimPrefix(line, "."))
	}
}

func (m *mailServer) store(to, raw string) {
	text := raw
	if parsed, err := mail.ReadMessage(strings.NewReader(raw)); err == nil {
		var body io.Reader = parsed.Body
		switch strings.ToLower(parsed.Header.Get("Content-Transfer-Encoding")) {
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		if decoded, err := io.ReadAll(body); err == nil {
			text = string(decoded)
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.mails = append(m.mails, mailed{to, text})
}

var sixDigits = regexp.MustCompile(`\b\d{6}\b`)

// codes are the six-digit codes that were sent to an address, oldest first.
func (m *mailServer) codes(to string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []string
	for _, one := range m.mails {
		if code := sixDigits.FindString(one.text); one.to == to && code != "" {
			found = append(found, code)
		}
	}
	return found
}

// code waits for the n-th code sent to an address.
func (m *mailServer) code(t *testing.T, srv *server, to string, n int) string {
	t.Helper()
	srv.until(t, "a code by e-mail to "+to, func() bool { return len(m.codes(to)) >= n })
	return m.codes(to)[n-1]
}
