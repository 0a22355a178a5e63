package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// The output of dev about its data names the key file that it has made, and does not
// contain the database's URL.
func TestPlaceNamesTheKeyOfADatabase(t *testing.T) {
	database, ok := storetest.Postgres(t)
	if !ok {
		t.Skip("no PostgreSQL")
	}
	t.Chdir(t.TempDir())
	c := config.Config{Mode: config.Dev, Database: database}
	db, err := server.CreateStore(t.Context(), c, clock.System(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	text := describeStore(c)
	file := regexp.MustCompile(`master key is in (\S+)`).FindStringSubmatch(text)
	if file == nil || strings.Contains(text, "://") {
		t.Fatalf("%s", text)
	}
	if _, err := os.Stat(file[1]); err != nil || !filepath.IsAbs(file[1]) {
		t.Errorf("%s: %v", text, err)
	}
	c.MasterKeyFile = "elsewhere"
	if text := describeStore(c); strings.Contains(text, "master key") {
		t.Errorf("with a file that the user has named: %s", text)
	}
}

// If a database is sealed with other keys, a server that cannot open it does not
// create a key file.
func TestSealedDatabaseGetsNoOtherKey(t *testing.T) {
	database, ok := storetest.Postgres(t)
	if !ok {
		t.Skip("no PostgreSQL")
	}
	c := config.Config{Mode: config.Dev, Database: database}
	start := func() error {
		t.Chdir(t.TempDir())
		db, err := server.CreateStore(t.Context(), c, clock.System(), slog.New(slog.DiscardHandler))
		if err == nil {
			err = db.Close()
		}
		return err
	}
	if err := start(); err != nil {
		t.Fatalf("an empty database: %v", err)
	}
	var field *config.FieldError
	if err := start(); !errors.As(err, &field) || field.Field != "master-key-file" {
		t.Errorf("the database of another directory: %v", err)
	}
	if files, err := os.ReadDir("."); err != nil || len(files) != 0 {
		t.Errorf("%v were left behind, %v", files, err)
	}
}

// HTTPS is on the port after that of --listen, unless the flag says otherwise.
func TestHTTPSAddress(t *testing.T) {
	for listen, want := range map[string]string{
		"": "127.0.0.1:9230", "127.0.0.1:0": "127.0.0.1:0", "0.0.0.0:8000": "0.0.0.0:8001", "[::1]:80": "[::1]:81",
		":80": ":81", "127.0.0.1:65535": "", "nowhere": "",
	} {
		if got := httpsAddress(nil, listen); got != want {
			t.Errorf("--listen %q: %q, want %q", listen, got, want)
		}
		for _, named := range []string{"", "127.0.0.1:443"} {
			if got := httpsAddress(&named, listen); got != named {
				t.Errorf("--https-listen %q: %q", named, got)
			}
		}
	}
}
