package server_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// The database file and the master key of a stopped server are a complete copy.
func TestCopyOfStoppedServer(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	s, front := begin(t, config.Config{Mode: config.Dev, Data: from, Seed: true}, io.Discard)
	signUpDemo(t, front, "copied", "copied@example.com")
	front.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"lifeguard.db", "master.key"} {
		file, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), file, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	copied := start(t, config.Config{Mode: config.Dev, Data: to}, io.Discard)
	d := `{"UserPoolId":"us-east-1_Lifeguard","Username":"copied"}`
	if status, body := post(t, copied.URL, "AdminGetUser", d); status != 200 ||
		!strings.Contains(body, "copied@example.com") {
		t.Errorf("%d %s", status, body)
	}
}

// A directory can have one running server. Commands can run beside it.
func TestOneServerPerDirectory(t *testing.T) {
	c := config.Config{Mode: config.Dev, Data: t.TempDir(), Listen: "127.0.0.1:0", PublicURL: "http://127.0.0.1:9229"}
	s, _ := begin(t, c, io.Discard)
	var refused *config.FieldError
	if _, err := server.New(t.Context(), c, server.Parts{}); !errors.As(err, &refused) || refused.Field != "data" {
		t.Errorf("the second server: %v", err)
	}
	db, err := server.OpenStore(t.Context(), c, clock.System(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	begin(t, c, io.Discard)
}

// holder is the environment variable with the directory that a child process
// locks.
const holder = "LIFEGUARD_TEST_HOLD"

// TestKilledServerLeavesNoLock: after a kill, the next server can start at once.
func TestKilledServerLeavesNoLock(t *testing.T) {
	c := config.Config{Mode: config.Dev, Data: t.TempDir(), Listen: "127.0.0.1:0", PublicURL: "http://127.0.0.1:9229"}
	if dir := os.Getenv(holder); dir != "" {
		c.Data = dir
		begin(t, c, io.Discard)
		fmt.Println("ready")
		select {}
	}
	child := exec.Command(os.Args[0], "-test.run=^TestKilledServerLeavesNoLock$")
	child.Env = append(os.Environ(), holder+"="+c.Data)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "ready\n" {
		t.Errorf("the child wrote %q, %v", line, err)
	}
	if s, err := server.New(t.Context(), c, server.Parts{}); err == nil {
		t.Errorf("a second server started beside the child: %v", s.Close())
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	begin(t, c, io.Discard)
}
