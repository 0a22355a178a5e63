package storetest

import (
	"context"
	"log/slog"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// Start is the initial time of the clock of every test store.
var Start = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// Each runs a test on every engine, each time with a new store.
func Each(t *testing.T, test func(*testing.T, *store.DB, *clock.Driven)) {
	t.Helper()
	for name, config := range Engines(t) {
		t.Run(name, func(t *testing.T) {
			clk := clock.Frozen(Start)
			config.Clock = clk
			test(t, open(t, config), clk)
		})
	}
}

// EachPair runs a test on every engine that two nodes can share, each time with a
// new store.
func EachPair(t *testing.T, test func(t *testing.T, a, b *store.DB, clk *clock.Driven)) {
	t.Helper()
	for name, config := range Engines(t) {
		if config.Dir == ":memory:" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			clk := clock.Frozen(Start)
			config.Clock = clk
			test(t, open(t, config), open(t, config), clk)
		})
	}
}

// Open opens a store in memory. The function of every Update runs twice.
func Open(t testing.TB) (*store.DB, *clock.Driven) {
	t.Helper()
	return OpenBehind(t, Rehearse)
}

// OpenBehind opens a store in memory behind a test double.
func OpenBehind(t testing.TB, double func(engine.Engine) engine.Engine) (*store.DB, *clock.Driven) {
	t.Helper()
	clk := clock.Frozen(Start)
	c := Config(t)
	c.Dir, c.Clock, c.Wrap = ":memory:", clk, double
	return open(t, c), clk
}

func open(t testing.TB, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return db
}

// slowMachine is the time limit of transactions in tests. It allows for hundreds
// of calls at once on a loaded machine.
const slowMachine = 5 * time.Minute

// Config returns a configuration without a directory or database.
func Config(t testing.TB) store.Config {
	t.Helper()
	keys, err := store.NewMasterKeys(entropy.System())
	if err != nil {
		t.Fatal(err)
	}
	return store.Config{
		MasterKeys: keys, Clock: clock.Frozen(Start), Entropy: entropy.System(), Logger: slog.New(slog.DiscardHandler),
		Timeout: slowMachine,
	}
}

// Engines returns configurations of a new store on every engine. Opening one
// twice opens the same store, except in memory. In memory the function of every
// Update runs twice, so that every test verifies that it can.
func Engines(t testing.TB) map[string]store.Config {
	t.Helper()
	memory, file := Config(t), Config(t)
	memory.Dir, memory.Wrap, file.Dir = ":memory:", Rehearse, Dir(t)
	engines := map[string]store.Config{"sqlite memory": memory, "sqlite file": file}
	if pg, ok := Postgres(t); ok {
		c := Config(t)
		c.PostgresURL = pg
		engines["postgres"] = c
	}
	return engines
}

// Dir returns a directory for the file of a store, which the test deletes. On Linux
// it is in memory: on a disk, every commit of a test waits for it.
func Dir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "lifeguard-test-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// Postgres creates a database for the test and returns its URL. ok is false if
// LIFEGUARD_TEST_POSTGRES is not set. With LIFEGUARD_TEST_REQUIRE_POSTGRES=1 the
// test fails instead.
func Postgres(t testing.TB) (dbURL string, ok bool) {
	t.Helper()
	server := os.Getenv("LIFEGUARD_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("LIFEGUARD_TEST_REQUIRE_POSTGRES") == "1" {
			t.Fatal("LIFEGUARD_TEST_POSTGRES is not set, though PostgreSQL is required")
		}
		return "", false
	}
	dbURL, drop, err := NewDatabase(server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Fatal(err)
		}
	})
	return dbURL, true
}

// NewDatabase creates a database on a server and returns its URL. drop removes
// the database.
func NewDatabase(server string) (dbURL string, drop func() error, err error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", nil, err
	}
	name := "test_" + entropy.System().Pick("abcdefghijklmnopqrstuvwxyz", 16)
	u.Path = "/" + name
	drop = func() error { return run(server, "DROP DATABASE "+name+" WITH (FORCE)") }
	return u.String(), drop, run(server, "CREATE DATABASE "+name)
}

func run(server, sql string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}
