package server_test

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// The database file and the master key of a server that has stopped are a
// whole copy of it.
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
	if status, body := post(t, copied.URL, "AdminGetUser", d); status != 200 || !strings.Contains(body, "copied@example.com") {
		t.Errorf("%d %s", status, body)
	}
}
