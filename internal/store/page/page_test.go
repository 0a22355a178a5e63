package page_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/page"
)

// TestTokens is attack case S1.
func TestTokens(t *testing.T) {
	key, _, err := seal.GenerateKey(entropy.System())
	if err != nil {
		t.Fatal(err)
	}
	clk := clock.Frozen(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	s := page.Sealer{
		Tokens: seal.NewTokens(seal.Roots{{Key: key}}, "page-token"),
		Clock:  clk, Entropy: entropy.System(),
	}
	scope := page.Scope{Operation: "ListUsers", Pool: "us-east-1_A", Caller: "111111111111", Query: `email ^= "a"`}
	token, err := s.Seal(scope, "cursor")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Open(t.Context(), scope, token); err != nil || got != "cursor" {
		t.Fatalf("positive control: %q, %v", got, err)
	}
	if strings.ContainsAny(token, " \t\n") {
		t.Error("a token must match \\S+")
	}
	other := func(change func(*page.Scope)) page.Scope {
		c := scope
		change(&c)
		return c
	}
	for name, c := range map[string]struct {
		scope page.Scope
		token string
	}{
		"operation":  {other(func(s *page.Scope) { s.Operation = "ListUsersInGroup" }), token},
		"pool":       {other(func(s *page.Scope) { s.Pool = "us-east-1_B" }), token},
		"caller":     {other(func(s *page.Scope) { s.Caller = "222222222222" }), token},
		"query":      {other(func(s *page.Scope) { s.Query = "" }), token},
		"truncated":  {scope, token[:len(token)-4]},
		"appended":   {scope, token + "AAAA"},
		"plain":      {scope, "cursor"},
		"sql":        {scope, "' OR 1=1 --"},
		"negative":   {scope, "-1"},
		"overflow":   {scope, "99999999999999999999"},
		"a megabyte": {scope, strings.Repeat("A", 1<<20)},
	} {
		if _, err := s.Open(t.Context(), c.scope, c.token); !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("%s: %v", name, err)
		}
	}
	clk.Advance(time.Hour)
	if _, err := s.Open(t.Context(), scope, token); !errors.Is(err, fault.InvalidParameter) {
		t.Errorf("after an hour: %v", err)
	}
}
