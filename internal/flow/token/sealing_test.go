package token_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

func TestRefreshTokensAcrossARotationOfTheRoot(t *testing.T) {
	storetest.EachPair(t, func(t *testing.T, a, b *store.DB, clk *clock.Driven) {
		here, there := issuer(a, clk, token.ModeSelf), issuer(b, clk, token.ModeSelf)
		g := grant(t, a, clk, rotating(0))
		first, lost := mustIssue(t, here, g), mustIssue(t, here, g)
		if _, err := a.RotateSealingRoot(t.Context()); err != nil {
			t.Fatal(err)
		}
		second := mustRenew(t, there, g, first.Refresh)
		third := mustRenew(t, there, g, mustRenew(t, here, g, second.Refresh).Refresh)
		mustRenew(t, there, g, mustIssue(t, here, g).Refresh)
		if err := a.RetireSealingRoot(t.Context(), seal.RootID{}.String(), true); err != nil {
			t.Fatal(err)
		}
		refresher{here, g}.refuses(t, "sealed under a retired root", lost.Refresh, fault.ExpiredRefreshToken)
		requireAccess(t, here, "an access token issued under a retired root", lost.Access, nil)
		err := here.Revoke(t.Context(), g.Pool, g.Client, lost.Refresh, false)
		if !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("revoked: %v", err)
		}
		mustRenew(t, here, g, third.Refresh)
	})
}

// A node that replaces a refresh token keeps the members that its version does
// not define.
func TestRefreshTokensKeepUnknownMembers(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, rotating(0))
	g.Scope = "openid <&>" // stays as it is
	tokens, binding := db.Tokens("refresh-token"), seal.Bind("refresh-token", g.Pool.ID)
	opened := func(refresh string) string {
		t.Helper()
		payload, err := tokens.OpenJWE(t.Context(), binding, refresh)
		if err != nil {
			t.Fatal(err)
		}
		return string(payload)
	}
	issued := mustIssue(t, i, g)
	const newer = `"zz":{"later":[1,"x"]}`
	payload := opened(issued.Refresh)
	if !strings.HasPrefix(payload, `{"v":1,`) || !strings.Contains(payload, `"p":"openid <&>"`) ||
		strings.Contains(payload, newer) {
		t.Fatalf("positive control: %s", payload)
	}
	refresh, err := tokens.SealJWE(entropy.System(), binding,
		[]byte(strings.Replace(payload, `{"v":1,`, `{"v":1,`+newer+`,`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		clk.Advance(time.Minute)
		refresh = mustRenew(t, i, g, refresh).Refresh
		payload := opened(refresh)
		if !strings.Contains(payload, newer) || !strings.Contains(payload, `"p":"openid <&>"`) {
			t.Errorf("the next token has %s", payload)
		}
	}
}

// An error of the store while it reads the roots is not an invalid token.
func TestRefreshWhileTheRootsCannotBeRead(t *testing.T) {
	breaker := &storetest.Breaker{}
	db, clk := storetest.OpenBehind(t, breaker.Wrap)
	other, _ := storetest.Open(t)
	g, foreign := grant(t, db, clk), grant(t, other, clk)
	if _, err := other.RotateSealingRoot(t.Context()); err != nil {
		t.Fatal(err)
	}
	i, refresh := issuer(db, clk, token.ModeSelf), mustIssue(t, issuer(other, clk, token.ModeSelf), foreign).Refresh
	refresher{i, g}.refuses(t, "positive control", refresh, fault.InvalidRefreshToken)
	breaker.Break(1)
	if _, err := renew(t.Context(), i, g, refresh); !errors.Is(err, storetest.ErrBroken) || fault.Of(err) != nil {
		t.Errorf("refreshed: %v", err)
	}
	if err := i.Revoke(t.Context(), g.Pool, g.Client, refresh, false); !errors.Is(err, storetest.ErrBroken) ||
		fault.Of(err) != nil {
		t.Errorf("revoked: %v", err)
	}
}
