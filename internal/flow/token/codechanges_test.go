package token_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// PreTokenGeneration runs once for a code: before the code is issued. The tokens
// have its changes.
func TestPreTokenGenerationOfACode(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i, event := hooked(t, db, clk, `{"claimsAndScopeOverrideDetails":{
			"idTokenGeneration":{"claimsToAddOrOverride":{"big":9223372036854775807,"deep":{"a":["<b>",null]}},
				"claimsToSuppress":["email"]},
			"accessTokenGeneration":{"claimsToAddOrOverride":{"tenant":7},"scopesToAdd":["api/read"],
				"scopesToSuppress":["openid"]},
			"groupOverrideDetails":{"groupsToOverride":["x"],"preferredRole":"p"}}}`)
		f := &codeFlow{t: t, db: db, i: i, g: grant(t, db, clk, version("V2_0"))}
		member(t, db, f.g, "admins")
		code, err := f.issue()
		if err != nil {
			t.Fatal(err)
		}
		e := event()
		if e["triggerSource"] != "TokenGeneration_HostedAuth" ||
			!reflect.DeepEqual(at(e, "request", "scopes"), []any{"openid", token.ScopeAdmin}) ||
			!reflect.DeepEqual(at(e, "request", "groupConfiguration", "groupsToOverride"), []any{"admins"}) {
			t.Fatalf("before the code: %v", e)
		}
		e["seen"] = true // the next call has another event
		redeemed, err := f.redeem(code)
		if err != nil {
			t.Fatal(err)
		}
		set := mustIssue(t, i, redeemed)
		if event()["seen"] != true {
			t.Errorf("the trigger runs again at the redemption: %v", event())
		}
		raw, id := claims(t, set.ID)
		if !strings.Contains(raw, `"big":9223372036854775807`) || id["email"] != nil ||
			!reflect.DeepEqual(at(id, "deep", "a"), []any{"<b>", nil}) ||
			!reflect.DeepEqual(id["cognito:groups"], []any{"x"}) || id["cognito:preferred_role"] != "p" {
			t.Errorf("ID token: %s", raw)
		}
		raw, access := claims(t, set.Access)
		if access["tenant"] != 7.0 || access["scope"] != token.ScopeAdmin+" api/read" ||
			!reflect.DeepEqual(access["cognito:groups"], []any{"x"}) {
			t.Errorf("access token: %s", raw)
		}
		mustRenew(t, i, f.g, set.Refresh)
		if e := event(); e["triggerSource"] != "TokenGeneration_RefreshTokens" {
			t.Errorf("at the refresh: %v", e)
		}
	})
}

// A code that was issued without the trigger, as by an older node, runs it when it
// is redeemed.
func TestPreTokenGenerationAtTheRedemption(t *testing.T) {
	db, clk := storetest.Open(t)
	i, event := hooked(t, db, clk, `{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tenant":"7"}}}`)
	f := &codeFlow{t: t, db: db, i: i, g: grant(t, db, clk)}
	code, err := f.issue()
	if err != nil || event() != nil {
		t.Fatalf("%v, %v", err, event())
	}
	version("V1_0")(&f.g)
	redeemed, err := f.redeem(code)
	if err != nil {
		t.Fatal(err)
	}
	_, id := claims(t, mustIssue(t, i, redeemed).ID)
	if event()["triggerSource"] != "TokenGeneration_HostedAuth" || id["tenant"] != "7" {
		t.Errorf("%v, %v", event(), id)
	}
}

// No code is issued if the trigger refuses. It is not called for a user who may not
// sign in.
func TestPreTokenGenerationRefusesACode(t *testing.T) {
	db, clk := storetest.Open(t)
	i, event := hooked(t, db, clk, "throw Not today")
	f := &codeFlow{t: t, db: db, i: i, g: grant(t, db, clk, version("V1_0"))}
	enabled := *f.g.User
	f.g.User.Enabled = false
	if _, err := f.issue(); !errors.Is(err, fault.NotAuthorized) || event() != nil {
		t.Errorf("disabled: %v, %v", err, event())
	}
	f.g.User = &enabled
	code, err := f.issue()
	if got := fault.Of(err); code != "" || got == nil || got.Kind != fault.UserLambdaValidation ||
		got.Message != "PreTokenGeneration failed with error Not today." {
		t.Errorf("%q, %v", code, err)
	}
}

// What is stored of a response is limited.
func TestPreTokenGenerationOfACodeIsBounded(t *testing.T) {
	for length, want := range map[int]error{200 << 10: nil, 256 << 10: fault.InvalidLambdaResponse} {
		db, clk := storetest.Open(t)
		i, _ := hooked(t, db, clk,
			`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"c":"`+strings.Repeat("x", length)+`"}}}`)
		f := &codeFlow{t: t, db: db, i: i, g: grant(t, db, clk, version("V1_0"))}
		if _, err := f.issue(); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v", length, err)
		}
	}
}
