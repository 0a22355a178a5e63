package fetch

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func post(t *testing.T, c *http.Client, url string) (int, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader("code 483920"))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := c.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, nil
}

var thisMachine = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

func TestGuardedReachesOnlyWhatIsAllowed(t *testing.T) {
	o := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) })
	named := "https://example.com:" + o.port + "/"
	inner := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}
	if _, err := post(t, Guarded(Config{Lookup: inner, Roots: o.roots}), named); err == nil ||
		!strings.Contains(err.Error(), "--allow-private-addresses") {
		t.Errorf("an internal machine is reached: %v", err)
	}
	if o.hits.Load() != 0 {
		t.Error("the internal machine got a request")
	}
	if status, err := post(t, Guarded(Config{Lookup: inner, Roots: o.roots, Allow: thisMachine}), named); err != nil ||
		status != http.StatusCreated {
		t.Errorf("an allowed machine: %d, %v", status, err)
	}
}

func TestGuardedAllowsHTTPOnlyWhereAllowed(t *testing.T) {
	var requests int
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests++ }))
	defer s.Close()
	outside := func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("1.1.1.1")}, nil
	}
	_, err := post(t, Guarded(Config{Lookup: outside, Allow: thisMachine}), "http://sms.example.com/")
	if err == nil || !strings.Contains(err.Error(), "in clear") {
		t.Errorf("http to the internet: %v", err)
	}
	if _, err := post(t, Guarded(Config{}), s.URL); err == nil || requests != 0 {
		t.Errorf("http to this machine, not allowed: %v", err)
	}
	if _, err := post(t, Guarded(Config{Allow: thisMachine}), s.URL); err != nil || requests != 1 {
		t.Errorf("http to this machine, allowed: %v", err)
	}
}

func TestGuardedFollowsNoRedirect(t *testing.T) {
	var requests int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	defer s.Close()
	if status, err := post(t, Guarded(Config{Allow: thisMachine}),
		s.URL); err != nil || status != http.StatusTemporaryRedirect || requests != 1 {
		t.Errorf("%d after %d requests: %v", status, requests, err)
	}
}
