package dev_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/dev"
)

// serve mounts a face behind Guard.
func serve(c dev.Config) http.Handler {
	mux := http.NewServeMux()
	c.Log = slog.New(slog.DiscardHandler)
	f := dev.New(c)
	f.Mount(mux)
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	return f.Guard(mux)
}

// names has the host of requests of httptest.
var names = dev.NewNames("http://example.com", nil, false)

// request sends a request, such as "GET /_dev/clock", with headers.
func request(h http.Handler, line, body string, headers ...string) (int, string) {
	method, path, _ := strings.Cut(line, " ")
	r, w := httptest.NewRequest(method, path, strings.NewReader(body)), httptest.NewRecorder()
	for i := 0; i < len(headers); i += 2 {
		if r.Header.Set(headers[i], headers[i+1]); headers[i] == "Host" {
			r.Host = headers[i+1]
		}
	}
	h.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// A page whose own name resolves to this machine (DNS rebinding) is refused. A
// server that listens beyond its machine is reached by names of containers,
// which no host on the internet can have.
func TestNames(t *testing.T) {
	here := dev.NewNames("http://id.test:9229", []string{"Auth.Example", "::1"}, false)
	network := dev.NewNames("http://localhost:9229", nil, true)
	for _, c := range []struct {
		names dev.Names
		want  int
		hosts string
	}{
		{
			here, http.StatusOK,
			" localhost LOCALHOST:9229 app.localhost:1 localhost. 127.0.0.1:9229 [::1]:9229 192.168.1.5" +
				" host.docker.internal:9229" +
				" id.test:9229 pool.auth.us-east-1.id.test auth.example login.auth.example:80",
		},
		{
			here, http.StatusForbidden,
			"evil.example rebound.example:9229 localhost.evil.example xlocalhost evilid.test 127.0.0.1.evil.example" +
				" lifeguard:9229 xauth.example internal.evil.example x.local",
		},
		{network, http.StatusOK, "lifeguard:9229 10.1.2.3 lifeguard.default.svc.cluster.local:9229"},
		{network, http.StatusForbidden, "evil.example"},
	} {
		h := serve(dev.Config{Names: c.names})
		for _, host := range strings.Split(c.hosts, " ") {
			status, body := request(h, "GET /readyz", "", "Host", host)
			if status != c.want || strings.Contains(body, "--allow-host") != (c.want == http.StatusForbidden) {
				t.Errorf("%q: %d %s", host, status, body)
			}
		}
	}
}

// The clock can be moved ten years to either side of the start.
func TestClockStaysNearTheStart(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	driven := clock.Frozen(now)
	h := serve(dev.Config{Names: names, Clock: driven, Started: now})
	const year = 365 * 24 * time.Hour
	for _, step := range []struct {
		by   time.Duration
		want int
	}{
		{-11 * year, http.StatusBadRequest}, {9 * year, http.StatusOK}, {2 * year, http.StatusBadRequest},
		{-18 * year, http.StatusOK}, {-2 * year, http.StatusBadRequest}, {-2562047 * time.Hour, http.StatusBadRequest},
	} {
		before := driven.Now()
		status, body := request(h, "POST /_dev/clock", `{"advance":"`+step.by.String()+`"}`)
		if status != step.want {
			t.Errorf("%s: %d %s", step.by, status, body)
		}
		if moved := driven.Now() != before; moved != (step.want == http.StatusOK) {
			t.Errorf("%s: the clock went from %s to %s", step.by, before, driven.Now())
		}
	}
	status, body := request(h, "POST /_dev/clock", `{"advance":"1s"}`, "Origin", "https://evil.example")
	if status != http.StatusForbidden {
		t.Errorf("page of another host: %d %s", status, body)
	}
}

// The command on the callback page contains no text of a link other than a
// code.
func TestCallbackShowsCodesOnly(t *testing.T) {
	h := serve(dev.Config{Names: names, PublicURL: "http://localhost:9229", ClientID: "client", Verifier: "verifier"})
	for _, query := range []string{
		"?code=1%27;rm%20x;%27", "?code=a%0Ab", "?code=", "", "?error=%3Cb%3Eaccess_denied",
	} {
		_, page := request(h, "GET /_dev/callback"+query, "")
		if strings.Contains(page, "curl") || strings.Contains(page, "rm x") || strings.Contains(page, "<b>") ||
			!strings.Contains(page, "Not signed in") {
			t.Errorf("%s: %s", query, page)
		}
	}
	if _, page := request(h, "GET /_dev/callback?code=0b3c-9", ""); !strings.Contains(page, "-d code=0b3c-9") {
		t.Errorf("valid code: %s", page)
	}
}
