package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// signal sends a signal and waits for a log line.
func (s *server) signal(t *testing.T, sig os.Signal, line string) {
	t.Helper()
	before := strings.Count(s.log.String(), line)
	if err := s.process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	s.until(t, fmt.Sprintf("%q in the log", line), func() bool { return strings.Count(s.log.String(), line) > before })
}

// awaitExit waits for the process to exit, with status 0.
func (s *server) awaitExit(t *testing.T) {
	t.Helper()
	select {
	case <-s.exited:
	case <-time.After(timeout):
		t.Fatal("the server does not exit")
	}
	if s.exit != nil {
		t.Errorf("the server ended with %v\n%s", s.exit, tail(s.log.String(), 10))
	}
}

// TestDrainDelay: a stopping server is not ready and continues to serve during
// the delay; a second signal ends it immediately.
func TestDrainDelay(t *testing.T) {
	st := sqlite.make(t)
	srv := startServe(t, st, "--drain-delay", "1h")
	// A separate connection, opened before the stop.
	client := &http.Client{Transport: &http.Transport{}}
	read := func(path string) *http.Response {
		res := ok(client.Get(srv.URL + path))(t)
		_, _ = io.Copy(io.Discard, res.Body)
		res.Body.Close()
		return res
	}
	if res := read("/healthz"); res.Close {
		t.Error("the connection ends before the stop")
	}
	srv.signal(t, syscall.SIGTERM, "stopping")
	srv.until(t, "unready", func() bool { return !srv.serves("/readyz") })
	if res := read("/healthz"); res.StatusCode != http.StatusOK || !res.Close {
		t.Errorf("while it stops: %s, the connection ends: %v", res.Status, res.Close)
	}
	srv.signal(t, syscall.SIGTERM, "a second signal")
	srv.awaitExit(t)
}

// TestStopWithIncompleteRequest: an incomplete request delays the stop until a
// second signal; the exit status is 0.
func TestStopWithIncompleteRequest(t *testing.T) {
	srv := startDev(t, sqlite.make(t), "--no-seed")
	conn := ok(net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://")))(t)
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"+
		"X-Amz-Target: AWSCognitoIdentityProviderService.SignUp\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	// The server has sent 100 Continue: the request is in progress.
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.Contains(line, "100 Continue") {
		t.Fatalf("%q, %v", line, err)
	}
	srv.signal(t, os.Interrupt, "stopping")
	select {
	case <-srv.exited:
		t.Fatal("the server did not wait for a request")
	default:
	}
	srv.signal(t, os.Interrupt, "stopped at once")
	srv.awaitExit(t)
}

// TestInterruptedSeed: Ctrl-C while the demonstration pool is created is not an
// error.
func TestInterruptedSeed(t *testing.T) {
	st := sqlite.make(t)
	srv := spawn(t, st, "dev", "--listen", "127.0.0.1:0")
	srv.until(t, "the seed", func() bool { return strings.Contains(srv.log.String(), "making the demonstration pool") })
	srv.signal(t, os.Interrupt, "stop")
	srv.awaitExit(t)
}

// TestHangup: SIGHUP, which service managers and closing terminals send, does not
// stop the server in either mode.
func TestHangup(t *testing.T) {
	for mode, srv := range map[string]*server{
		"dev": startDev(t, sqlite.make(t), "--no-seed"), "serve": startServe(t, sqlite.make(t)),
	} {
		srv.signal(t, syscall.SIGHUP, "SIGHUP")
		if !srv.serves("/readyz") {
			t.Errorf("%s is not ready after SIGHUP", mode)
		}
	}
}

// TestListenOnEveryAddress: the announced address can be used, and a warning about
// the network is printed.
func TestListenOnEveryAddress(t *testing.T) {
	srv := startDev(t, sqlite.make(t), "--no-seed", "--listen", "0.0.0.0:0")
	if !strings.HasPrefix(srv.URL, "http://127.0.0.1:") || !strings.Contains(srv.stdout.String(), "network: ") {
		t.Errorf("announced %s:\n%s", srv.URL, srv.stdout)
	}
	if local := startDev(t, sqlite.make(t), "--no-seed"); strings.Contains(local.stdout.String(), "network: ") {
		t.Errorf("a warning on loopback:\n%s", local.stdout)
	}
}
