package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/logtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// await polls done until it returns true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	for !done() {
		select {
		case <-deadline:
			t.Fatalf("waiting for %s", what)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// While PostgreSQL hangs, every request fails with an internal error, the public
// documents are those that this process read last, and this is logged once.
func TestDatabaseHangs(t *testing.T) {
	database, ok := storetest.Postgres(t)
	if !ok {
		t.Skip("no PostgreSQL")
	}
	proxy := storetest.NewProxy(t, database)
	keys, err := store.NewMasterKeys(entropy.System())
	if err != nil {
		t.Fatal(err)
	}
	log := &logtest.Buffer{}
	front := start(t, config.Config{Mode: config.Dev, Database: proxy.URL, MasterKey: keys.Text(), Seed: true}, log)
	get := func(path string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, front.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		return send(t, r)
	}
	const keySet = "/us-east-1_Lifeguard/.well-known/jwks.json"
	const discovery = "/us-east-1_Lifeguard/.well-known/openid-configuration"
	status, wantDiscovery := get(discovery)
	if status != http.StatusOK {
		t.Fatalf("%s: %d %s", discovery, status, wantDiscovery)
	}
	// The key set was never requested, but the process has signed with its keys.
	signIn := `{"AuthFlow":"USER_PASSWORD_AUTH","ClientId":"demopublicclient0000000000",` +
		`"AuthParameters":{"USERNAME":"demo","PASSWORD":"Demo-Passw0rd"}}`
	if status, body := post(t, front.URL, "InitiateAuth", signIn); status != http.StatusOK {
		t.Fatalf("before the outage: %d %s", status, body)
	}

	proxy.Pause()
	await(t, "the outage in the log", func() bool { return strings.Count(log.String(), "database unreachable") > 0 })
	if status, body := get("/readyz"); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d %s", status, body)
	}
	if status, body := get(discovery); status != http.StatusOK || body != wantDiscovery {
		t.Errorf("%s during the outage: %d %s", discovery, status, body)
	}
	_, keysDuring := get(keySet)
	if status, body := get("/us-east-1_Other/.well-known/jwks.json"); status < http.StatusInternalServerError {
		t.Errorf("a document that was not published: %d %s", status, body)
	}
	for operation, in := range map[string]string{
		"InitiateAuth": signIn, "DescribeUserPool": `{"UserPoolId":"us-east-1_Lifeguard"}`,
		"RevokeToken": `{"ClientId":"demopublicclient0000000000","Token":"x"}`,
	} {
		if status, body := post(t, front.URL, operation, in); status < http.StatusInternalServerError {
			t.Errorf("%s during the outage: %d %s", operation, status, body)
		}
	}
	proxy.Resume()

	await(t, "readiness", func() bool {
		status, _ := get("/readyz")
		return status == http.StatusOK
	})
	await(t, "the end of the outage in the log",
		func() bool { return strings.Count(log.String(), "database reachable again") == 1 })
	if status, body := post(t, front.URL, "InitiateAuth", signIn); status != http.StatusOK {
		t.Errorf("after the outage: %d %s", status, body)
	}
	if status, body := get(keySet); status != http.StatusOK || body != keysDuring {
		t.Errorf("%s during the outage: %s, after it: %d %s", keySet, keysDuring, status, body)
	}
	if n := strings.Count(log.String(), "unreachable"); n > 2 {
		t.Errorf("the outage is logged %d times", n)
	}
}
