package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// devConfig returns the configuration of `lifeguard dev` with these arguments.
func devConfig(t *testing.T, args []string) config.Config {
	t.Helper()
	var program cli
	parser, err := newParser(&program)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(append([]string{"dev"}, args...)); err != nil {
		t.Fatal(err)
	}
	return program.Dev.config()
}

// Flags take precedence over the environment, and the environment over the file.
func TestTierGatingFromEverySource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(`{"tier-gating": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		env  string
		want *bool
	}{
		"none":                        {nil, "", nil},
		"flag":                        {[]string{"--tier-gating"}, "", new(true)},
		"flag with a value":           {[]string{"--tier-gating=false"}, "", new(false)},
		"negated flag":                {[]string{"--no-tier-gating"}, "", new(false)},
		"environment":                 {nil, "true", new(true)},
		"file":                        {[]string{"--config", file}, "", new(true)},
		"environment before the file": {[]string{"--config", file}, "false", new(false)},
		"flag before the environment": {[]string{"--tier-gating"}, "false", new(true)},
	} {
		t.Run(name, func(t *testing.T) {
			if c.env != "" {
				t.Setenv("LIFEGUARD_TIER_GATING", c.env)
			}
			got := devConfig(t, c.args).TierGating
			if (got == nil) != (c.want == nil) || got != nil && *got != *c.want {
				t.Errorf("tier gating is %v, want %v", got, c.want)
			}
		})
	}
}

// A flag, the environment or the file can make custom challenges count in the
// lock-out.
func TestCustomAuthLockoutFromEverySource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(`{"custom-auth-lockout": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		env  string
		want bool
	}{
		"none":        {nil, "", false},
		"flag":        {[]string{"--custom-auth-lockout"}, "", true},
		"environment": {nil, "true", true},
		"file":        {[]string{"--config", file}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			if c.env != "" {
				t.Setenv("LIFEGUARD_CUSTOM_AUTH_LOCKOUT", c.env)
			}
			if got := devConfig(t, c.args).CustomAuthLockout; got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

// Triggers can come from every source; the command of a target may have commas.
func TestTriggersFromEverySource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	text := `{"trigger": ["PreSignUp=node:./file.mjs", "CustomMessage=exec:run a,b"], ` +
		`"lambda-endpoint": "http://file:4566"}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args     []string
		env      map[string]string
		targets  []string
		endpoint string
	}{
		"none": {},
		"flag": {
			[]string{"--trigger", "A=exec:run a,b", "--trigger=B=python:h.py"}, nil,
			[]string{"A=exec:run a,b", "B=python:h.py"}, "",
		},
		"environment": {
			nil, map[string]string{"LIFEGUARD_TRIGGER": "A=exec:run a,b;B=python:h.py"},
			[]string{"A=exec:run a,b", "B=python:h.py"}, "",
		},
		"file": {
			[]string{"--config", file}, nil, []string{"PreSignUp=node:./file.mjs", "CustomMessage=exec:run a,b"},
			"http://file:4566",
		},
		"all of them": {
			[]string{"--config", file, "--trigger", "A=exec:true"},
			map[string]string{"LIFEGUARD_TRIGGER": "B=exec:true", "LIFEGUARD_LAMBDA_ENDPOINT": "aws"},
			[]string{"A=exec:true"}, "aws",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("LIFEGUARD_WEBHOOK_SECRET", "whsec_one whsec_two")
			t.Setenv("AWS_ACCESS_KEY_ID", "key")
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			got := devConfig(t, c.args).Triggers
			if !slices.Equal(got.Targets, c.targets) || got.LambdaEndpoint != c.endpoint {
				t.Errorf("%q, endpoint %q", got.Targets, got.LambdaEndpoint)
			}
			if !slices.Equal(got.WebhookSecrets, []string{"whsec_one", "whsec_two"}) || got.AccessKeyID != "key" {
				t.Errorf("%v, %q", got.WebhookSecrets, got.AccessKeyID)
			}
		})
	}
}
