//go:build unix

package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// stopAfterWrite keeps what is written, and stops this process's server after the
// first write.
type stopAfterWrite struct{ writes []string }

func (w *stopAfterWrite) Write(p []byte) (int, error) {
	w.writes = append(w.writes, string(p))
	if len(w.writes) > 1 {
		return len(p), nil
	}
	return len(p), syscall.Kill(os.Getpid(), syscall.SIGTERM)
}

// TestWelcomeIsOneWrite: a program that waits in a pipe for one line of the start-up
// text can read the other lines without waiting again.
func TestWelcomeIsOneWrite(t *testing.T) {
	var out stopAfterWrite
	var log strings.Builder
	status := run([]string{
		"dev", "--data", ":memory:", "--listen", "127.0.0.1:0",
		"--https-listen", "127.0.0.1:0", "--authority", t.TempDir(),
	}, &out, &log)
	if status != 0 || len(out.writes) != 1 {
		t.Fatalf("status %d, written: %q\n%s", status, out.writes, log.String())
	}
	for _, part := range []string{"endpoint: ", "https: ", "sign-in page: ", "export SSL_CERT_FILE="} {
		if !strings.Contains(out.writes[0], part) {
			t.Errorf("%q is not in\n%s", part, out.writes[0])
		}
	}
}
