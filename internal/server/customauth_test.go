package server_test

import (
	"context"
	"encoding/json"
	"fmt"
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
)

// refusing starts a dev server whose functions fail every custom sign-in.
func refusing(t *testing.T, lockout bool) *httptest.Server {
	t.Helper()
	c, err := config.Config{
		Mode: config.Dev, Data: ":memory:", Seed: true, Listen: "127.0.0.1:0", PublicURL: "http://127.0.0.1",
		CustomAuthLockout: lockout,
	}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(_ context.Context, _ string, event []byte) ([]byte, error) {
		var e map[string]any
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		e["response"] = map[string]any{"failAuthentication": true}
		return json.Marshal(e)
	}
	s, err := server.New(t.Context(), c, server.Parts{
		Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock(),
		Clock: clock.Frozen(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)),
		Functions: map[string]server.Function{
			"DefineAuthChallenge": refuse, "CreateAuthChallenge": refuse, "VerifyAuthChallengeResponse": refuse,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(s.Handler())
	t.Cleanup(func() {
		front.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return front
}

// A setting, off by default, makes custom challenges count in the lock-out.
func TestCustomAuthLockoutIsASetting(t *testing.T) {
	for lockout, want := range map[bool]string{
		false: "Incorrect username or password.", true: "Password attempts exceeded",
	} {
		url := refusing(t, lockout).URL
		status, answer := post(t, url, "CreateUserPoolClient",
			fmt.Sprintf(`{"UserPoolId":%q,"ClientName":"custom","ExplicitAuthFlows":["ALLOW_CUSTOM_AUTH"]}`, demoPool))
		var out struct{ UserPoolClient struct{ ClientId string } }
		if status != http.StatusOK || json.Unmarshal([]byte(answer), &out) != nil {
			t.Fatal(status, answer)
		}
		start := fmt.Sprintf(`{"ClientId":%q,"AuthFlow":"CUSTOM_AUTH","AuthParameters":{"USERNAME":"demo"}}`,
			out.UserPoolClient.ClientId)
		for range 6 { // the fifth wrong attempt locks the user out
			_, answer = post(t, url, "InitiateAuth", start)
		}
		if !strings.Contains(answer, want) {
			t.Errorf("set to %v: %s, want %s", lockout, answer, want)
		}
	}
}
