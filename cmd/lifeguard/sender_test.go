package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// Every setting of every sender comes from its flag, its environment variable or
// the file, and a secret from its environment variable only; --help shows each.
func TestSenderSettings(t *testing.T) {
	_, help, _ := command("serve", "--help")
	help = spaces(help)
	names := map[string]bool{}
	for _, s := range senderSettings() {
		env := s.Env
		if env == "" {
			env = "LIFEGUARD_" + strings.ToUpper(strings.ReplaceAll(s.Flag, "-", "_"))
		}
		t.Run(env, func(t *testing.T) {
			if names[env] {
				t.Error("set twice")
			}
			names[env] = true
			for _, want := range []string{"--" + s.Flag, spaces(s.Help), env} {
				if !strings.Contains(help, want) {
					t.Errorf("--help does not have %q", want)
				}
			}
			testSources(t, s, env)
		})
	}
	for _, form := range trigger.Forms() {
		if !strings.Contains(help, form) {
			t.Errorf("--help does not have %s", form)
		}
	}
}

func testSources(t *testing.T, s config.SenderSetting, env string) {
	t.Helper()
	if got := setting(t, s); got != s.Default {
		t.Errorf("by default %q", got)
	}
	if s.Env == "" {
		file := filepath.Join(t.TempDir(), "settings.json")
		if err := os.WriteFile(file, fmt.Appendf(nil, `{%q: "of the file"}`, s.Flag), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := setting(t, s, "--config", file); got != "of the file" {
			t.Errorf("file: %q", got)
		}
		if got := setting(t, s, "--config", file, "--"+s.Flag+"=of the flag"); got != "of the flag" {
			t.Errorf("flag: %q", got)
		}
	}
	t.Setenv(env, "of the environment")
	if got := setting(t, s); got != "of the environment" {
		t.Errorf("environment: %q", got)
	}
}

// setting returns the value of a setting in `lifeguard serve` with these arguments.
func setting(t *testing.T, s config.SenderSetting, args ...string) string {
	t.Helper()
	var program cli
	parser, err := newParser(&program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"serve"}, args...)); err != nil {
		t.Fatal(err)
	}
	var c config.Config
	program.Serve.senderFlags.configure(&c)
	return *s.Field(&c)
}
