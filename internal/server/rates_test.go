package server_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/server"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// startFrozen starts a server whose clock stands still.
func startFrozen(t *testing.T, c config.Config) *httptest.Server {
	t.Helper()
	c, err := c.Complete()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), c, server.Parts{
		Clock: clock.Frozen(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)),
		Log:   slog.New(slog.NewTextHandler(io.Discard, nil)),
		Stock: tokentest.Stock(),
	})
	if err != nil {
		t.Fatal(err)
	}
	ports := http.NewServeMux()
	ports.Handle("/", s.Handler())
	ports.Handle("/metrics", s.Metrics())
	front := httptest.NewServer(ports)
	t.Cleanup(func() {
		front.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return front
}

// A node throttles requests over the limit, counts them in its metrics, and applies
// rates that another process provisions.
func TestRatesFollowOtherNodes(t *testing.T) {
	c := config.Config{
		Mode: config.Serve, Delivery: noSender, Data: t.TempDir(), Listen: "127.0.0.1:0",
		PublicURL: "http://127.0.0.1:9229", BehindProxy: true, RateLimits: "aws",
	}
	front := startFrozen(t, c)
	otherNode, err := server.OpenStore(t.Context(), c, clock.System(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = otherNode.Close() })
	change := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := otherNode.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	change(func(tx *store.Tx) error {
		p := &userpool.Pool{ID: "us-east-1_Rates", Account: "111111111111", Region: "us-east-1"}
		if err := tx.InsertPool(p); err != nil {
			return err
		}
		return tx.InsertClient(&userpool.Client{PoolID: p.ID, ID: "ratesclient"})
	})
	passes := func(n int) (passed int) {
		t.Helper()
		for range n {
			_, body := post(t, front.URL, "ConfirmSignUp",
				`{"ClientId":"ratesclient","Username":"nobody","ConfirmationCode":"123456"}`)
			if !strings.Contains(body, "TooManyRequestsException") {
				passed++
			}
		}
		return passed
	}
	if got := passes(60); got != 50 {
		t.Errorf("%d of 60 passed, want 50", got)
	}
	for _, want := range []string{
		`lifeguard_throttled_requests_total{category="UserCreation"} 10`,
		`lifeguard_rate_limit_level{category="UserCreation"} 0`,
		`lifeguard_throttled_requests_total{category="UserRead"} 0`,
		`lifeguard_rate_limit_level{category="UserRead"} 1`,
	} {
		if _, metrics := get(t, front.URL+"/metrics"); !strings.Contains(metrics, want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
	change(func(tx *store.Tx) error {
		return tx.ProvisionRate(userpool.ProvisionedRate{
			Account: "111111111111", Region: "us-east-1", Category: "UserCreation", PerSecond: 80,
		})
	})
	deadline := time.After(2 * time.Minute)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		_, metrics := get(t, front.URL+"/metrics")
		if strings.Contains(metrics, `lifeguard_rate_limit_level{category="UserCreation"} 0.375`) {
			break
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the new rate is not applied")
		}
	}
	if got := passes(60); got != 30 {
		t.Errorf("%d passed after 50 became 80, want 30", got)
	}
}

// Without rate limits no request is throttled, and there is no metric.
func TestRatesAreOffInDev(t *testing.T) {
	front := dev(t)
	for range 60 {
		status, body := post(t, front.URL, "ConfirmSignUp",
			`{"ClientId":"`+server.Demonstration("us-east-1").PublicClientID+
				`","Username":"nobody","ConfirmationCode":"123456"}`)
		if status != http.StatusBadRequest || strings.Contains(body, "TooManyRequests") {
			t.Fatalf("%d %s", status, body)
		}
	}
	if _, metrics := get(t, front.URL+"/metrics"); strings.Contains(metrics, "lifeguard_rate_limit_level") {
		t.Error("there is a metric of the bucket level")
	}
}

// A sign-in on a page and one by the API count in the same category. Endpoints
// and pages are counted and timed under the patterns of the server, whatever path
// a client sends.
func TestFacesAreRatedAndMeasured(t *testing.T) {
	c := config.Config{
		Mode: config.Serve, Delivery: noSender, Data: t.TempDir(), Listen: "127.0.0.1:0",
		PublicURL: "http://127.0.0.1:9229", BehindProxy: true, RateLimits: "aws",
	}
	front := startFrozen(t, c)
	node, err := server.OpenStore(t.Context(), c, clock.System(), slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = node.Close() })
	err = node.Update(t.Context(), func(tx *store.Tx) error {
		p := &userpool.Pool{ID: "us-east-1_Rates", Account: "111111111111", Region: "us-east-1"}
		if err := tx.InsertPool(p); err != nil {
			return err
		}
		return tx.InsertClient(&userpool.Client{PoolID: p.ID, ID: "ratesclient"})
	})
	if err != nil {
		t.Fatal(err)
	}
	signIn := func() int {
		r, err := http.PostForm(front.URL+"/login?client_id=ratesclient", nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = r.Body.Close()
		return r.StatusCode
	}
	for range 120 {
		if status := signIn(); status == http.StatusTooManyRequests {
			t.Fatal("a sign-in within the rate is refused")
		}
	}
	if status := signIn(); status != http.StatusTooManyRequests {
		t.Errorf("the sign-in after 120: %d", status)
	}
	_, body := post(t, front.URL, "InitiateAuth", `{"ClientId":"ratesclient","AuthFlow":"USER_PASSWORD_AUTH"}`)
	if !strings.Contains(body, "TooManyRequestsException") {
		t.Errorf("a sign-in by the API after 120 on the page: %s", body)
	}
	for _, path := range []string{
		"/us-east-1_Rates/.well-known/jwks.json", "/elsewhere/.well-known/jwks.json", "/oauth2/token", "/nowhere",
	} {
		get(t, front.URL+path)
	}
	_, metrics := get(t, front.URL+"/metrics")
	for _, want := range []string{
		`lifeguard_throttled_requests_total{category="UserAuthentication"} 2`,
		`lifeguard_http_requests_total{endpoint="/login",status="429"} 1`,
		`lifeguard_http_requests_total{endpoint="/{pool}/.well-known/jwks.json",status="200"} 1`,
		`lifeguard_http_requests_total{endpoint="/{pool}/.well-known/jwks.json",status="404"} 1`,
		`lifeguard_http_requests_total{endpoint="/oauth2/token",status="405"} 1`,
		`lifeguard_http_request_seconds_count{endpoint="/login"} 121`,
	} {
		if !strings.Contains(metrics, want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
	if strings.Contains(metrics, "nowhere") || strings.Contains(metrics, "elsewhere") {
		t.Error("a label has what a client sent")
	}
}
