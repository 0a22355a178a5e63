package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// start runs a server behind a test listener.
func start(t *testing.T, c config.Config, log io.Writer) *httptest.Server {
	t.Helper()
	_, front := begin(t, c, log)
	return front
}

// begin is like start, but also returns the server.
func begin(t *testing.T, c config.Config, log io.Writer) (*server.Server, *httptest.Server) {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	if c.Listen == "" {
		c.Listen = front.Listener.Addr().String()
	}
	if c.PublicURL == "" {
		c.PublicURL = "http://" + c.Listen
	}
	c, err := c.Complete()
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.New(t.Context(), c, server.Parts{
		Log:   slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Stock: tokentest.Stock(),
	})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler, front.Config.MaxHeaderBytes = s.Handler(), 64<<10 // as in the command
	front.Start()
	t.Cleanup(func() {
		front.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, front
}

func dev(t *testing.T) *httptest.Server {
	t.Helper()
	return start(t, config.Config{Mode: config.Dev, Data: ":memory:", Seed: true}, io.Discard)
}

// noSender is the setting of a server in serve mode without senders.
var noSender = config.Delivery{Email: "none"}

func serving(t *testing.T) *httptest.Server {
	t.Helper()
	return start(t, config.Config{Mode: config.Serve, Delivery: noSender, Data: t.TempDir(), BehindProxy: true},
		io.Discard)
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(body)
}

func post(t *testing.T, url, operation, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if operation != "" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	}
	return send(t, r)
}

// send sends a request and returns the status and body of the response.
func send(t *testing.T, r *http.Request) (int, string) {
	t.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

func TestHealth(t *testing.T) {
	for name, front := range map[string]*httptest.Server{"dev": dev(t), "serve": serving(t)} {
		for _, path := range []string{"/healthz", "/readyz"} {
			if status, body := get(t, front.URL+path); status != http.StatusOK || !strings.Contains(body, "ok") {
				t.Errorf("%s %s: %d %s", name, path, status, body)
			}
		}
	}
}

// Metrics reveal whether users exist: in serve mode they have their own listener.
func TestMetrics(t *testing.T) {
	s, public := begin(t, config.Config{Mode: config.Serve, Delivery: noSender, Data: t.TempDir(), BehindProxy: true},
		io.Discard)
	operators := httptest.NewServer(s.Metrics())
	defer operators.Close()
	for _, path := range []string{"/metrics", "/metrics/", "/Metrics"} {
		if status, body := get(t, public.URL+path); status == http.StatusOK || strings.Contains(body, "lifeguard_") {
			t.Errorf("%s in public: %d %.80s", path, status, body)
		}
	}
	if status, _ := post(t, operators.URL, "ListUserPools", "{}"); status != http.StatusNotFound {
		t.Errorf("the metrics listener serves other paths: %d", status)
	}
	all := dev(t)
	for name, urls := range map[string][2]string{"dev": {all.URL, all.URL}, "serve": {public.URL, operators.URL}} {
		post(t, urls[0], "SignUp", `{"ClientId":"unknown","Username":"ann","Password":"Secret-Passw0rd"}`)
		_, metrics := get(t, urls[1]+"/metrics")
		for _, want := range []string{
			`lifeguard_requests_total{operation="SignUp",outcome="ResourceNotFoundException"} 1`,
			"lifeguard_request_seconds_bucket", "lifeguard_store_commits_total", "lifeguard_outbox_waiting 0",
			"lifeguard_tokens_signed_total", "lifeguard_messages_sent_total",
		} {
			if !strings.Contains(metrics, want) {
				t.Errorf("%s: the metrics lack %s", name, want)
			}
		}
	}
}

// A draining server is unready, closes its connections after a response, and
// continues to serve.
func TestDrain(t *testing.T) {
	s, front := begin(t, config.Config{Mode: config.Serve, Delivery: noSender, Data: t.TempDir(), BehindProxy: true},
		io.Discard)
	ends := func(path string) (status int, closes bool) {
		r, err := http.Get(front.URL + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		return r.StatusCode, r.Close
	}
	if status, closes := ends("/readyz"); status != http.StatusOK || closes {
		t.Errorf("before: %d, the connection ends: %v", status, closes)
	}
	s.Drain()
	for path, want := range map[string]int{"/readyz": http.StatusServiceUnavailable, "/healthz": http.StatusOK} {
		if status, closes := ends(path); status != want || !closes {
			t.Errorf("%s: %d, the connection ends: %v", path, status, closes)
		}
	}
}

// A stop during the creation of the demonstration pool does not interrupt it: a
// incomplete pool would not be completed later.
func TestSeedIsFinished(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	c, err := config.Config{Mode: config.Dev, Data: t.TempDir(), Seed: true, PublicURL: "http://127.0.0.1"}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	interrupt := slog.NewTextHandler(writerFunc(func(line []byte) (int, error) {
		if bytes.Contains(line, []byte("making the demonstration pool")) {
			cancel()
		}
		return len(line), nil
	}), nil)
	s, err := server.New(ctx, c, server.Parts{Log: slog.New(interrupt), Stock: tokentest.Stock()})
	if err != nil || ctx.Err() == nil {
		t.Fatalf("%v, interrupted: %v", err, ctx.Err())
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	front := start(t, c, io.Discard)
	signIn := `{"ClientId":"` + devClient +
		`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"demo","PASSWORD":"Demo-Passw0rd"}}`
	if status, body := post(t, front.URL, "InitiateAuth", signIn); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}

// The demonstration application has a name that users can read, and the id that
// configurations of projects contain.
func TestDemonstrationName(t *testing.T) {
	memory := config.Config{Mode: config.Dev, Data: ":memory:", Seed: true, PublicURL: "http://127.0.0.1"}
	c, err := memory.Complete()
	if err != nil {
		t.Fatal(err)
	}
	page, err := http.Get(start(t, c, io.Discard).URL + authorizeDemo)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = page.Body.Close() }()
	body, err := io.ReadAll(page.Body)
	if err != nil || !bytes.Contains(body, []byte("to continue to Harbour demo")) {
		t.Errorf("%d %v %s", page.StatusCode, err, body)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// The error for an unusable data directory names the setting.
func TestUnusableDataDirectory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Config{Mode: config.Dev, Data: filepath.Join(file, "data")}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	_, err = server.New(t.Context(), c, server.Parts{Log: slog.New(slog.DiscardHandler)})
	var field *config.FieldError
	if !errors.As(err, &field) || field.Field != "data" {
		t.Errorf("%v", err)
	}
}

// Serve mode has no test helpers, with any spelling of the path.
func TestServeHasNoTestHelpers(t *testing.T) {
	front := serving(t)
	for _, path := range []string{
		"/_dev/messages", "/_dev/", "/_dev/clock", "//_dev/messages", "/%5fdev/messages", "/x/../_dev/messages",
	} {
		if status, body := get(t, front.URL+path); status == http.StatusOK || !strings.Contains(body, "__type") {
			t.Errorf("%s: %d %.80s", path, status, body)
		}
	}
	if status, _ := post(t, front.URL+"/_dev/reset", "", ""); status == http.StatusOK {
		t.Error("serve mode has a reset")
	}
	if status, body := post(t, front.URL, "ListUserPools", `{"MaxResults":1}`); status != http.StatusBadRequest ||
		!strings.Contains(body, "MissingAuthenticationTokenException") {
		t.Errorf("an unsigned administrator's call: %d %s", status, body)
	}
}

// Whatever the path and method, a refusal is JSON with __type: clients cannot parse
// pages (attack case S11).
func TestEveryRefusalIsJSON(t *testing.T) {
	front := dev(t)
	for _, method := range []string{
		http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch,
	} {
		for _, path := range []string{
			"/nowhere", "//", "/../x", "/a//b", "/./", "/_dev/nothing", "/x/.well-known/jwks.json", "/%2f",
		} {
			r, err := http.NewRequestWithContext(t.Context(), method, front.URL+path, strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err != nil {
				t.Fatal(err)
			}
			var body map[string]any
			err = json.NewDecoder(answer.Body).Decode(&body)
			answer.Body.Close()
			if err != nil || body["__type"] == nil || answer.StatusCode < 400 {
				t.Errorf("%s %s: %d %v %v", method, path, answer.StatusCode, body, err)
			}
		}
	}
}

func TestDevHelpers(t *testing.T) {
	front := dev(t)
	post(t, front.URL, "SignUp",
		`{"ClientId":"demopublicclient0000000000","Username":"ann<b>","Password":"Demo-Passw0rd",`+
			`"UserAttributes":[{"Name":"email","Value":"ann@example.com"}]}`)
	_, body := get(t, front.URL+"/_dev/messages?to=ann@example.com")
	var messages []map[string]string
	if err := json.Unmarshal([]byte(body), &messages); err != nil || len(messages) != 1 {
		t.Fatalf("%s, %v", body, err)
	}
	for _, member := range []string{
		"id", "time", "medium", "to", "subject", "body", "code", "userPoolId", "username", "triggerSource",
	} {
		if messages[0][member] == "" {
			t.Errorf("the message has no %s", member)
		}
	}
	if _, page := get(t, front.URL+"/_dev/"); !strings.Contains(page, messages[0]["code"]) ||
		strings.Contains(page, "ann<b>") {
		t.Errorf("the page: %s", page)
	}
	if _, none := get(t, front.URL+"/_dev/messages?to=bob@example.com"); strings.TrimSpace(none) != "[]" {
		t.Errorf("messages of another address: %s", none)
	}
	_, before := get(t, front.URL+"/_dev/clock")
	if status, after := post(t, front.URL+"/_dev/clock", "", `{"advance":"48h"}`); status != http.StatusOK ||
		after[:18] == before[:18] {
		t.Errorf("%s, advanced by two days: %d %s", before, status, after)
	}
	if status, body := post(t, front.URL+"/_dev/clock", "", `{"advance":"soon"}`); status != http.StatusBadRequest ||
		!strings.Contains(body, "duration") {
		t.Errorf("a bad step: %d %s", status, body)
	}
	if status, _ := post(t, front.URL+"/_dev/reset", "", ""); status != http.StatusOK {
		t.Error("reset fails")
	}
	if _, none := get(t, front.URL+"/_dev/messages"); strings.TrimSpace(none) != "[]" {
		t.Errorf("messages after a reset: %s", none)
	}
	signIn := `{"ClientId":"demopublicclient0000000000","AuthFlow":"USER_PASSWORD_AUTH",` +
		`"AuthParameters":{"USERNAME":"%s","PASSWORD":"Demo-Passw0rd"}}`
	if status, body := post(t, front.URL, "InitiateAuth",
		strings.Replace(signIn, "%s", "ann<b>", 1)); status != http.StatusBadRequest {
		t.Errorf("a user from before the reset: %d %s", status, body)
	}
	if status, body := post(t, front.URL, "InitiateAuth",
		strings.Replace(signIn, "%s", "demo", 1)); status != http.StatusOK {
		t.Errorf("the demonstration user after the reset: %d %s", status, body)
	}
}

func TestPublicDocuments(t *testing.T) {
	front := dev(t)
	const pool = "us-east-1_Lifeguard"
	_, first := get(t, front.URL+"/"+pool+"/.well-known/jwks.json")
	if _, again := get(t, front.URL+"/"+pool+"/.well-known/jwks.json"); strings.Count(first, `"kid"`) != 2 ||
		first != again {
		t.Errorf("keys %s, then %s", first, again)
	}
	for _, path := range []string{
		"/us-east-1_Nobody00/.well-known/jwks.json", "/us-east-1_Nobody00/.well-known/openid-configuration",
	} {
		if status, body := get(t, front.URL+path); status != http.StatusNotFound ||
			!strings.Contains(body, "ResourceNotFoundException") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
}

// Forwarded headers are used only if a trusted proxy sends them (attack case R9).
func TestForwardedAddresses(t *testing.T) {
	for name, c := range map[string]struct {
		trusted []string
		header  string
		want    string
	}{
		"no proxies":           {nil, "203.0.113.9", "127.0.0.1"},
		"another proxy":        {[]string{"10.0.0.0/8"}, "203.0.113.9", "127.0.0.1"},
		"trusted proxy":        {[]string{"127.0.0.1"}, "203.0.113.9", "203.0.113.9"},
		"forged first address": {[]string{"127.0.0.1"}, "198.51.100.1, 203.0.113.9", "203.0.113.9"},
		"chain of proxies":     {[]string{"127.0.0.1", "10.0.0.0/8"}, "203.0.113.9, 10.1.2.3", "203.0.113.9"},
		"garbage":              {[]string{"127.0.0.1"}, "<script>", "127.0.0.1"},
	} {
		var log bytes.Buffer
		front := start(t, config.Config{Mode: config.Dev, Data: ":memory:", TrustedProxies: c.trusted}, &log)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, front.URL, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", c.header)
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.ListUserPools")
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		front.Close()
		if !strings.Contains(log.String(), "peer="+c.want+" ") {
			t.Errorf("%s: the log does not name %s:\n%s", name, c.want, log.String())
		}
	}
}
