package e2e

import (
	"crypto/rand"
	"encoding/hex"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// storage is where servers store their data: a new directory, and on PostgreSQL a
// new database. Several servers can be started on it.
type storage struct {
	engine string
	// dir is the working directory of the servers; data the embedded store.
	dir, data string
	// database is the URL of the PostgreSQL database.
	database   string
	flags, env []string
	// process has the user of the server processes; nil is the user of the tests.
	process *syscall.SysProcAttr
}

// engine creates storages of one kind.
type engine struct {
	name string
	make func(t *testing.T) *storage
}

var sqlite = engine{"sqlite", func(t *testing.T) *storage {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	return &storage{engine: "sqlite", dir: dir, data: data, flags: []string{"--data", data}}
}}

var postgres = engine{"postgres", func(t *testing.T) *storage {
	base := os.Getenv("LIFEGUARD_TEST_POSTGRES")
	name := "lifeguard_e2e_" + randomHex(6)
	psql(t, base, "CREATE DATABASE "+name)
	t.Cleanup(func() { psql(t, base, "DROP DATABASE "+name+" WITH (FORCE)") })
	u, err := url.Parse(base)
	if err != nil {
		t.Fatalf("LIFEGUARD_TEST_POSTGRES: %v", err)
	}
	u.Path = "/" + name
	key, _, err := command(t, nil, "master-key", "new")
	if err != nil {
		t.Fatalf("master-key new: %v", err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "master.key")
	if err := os.WriteFile(file, []byte(key), 0o600); err != nil {
		t.Fatal(err)
	}
	return &storage{
		engine: "postgres", dir: dir, database: u.String(),
		// A busy machine is not an outage.
		flags: []string{"--database", u.String(), "--database-timeout", "25s", "--master-key-file", file},
	}
}}

// engines are the kinds of storage that this run tests.
func engines(t *testing.T) []engine {
	t.Helper()
	if os.Getenv("LIFEGUARD_TEST_POSTGRES") != "" {
		return []engine{sqlite, postgres}
	}
	if os.Getenv("LIFEGUARD_TEST_REQUIRE_POSTGRES") == "1" {
		t.Fatal("LIFEGUARD_TEST_REQUIRE_POSTGRES=1, but LIFEGUARD_TEST_POSTGRES names no server")
	}
	return []engine{sqlite}
}

// eachStorage runs a test on a fresh storage of every kind.
func eachStorage(t *testing.T, fn func(t *testing.T, st *storage)) {
	t.Helper()
	for _, e := range engines(t) {
		t.Run(e.name, func(t *testing.T) { fn(t, e.make(t)) })
	}
}

// eachEngine runs a test against a fresh dev server on every kind of storage.
func eachEngine(t *testing.T, fn func(t *testing.T, srv *server)) {
	t.Helper()
	eachStorage(t, func(t *testing.T, st *storage) { fn(t, startDev(t, st, "--no-seed")) })
}

// psql runs one statement and returns its output, unaligned.
func psql(t *testing.T, database, statement string) string {
	t.Helper()
	cmd := exec.Command("psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align",
		"--set", "ON_ERROR_STOP=1", "--dbname", database, "--command", statement)
	var problems strings.Builder
	cmd.Stderr = &problems
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("psql: %v\n%s", err, problems.String())
	}
	return string(out)
}

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
