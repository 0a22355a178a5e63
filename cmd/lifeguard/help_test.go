package main

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// spaces replaces each run of white space by one space, since help is wrapped.
func spaces(s string) string { return strings.Join(strings.Fields(s), " ") }

// --help groups the flags, shows each default of a complete configuration, and
// names the settings that come from the environment only.
func TestHelp(t *testing.T) {
	whole, err := config.Config{Mode: config.Dev}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	for name, wants := range map[string][]string{
		"dev": {
			"Storage:", "Network:", "User pools:", "Lambda triggers:", "Examples:", "LIFEGUARD_MASTER_KEY",
			"LIFEGUARD_WEBHOOK_SECRET", "--allow-host", whole.Listen + " in dev", "In dev " + whole.Data,
			"default " + whole.Region, "default " + whole.IssuerMode,
			strings.ToUpper(whole.RateLimits[:1]) + whole.RateLimits[1:] + " in dev", whole.Delivery.KMS + " in dev",
		},
		"serve": {
			"Messages:", "Examples:", "LIFEGUARD_SMTP_PASSWORD", "LIFEGUARD_TWILIO_TOKEN", "AWS_SECRET_ACCESS_KEY",
			"default 5s", "0.0.0.0:9229 in serve",
		},
		"quota list":  {"<pool-or-account>"},
		"access-key":  {"Examples:"},
		"master-key":  {"Examples:"},
		"signing-key": {"Examples:"},
		"health":      {"HEALTHCHECK", "default 127.0.0.1:9229"},
	} {
		status, out, _ := command(append(strings.Fields(name), "--help")...)
		for _, want := range wants {
			if status != 0 || !strings.Contains(spaces(out), want) {
				t.Errorf("%s --help (status %d) lacks %q", name, status, want)
			}
		}
	}
}

// TestHealthCommand checks servers that are ready, not ready, and not running.
func TestHealthCommand(t *testing.T) {
	var status atomic.Int32
	status.Store(http.StatusOK)
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" || r.Method != http.MethodGet {
			t.Errorf("requested %s %s", r.Method, r.URL)
		}
		w.WriteHeader(int(status.Load()))
		_, _ = w.Write([]byte(`{"status":"degraded"}`))
	}))
	defer front.Close()
	secure := httptest.NewTLSServer(front.Config.Handler)
	defer secure.Close()
	_, port, err := net.SplitHostPort(front.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	address, tlsAddress := front.Listener.Addr().String(), secure.Listener.Addr().String()
	for _, args := range [][]string{
		{"--listen", address}, {"--listen", "0.0.0.0:" + port}, {"--listen", tlsAddress, "--tls-cert", "cert.pem"},
	} {
		code, out, errs := command(append([]string{"health"}, args...)...)
		if code != 0 || !strings.Contains(out, "degraded") {
			t.Errorf("%v: %d %s %s", args, code, out, errs)
		}
	}
	status.Store(http.StatusServiceUnavailable)
	if code, _, errs := command("health", "--listen", address); code == 0 || !strings.Contains(errs, "503") ||
		!strings.Contains(errs, "degraded") {
		t.Errorf("unready: %d %s", code, errs)
	}
	front.Close()
	if code, _, errs := command("health", "--listen", address); code == 0 || !strings.Contains(errs, "refused") {
		t.Errorf("no server: %d %s", code, errs)
	}
}

// A listener on every address is reached through loopback.
func TestReachable(t *testing.T) {
	for listen, want := range map[string]string{
		"[::]:9229": "127.0.0.1:9229", "0.0.0.0:1": "127.0.0.1:1", "127.0.0.1:2": "127.0.0.1:2", "[::1]:3": "[::1]:3",
		"192.0.2.1:4": "192.0.2.1:4",
	} {
		if got := reachable(listen); got != want {
			t.Errorf("%s is reached at %s, want %s", listen, got, want)
		}
	}
}

// The examples of --help are valid command lines.
func TestExamplesParse(t *testing.T) {
	parsed := 0
	for _, command := range []kong.HelpProvider{&devCmd{}, &serveCmd{}, &accessKeyCmd{}, &quotaCmd{}, &masterKeyCmd{}} {
		for line := range strings.Lines(strings.ReplaceAll(command.Help(), "\\\n", " ")) {
			line, found := strings.CutPrefix(line, "\tlifeguard ")
			if !found {
				continue
			}
			line, _, _ = strings.Cut(line, " > ")
			parser, err := newParser(&cli{})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(strings.Fields(line)); err != nil {
				t.Errorf("lifeguard %s: %v", line, err)
			}
			parsed++
		}
	}
	if parsed < 10 {
		t.Errorf("%d examples", parsed)
	}
}
