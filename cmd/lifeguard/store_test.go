package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Commands create neither a store nor a key if there is none, and do not change
// other files.
func TestCommandsMakeNoStore(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "mistyped")
	lost := newStore(t)
	if err := os.Remove(filepath.Join(lost, "master.key")); err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	nowhere := "postgres://127.0.0.1:1/none?sslmode=disable"
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"access key": {
			[]string{"access-key", "create", "--data", missing}, []string{"--data", missing, "lifeguard migrate"},
		},
		"rotation":          {[]string{"master-key", "rotate", "--data", missing}, []string{"--data", missing}},
		"lost key":          {[]string{"access-key", "list", "--data", lost}, []string{"--master-key-file", "backup"}},
		"lost key, migrate": {[]string{"migrate", "--data", lost}, []string{"--master-key-file", "backup"}},
		"migrate": {
			[]string{"migrate", "--database", nowhere}, []string{"--master-key-file", "same on every node"},
		},
		"PostgreSQL": {
			[]string{"access-key", "list", "--database", nowhere}, []string{"--master-key-file", "same on every node"},
		},
	} {
		status, _, errs := command(c.args...)
		for _, s := range c.want {
			if status == 0 || !strings.Contains(errs, s) {
				t.Errorf("%s: %d, %q does not contain %s", name, status, errs, s)
			}
		}
	}
	for _, pattern := range []string{missing, filepath.Join(lost, "master.key"), "*"} {
		if made, err := filepath.Glob(pattern); err != nil || len(made) > 0 {
			t.Errorf("made %q, %v", made, err)
		}
	}
}

// A rotation that cannot open the store leaves the key file as it is.
func TestRotationOpensTheStoreFirst(t *testing.T) {
	dir := newStore(t)
	_, key, _ := command("master-key", "new")
	path := filepath.Join(dir, "master.key")
	if err := os.WriteFile(path, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := command("master-key", "rotate", "--data", dir); status == 0 ||
		!strings.Contains(errs, "sealed with master key") {
		t.Errorf("%d %s", status, errs)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != key {
		t.Errorf("the file has changed: %v", err)
	}
}
