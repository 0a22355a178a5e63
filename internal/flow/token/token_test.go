package token_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func seconds(n int32) *int32 { return &n }

func text(s string) *string { return &s }

// grant returns a sign-in on an empty store.
func grant(t *testing.T, db *store.DB, clk *clock.Driven, change ...func(*token.Grant)) token.Grant {
	t.Helper()
	p := &userpool.Pool{ID: "us-east-1_Test", Account: "111111111111", Region: "us-east-1", Created: clk.Now()}
	p.Schema = userpool.StandardSchema()
	c := &userpool.Client{PoolID: p.ID, ID: "client", ClientSettings: userpool.ClientSettings{
		EnableTokenRevocation: true,
		RefreshTokenValidity:  2, AccessTokenValidity: seconds(10), IdTokenValidity: seconds(20),
		TokenValidityUnits: userpool.TokenValidityUnits{
			AccessToken: text("minutes"), IdToken: text("minutes"), RefreshToken: text("hours"),
		},
	}}
	u := &userpool.User{PoolID: p.ID, Username: "ann", Sub: "sub-ann", Status: userpool.Confirmed, Enabled: true,
		UserProfile: userpool.UserProfile{
			Attributes: map[string]string{
				"email": "ann@example.com", "email_verified": "true", "phone_number_verified": "false",
				"address": "1 Main St \"A\"", "updated_at": "1700000000", "custom:level": "7",
				"dev:custom:secret": "hidden", "name": "",
			},
		}}
	g := token.Grant{Pool: p, Client: c, User: u, At: clk.Now()}
	for _, f := range change {
		f(&g)
	}
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertPool(p); err != nil {
			return err
		}
		if err := tx.InsertClient(c); err != nil {
			return err
		}
		return tx.InsertUser(p, u)
	}); err != nil {
		t.Fatal(err)
	}
	return g
}

func issuer(db *store.DB, clk clock.Clock, mode token.Mode) *token.Issuer {
	return token.New(token.Config{
		Store: db, Clock: clk, Entropy: entropy.System(), Stock: tokentest.Stock(), Mode: mode,
		PublicURL: "https://id.example.com/",
	})
}

func claims(t *testing.T, jwt string) (raw string, members map[string]any) {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(strings.Split(jwt, ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &members); err != nil {
		t.Fatal(err)
	}
	return string(b), members
}

func TestClaims(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk)
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	now := float64(clk.Now().Unix())
	raw, access := claims(t, set.Access)
	id := func(name string) any {
		_, m := claims(t, set.ID)
		return m[name]
	}
	for name, want := range map[string]any{
		"sub": "sub-ann", "iss": "https://id.example.com/us-east-1_Test", "client_id": "client", "token_use": "access",
		"scope": "aws.cognito.signin.user.admin", "username": "ann", "auth_time": now, "iat": now, "exp": now + 600,
	} {
		if access[name] != want {
			t.Errorf("access token: %s is %v, want %v", name, access[name], want)
		}
	}
	if order := `^\{"sub":.*"iss":.*"client_id":.*"origin_jti":.*"event_id":.*"token_use":.*"scope":.*"auth_time":` +
		`.*"exp":.*"iat":.*"jti":.*"username":[^,]*\}$`; !regexp.MustCompile(order).MatchString(raw) {
		t.Errorf("the claims are not in Cognito's order: %s", raw)
	}
	for name, want := range map[string]any{
		"sub": "sub-ann", "iss": access["iss"], "aud": "client", "token_use": "id", "cognito:username": "ann",
		"exp": now + 1200, "email": "ann@example.com", "email_verified": true, "phone_number_verified": false,
		"updated_at": 1.7e9, "custom:level": "7", "origin_jti": access["origin_jti"], "event_id": access["event_id"],
		"dev:custom:secret": nil, "name": nil, "client_id": nil,
	} {
		if got := id(name); got != want {
			t.Errorf("ID token: %s is %v, want %v", name, got, want)
		}
	}
	if a, ok := id("address").(map[string]any); !ok || a["formatted"] != `1 Main St "A"` {
		t.Errorf("address is %v", id("address"))
	}
	if id("jti") == access["jti"] || set.ExpiresIn != 10*time.Minute {
		t.Errorf("jti %v, expires in %v", id("jti"), set.ExpiresIn)
	}
}

func TestRefreshKeepsTheFamily(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk)
	first, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	clk.Advance(time.Hour)
	redeemed, err := i.Redeem(t.Context(), g.Pool, g.Client, first.Refresh, "")
	if err != nil {
		t.Fatal(err)
	}
	second, err := i.Issue(t.Context(), redeemed)
	if err != nil || second.Refresh != "" {
		t.Fatalf("%q, %v", second.Refresh, err)
	}
	_, before := claims(t, first.Access)
	_, after := claims(t, second.Access)
	for _, kept := range []string{"origin_jti", "auth_time", "event_id", "sub"} {
		if before[kept] != after[kept] {
			t.Errorf("%s changes from %v to %v", kept, before[kept], after[kept])
		}
	}
	if before["jti"] == after["jti"] || after["iat"] == before["iat"] {
		t.Error("jti and iat do not change")
	}
	// A refresh does not extend the two hours of the token.
	clk.Advance(time.Hour)
	_, err = i.Redeem(t.Context(), g.Pool, g.Client, first.Refresh, "")
	if fault.Of(err) != fault.ExpiredRefreshToken {
		t.Errorf("after two hours: %v", err)
	}
}

func TestWithoutRevocation(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, func(g *token.Grant) { g.Client.EnableTokenRevocation = false })
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	if _, m := claims(t, set.Access); m["origin_jti"] != nil {
		t.Errorf("origin_jti is %v", m["origin_jti"])
	}
	if err := i.Revoke(t.Context(), g.Pool, g.Client, set.Refresh, false); fault.Of(err) == nil ||
		fault.Of(err).Kind != fault.UnsupportedOperation {
		t.Errorf("revoked: %v", err)
	}
	// A sign-out revokes such tokens too.
	clk.Advance(time.Second)
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		u, err := tx.User(g.Pool, "ann")
		if err != nil {
			return err
		}
		u.SignOut(clk.Now())
		return tx.UpdateUser(g.Pool, u)
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := i.Authorize(t.Context(), set.Access); fault.Of(err) != nil &&
		fault.Of(err).Message != fault.RevokedAccessToken.Message || err == nil {
		t.Errorf("after a sign-out: %v", err)
	}
}

func TestReadAttributesNarrowTheIDToken(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, func(g *token.Grant) { g.Client.ReadAttributes = []string{"email"} })
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	if _, m := claims(t, set.ID); m["email"] == nil || m["custom:level"] != nil || m["email_verified"] != nil {
		t.Errorf("claims %v", m)
	}
}

func TestIssuerNames(t *testing.T) {
	db, clk := storetest.Open(t)
	p := &userpool.Pool{ID: "eu-west-1_A", Region: "eu-west-1"}
	updated := *p
	updated.IssuerConfiguration = &userpool.IssuerConfiguration{Type: "UPDATED"}
	for _, c := range []struct {
		mode token.Mode
		pool *userpool.Pool
		want string
	}{
		{token.ModeSelf, p, "https://id.example.com/eu-west-1_A"},
		{token.ModeSelf, &updated, "https://id.example.com/eu-west-1_A"},
		{token.ModeAWS, p, "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A"},
		{token.ModeAWS, &updated, "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A"},
		{token.ModeAWSUpdated, p, "https://issuer-cognito-idp.eu-west-1.amazonaws.com/eu-west-1_A"},
	} {
		if got := issuer(db, clk, c.mode).Name(c.pool); got != c.want {
			t.Errorf("%s: %s, want %s", c.mode, got, c.want)
		}
	}
}

// Nodes that make the first keys of a pool concurrently use the same keys.
func TestNodesAgreeOnKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		g := grant(t, db, clk)
		var done sync.WaitGroup
		sets := make([][]byte, 4)
		for n := range sets {
			done.Go(func() {
				set, err := issuer(db, clk, token.ModeSelf).JWKS(context.Background(), g.Pool.ID)
				if err != nil {
					t.Error(err)
				}
				sets[n] = set
			})
		}
		done.Wait()
		for _, set := range sets[1:] {
			if string(set) != string(sets[0]) {
				t.Fatalf("%s and %s", sets[0], set)
			}
		}
	})
}

// A pool that was deleted and created again with the same id has new keys.
func TestKeysAreOfOnePool(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk)
	before, err := i.JWKS(t.Context(), g.Pool.ID)
	if err != nil {
		t.Fatal(err)
	}
	clk.Advance(time.Second)
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.DeletePool(g.Pool.ID); err != nil {
			return err
		}
		again := *g.Pool
		again.Created = tx.Now
		return tx.InsertPool(&again)
	}); err != nil {
		t.Fatal(err)
	}
	after, err := i.JWKS(t.Context(), g.Pool.ID)
	if err != nil || string(before) == string(after) {
		t.Errorf("the keys are the same, %v", err)
	}
}
