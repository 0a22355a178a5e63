package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// command runs the program in-process.
func command(args ...string) (status int, stdout, stderr string) {
	var out, errs bytes.Buffer
	status = run(args, &out, &errs)
	return status, out.String(), errs.String()
}

func TestFailedStartNamesFieldAndCure(t *testing.T) {
	dir := t.TempDir()
	valid := []string{
		"serve", "--data", dir, "--public-url", "https://id.example.com", "--behind-proxy", "--listen", "127.0.0.1:0",
		"--email", "none",
	}
	without := func(flag string, values int) (args []string) {
		i := slices.Index(valid, flag)
		return slices.Delete(slices.Clone(valid), i, i+1+values)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for name, c := range map[string]struct {
		args []string
		want []string
	}{
		"no storage":    {without("--data", 1), []string{"--data", "name a directory"}},
		"no public URL": {without("--public-url", 1), []string{"--public-url", "https://id.example.com"}},
		"no sender":     {without("--email", 1), []string{"--email", "--smtp-addr", "--email none"}},
		"no mail from": {
			append(without("--email", 1), "--smtp-addr", "m:25"), []string{"--smtp-from", "no-reply@example.com"},
		},
		"no TLS":       {without("--behind-proxy", 0), []string{"--tls-cert", "--behind-proxy"}},
		"bad region":   {append(valid, "--region", "Mars"), []string{"--region", "us-east-1"}},
		"bad listener": {append(valid, "--listen", "nowhere"), []string{"--listen", "host:port"}},
		"no such port": {
			append(valid, "--listen", "127.0.0.1:99999"), []string{"--listen", `"99999" is not a port`, "65535"},
		},
		"address elsewhere": {
			append(valid, "--listen", "192.0.2.1:0"), []string{"--listen", "address of this machine"},
		},
		"port is taken": {
			append(valid, "--listen", taken.Addr().String()),
			[]string{"--listen", "stop the program that uses the port"},
		},
		"metrics' port": {
			append(valid, "--metrics-listen", taken.Addr().String()),
			[]string{"--metrics-listen", "stop the program that uses the port"},
		},
		"path in URL": {
			append(valid, "--public-url", "https://example.com/auth"), []string{"--public-url", "host name of its own"},
		},
		"no directory": {append(valid, "--data", os.DevNull), []string{"--data", "read and write"}},
		"negative":     {append(valid, "--drain-delay=-1s"), []string{"--drain-delay"}},
		"missing key":  {append(valid, "--master-key-file", dir+"/none"), []string{"--master-key-file"}},
		"bad database": {
			append(without("--data", 1), "--database", "mysql://x"), []string{"--database", "postgres://"},
		},
		"long timeout": {
			append(without("--data", 1), "--database", "postgres://x/y", "--database-timeout", "30s"),
			[]string{"--database-timeout", "25s"},
		},
		"bad addresses": {
			append(valid, "--allow-private-addresses", "intranet"), []string{"--allow-private-addresses", "10.0.0.0/8"},
		},
		"rate limits":  {append(valid, "--rate-limits", "strict"), []string{"--rate-limits", "off, aws or generous"}},
		"unknown flag": {append(valid, "--unknown"), []string{"--unknown"}},
		"access key":   {[]string{"access-key", "list"}, []string{"--data", "--database"}},
		"in memory":    {[]string{"access-key", "list", "--data", ":memory:"}, []string{"--data", "directory"}},
		"account": {
			[]string{"access-key", "create", "--data", dir, "--account", "12"}, []string{"--account", "twelve digits"},
		},
	} {
		status, _, stderr := command(c.args...)
		if status == 0 {
			t.Errorf("%s: exit status 0", name)
		}
		for _, s := range c.want {
			if !strings.Contains(stderr, s) {
				t.Errorf("%s: %q does not contain %s", name, stderr, s)
			}
		}
	}
}

// newStore creates an embedded store.
func newStore(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if status, _, errs := command("migrate", "--data", dir); status != 0 {
		t.Fatal(errs)
	}
	return dir
}

func TestAccessKeys(t *testing.T) {
	dir := newStore(t)
	status, out, errs := command("access-key", "create", "--data", dir, "--account", "111111111111", "--description",
		"deploy")
	if status != 0 {
		t.Fatal(errs)
	}
	id := regexp.MustCompile(
		`AWS_ACCESS_KEY_ID=(AKIA[A-Z2-7]{16})\n.*AWS_SECRET_ACCESS_KEY=(\S{40})\n`,
	).FindStringSubmatch(out)
	if id == nil {
		t.Fatalf("printed %q", out)
	}
	_, listed, _ := command("access-key", "list", "--data", dir)
	if !strings.Contains(listed, id[1]) || !strings.Contains(listed, "deploy") || strings.Contains(listed, id[2]) {
		t.Errorf("listed %q", listed)
	}
	if status, _, errs := command("access-key", "revoke", id[1], "--data", dir); status != 0 {
		t.Error(errs)
	}
	if status, _, _ := command("access-key", "revoke", id[1], "--data", dir); status == 0 {
		t.Error("revoked twice")
	}
}

func TestMasterKeyRotates(t *testing.T) {
	dir := newStore(t)
	before, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	status, out, errs := command("master-key", "rotate", "--data", dir)
	if status != 0 || !strings.Contains(out, "1 data keys") {
		t.Fatalf("%s %s", out, errs)
	}
	after, err := os.ReadFile(filepath.Join(dir, "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(string(after), string(before)) || len(after) <= len(before) {
		t.Error("the file does not hold the new key first and the old one after it")
	}
	// The old key alone no longer opens the store.
	if err := os.WriteFile(filepath.Join(dir, "master.key"), before, 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := command("access-key", "list", "--data", dir); status == 0 ||
		!strings.Contains(errs, "--master-key-file") {
		t.Errorf("with the old key: %d %s", status, errs)
	}
	if err := os.Chmod(filepath.Join(dir, "master.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	if status, _, errs := command("access-key", "list", "--data", dir); status == 0 ||
		!strings.Contains(errs, "chmod 600") {
		t.Errorf("a key that others can read: %d %s", status, errs)
	}
}

// Flags take precedence over the environment, and the environment over the file.
func TestPrecedenceOfSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	settings := `{"region": "from-file", "data": "` + t.TempDir() +
		`", "public-url": "https://id.example.com", "behind-proxy": true}`
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	// The region is refused in each case, and the error has the value that was used.
	args := []string{"--config", file, "serve", "--listen", "127.0.0.1:0"}
	if _, _, errs := command(args...); !strings.Contains(errs, `"from-file"`) {
		t.Errorf("file: %s", errs)
	}
	t.Setenv("LIFEGUARD_REGION", "from-environment")
	if _, _, errs := command(args...); !strings.Contains(errs, `"from-environment"`) {
		t.Errorf("environment: %s", errs)
	}
	if _, _, errs := command(append(args, "--region", "from-flag")...); !strings.Contains(errs, `"from-flag"`) {
		t.Errorf("flag: %s", errs)
	}
	if err := os.WriteFile(file, []byte(`{"regoin": "x"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, errs := command(args...); !strings.Contains(errs, `no setting "regoin"`) {
		t.Errorf("a misspelt setting: %s", errs)
	}
}

func TestVersionAndMigrate(t *testing.T) {
	if status, out, _ := command("version"); status != 0 ||
		!regexp.MustCompile(`^lifeguard \S+\ncommit \S+\ndate \S+\n$`).MatchString(out) {
		t.Errorf("version: %d %q", status, out)
	}
	if status, out, errs := command("migrate", "--data", t.TempDir()); status != 0 ||
		!strings.Contains(out, "up to date") {
		t.Errorf("migrate: %d %q %q", status, out, errs)
	}
}
