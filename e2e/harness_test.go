package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

const (
	// timeout is the time limit for operations that usually take milliseconds:
	// the machine may be busy.
	timeout = 2 * time.Minute
	pollGap = 5 * time.Millisecond
)

// binary is the server under test, built once.
var binary string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "lifeguard-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // other users run it too
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binary = filepath.Join(dir, "lifeguard")
	build := exec.Command("go", "build", "-o", binary, "./cmd/lifeguard")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the server: %v\n%s", err, out)
		return 1
	}
	// The developer's own AWS configuration must have no effect.
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		os.Setenv(name, os.DevNull)
	}
	os.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for _, name := range []string{"AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"} {
		os.Unsetenv(name)
	}
	return m.Run()
}

// transcript collects the output of a process.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *transcript) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// server is a running lifeguard.
type server struct {
	URL         string
	metrics     string // URL of the metrics; serve only
	store       *storage
	stdout, log *transcript
	process     *os.Process
	exited      chan struct{}
	exit        error
	once        sync.Once
}

// startDev starts `lifeguard dev` on a free port and stops it with the test.
func startDev(t *testing.T, st *storage, args ...string) *server {
	t.Helper()
	args = append([]string{"dev", "--listen", "127.0.0.1:0"}, args...)
	s := spawn(t, st, args...)
	endpoint := regexp.MustCompile(`(?m)^endpoint: (\S+)$`)
	s.until(t, "the endpoint line", func() bool {
		found := endpoint.FindStringSubmatch(s.stdout.String())
		if found == nil {
			return false
		}
		s.URL = found[1]
		return true
	})
	s.awaitReady(t)
	return s
}

// startServe starts `lifeguard serve` with --behind-proxy, and without a sender
// unless args name one.
func startServe(t *testing.T, st *storage, args ...string) *server {
	t.Helper()
	address, metrics := freeAddress(t), freeAddress(t)
	if !slices.Contains(args, "--smtp-addr") {
		args = append([]string{"--email", "none"}, args...)
	}
	s := spawn(t, st, append([]string{
		"serve", "--listen", address, "--metrics-listen", metrics,
		"--public-url", "http://" + address, "--behind-proxy",
	}, args...)...)
	s.URL, s.metrics = "http://"+address, "http://"+metrics+"/metrics"
	s.awaitReady(t)
	return s
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// spawn starts the binary with the storage's flags and environment.
func spawn(t *testing.T, st *storage, args ...string) *server {
	t.Helper()
	cmd := exec.Command(binary, append(args, st.flags...)...)
	cmd.Dir, cmd.SysProcAttr = st.dir, st.process
	cmd.Env = append(os.Environ(), append([]string{
		"LIFEGUARD_DRAIN_DELAY=0s", "LIFEGUARD_HTTPS_LISTEN=", // no port beside the one of the test
	}, st.env...)...)
	s := &server{store: st, stdout: &transcript{}, log: &transcript{}, exited: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = s.stdout, s.log
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting %v: %v", args, err)
	}
	s.process = cmd.Process
	go func() {
		s.exit = cmd.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() {
		s.stop(t)
		if t.Failed() {
			t.Logf("end of the log of %v:\n%s", args, tail(s.log.String(), 30))
		}
	})
	return s
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// until polls until a condition on the server is true.
func (s *server) until(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(timeout)
	tick := time.NewTicker(pollGap)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-s.exited:
			if !done() {
				t.Fatalf("waiting for %s: the server ended: %v\n%s", what, s.exit, tail(s.log.String(), 30))
			}
		case <-deadline:
			t.Fatalf("waiting for %s: timeout after %v\n%s", what, timeout, tail(s.log.String(), 30))
		}
	}
}

func (s *server) awaitReady(t *testing.T) {
	t.Helper()
	s.until(t, "/readyz", func() bool { return s.serves("/readyz") })
}

// serves reports whether a GET of the path succeeds.
func (s *server) serves(path string) bool {
	res, err := http.Get(s.URL + path)
	if err != nil {
		return false
	}
	res.Body.Close()
	return res.StatusCode == http.StatusOK
}

// stop sends SIGTERM and fails the test unless the server exits with status 0.
func (s *server) stop(t *testing.T) {
	t.Helper()
	s.once.Do(func() {
		// A stopping server waits for connections that were opened but not used.
		http.DefaultClient.CloseIdleConnections()
		if err := s.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("stopping the server: %v", err)
		}
		select {
		case <-s.exited:
			if s.exit != nil {
				t.Errorf("the server ended with %v\n%s", s.exit, tail(s.log.String(), 30))
			}
		case <-time.After(timeout):
			_ = s.process.Kill()
			t.Errorf("the server did not end within %v of SIGTERM", timeout)
		}
	})
}

// command runs the binary and waits for it to exit.
func command(t *testing.T, st *storage, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = os.Environ()
	cmd.Dir = t.TempDir()
	if st != nil {
		cmd.Args = append(cmd.Args, st.flags...)
		cmd.Env = append(cmd.Env, st.env...)
		cmd.Dir, cmd.SysProcAttr = st.dir, st.process
	}
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	err = cmd.Run()
	return out.String(), problems.String(), err
}
