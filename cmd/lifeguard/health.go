package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// healthTimeout is the time limit of a check.
const healthTimeout = 5 * time.Second

type healthCmd struct {
	Listen  string `help:"Address on which the server listens." default:"127.0.0.1:9229" env:"LIFEGUARD_LISTEN"`
	TLSCert string `help:"Set if the server itself terminates TLS, or --tls-dir or --acme." name:"tls-cert" placeholder:"FILE" env:"LIFEGUARD_TLS_CERT"`
	TLSDir  string `help:"As --tls-cert." name:"tls-dir" placeholder:"DIR" env:"LIFEGUARD_TLS_DIR"`
	ACME    bool   `help:"As --tls-cert." name:"acme" env:"LIFEGUARD_ACME"`
}

// Run checks whether a server on this machine is ready.
func (f *healthCmd) Run(out *output) error {
	ctx, cancel := context.WithTimeout(context.Background(), healthTimeout)
	defer cancel()
	status, body, err := f.readiness(ctx)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("not ready: %d %s", status, body)
	}
	_, err = fmt.Fprintln(out.stdout, body)
	return err
}

// readiness requests /readyz. The certificate is not verified: it is for the
// public name, and the response is not secret.
func (f *healthCmd) readiness(ctx context.Context) (status int, body string, err error) {
	address := reachable(f.Listen)
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return 0, "", err
	}
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if f.TLSCert != "" || f.TLSDir != "" || f.ACME {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12})
	}
	defer conn.Close()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/readyz", nil)
	if err != nil {
		return 0, "", err
	}
	if err := r.Write(conn); err != nil {
		return 0, "", err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), r)
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	return answer.StatusCode, strings.TrimSpace(string(text)), err
}
