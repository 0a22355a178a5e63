package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/alecthomas/kong"
)

// Flags go before the environment, which goes before the file.
func TestTierGatingFromEverySource(t *testing.T) {
	file := filepath.Join(t.TempDir(), "settings.json")
	if err := os.WriteFile(file, []byte(`{"tier-gating": true}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		env  string
		want bool
	}{
		"none":                        {nil, "", false},
		"flag":                        {[]string{"--tier-gating"}, "", true},
		"environment":                 {nil, "true", true},
		"file":                        {[]string{"--config", file}, "", true},
		"environment before the file": {[]string{"--config", file}, "false", false},
		"flag before the environment": {[]string{"--tier-gating"}, "false", true},
	} {
		t.Run(name, func(t *testing.T) {
			if c.env != "" {
				t.Setenv("LIFEGUARD_TIER_GATING", c.env)
			}
			var program cli
			parser, err := kong.New(&program)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(append([]string{"dev"}, c.args...)); err != nil {
				t.Fatal(err)
			}
			if got := program.Dev.config().TierGating; got != c.want {
				t.Errorf("tier gating is %v, want %v", got, c.want)
			}
		})
	}
}
