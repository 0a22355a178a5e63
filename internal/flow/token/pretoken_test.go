package token_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const arn = "arn:aws:lambda:us-east-1:111111111111:function:f"

// hooked returns an issuer whose triggers return the same response for every event.
// The function that it also returns returns the last event.
func hooked(t *testing.T, db *store.DB, clk clock.Clock, response string) (*token.Issuer, func() map[string]any) {
	t.Helper()
	var last map[string]any
	function := trigger.InvokerFunc(func(_ context.Context, _ string, event []byte) ([]byte, error) {
		last = nil
		if err := json.Unmarshal(event, &last); err != nil {
			return nil, err
		}
		if message, ok := strings.CutPrefix(response, "throw "); ok {
			return nil, &trigger.FunctionError{Type: "Error", Message: message}
		}
		return trigger.Complete(event, []byte(`{"response":`+response+`}`)), nil
	})
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}},
		func(trigger.Target) (trigger.Invoker, error) { return function, nil })
	if err != nil {
		t.Fatal(err)
	}
	return token.New(token.Config{
		Store: db, Clock: clk, Entropy: entropy.System(), Stock: tokentest.Stock(),
		Mode: token.ModeSelf, PublicURL: "https://id.example.com/",
		Triggers: trigger.NewRunner(trigger.Options{
			Targets: targets, Clock: clk, Entropy: entropy.System(), Limit: time.Hour,
		}),
	}), func() map[string]any { return last }
}

// version configures a PreTokenGeneration trigger with this version of the
// event.
func version(v string) func(*token.Grant) {
	return func(g *token.Grant) {
		g.Pool.LambdaConfig.PreTokenGeneration = text(arn)
		g.Pool.LambdaConfig.PreTokenGenerationConfig = &userpool.LambdaTarget{LambdaVersion: v, LambdaArn: arn}
	}
}

// member adds the user to groups. The first group has a role.
func member(t *testing.T, db *store.DB, g token.Grant, names ...string) {
	t.Helper()
	for n, name := range names {
		precedence := int32(n)
		group := &userpool.Group{
			PoolID: g.Pool.ID, Name: name, GroupSettings: userpool.GroupSettings{Precedence: &precedence},
		}
		if n == 0 {
			group.RoleArn = text("arn:aws:iam::111111111111:role/first")
		}
		if err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := tx.InsertGroup(group); err != nil {
				return err
			}
			return tx.AddToGroup(g.Pool.ID, name, g.User.Username)
		}); err != nil {
			t.Fatal(err)
		}
	}
}

func at(v any, path ...string) any {
	for _, name := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[name]
	}
	return v
}

// Version 1 changes the claims of the ID token, and the groups of both tokens.
func TestPreTokenGenerationV1(t *testing.T) {
	db, clk := storetest.Open(t)
	i, event := hooked(t, db, clk, `{"claimsOverrideDetails":{
		"claimsToAddOrOverride":{"tenant":"7","email":"other@example.com","sub":"forged",
			"cognito:username":"root","iss":"https://evil.example"},
		"claimsToSuppress":["custom:level","exp","aud"],
		"groupOverrideDetails":{"groupsToOverride":["x","y"],"iamRolesToOverride":["r"],"preferredRole":"p"}}}`)
	g := grant(t, db, clk, version("V1_0"), func(g *token.Grant) { g.ClientMetadata = map[string]string{"k": "v"} })
	member(t, db, g, "admins", "staff")
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	e := event()
	for path, want := range map[string]any{
		"version": "1", "triggerSource": "TokenGeneration_Authentication", "userName": "ann",
		"callerContext.clientId": "client", "request.userAttributes.sub": "sub-ann",
		"request.userAttributes.email": "ann@example.com", "request.clientMetadata.k": "v",
		"request.groupConfiguration.groupsToOverride":   []any{"admins", "staff"},
		"request.groupConfiguration.iamRolesToOverride": []any{"arn:aws:iam::111111111111:role/first"},
		"request.groupConfiguration.preferredRole":      "arn:aws:iam::111111111111:role/first",
		"request.scopes": nil,
	} {
		if got := at(e, strings.Split(path, ".")...); !reflect.DeepEqual(got, want) {
			t.Errorf("the event's %s is %v, want %v", path, got, want)
		}
	}
	_, access := claims(t, set.Access)
	_, id := claims(t, set.ID)
	for name, want := range map[string]any{
		"tenant": "7", "email": "other@example.com", "sub": "sub-ann", "cognito:username": "ann", "iss": access["iss"],
		"aud": "client", "custom:level": nil, "cognito:groups": []any{"x", "y"}, "cognito:roles": []any{"r"},
		"cognito:preferred_role": "p",
	} {
		if !reflect.DeepEqual(id[name], want) {
			t.Errorf("ID token: %s is %v, want %v", name, id[name], want)
		}
	}
	if id["exp"] == nil || access["tenant"] != nil || !reflect.DeepEqual(access["cognito:groups"], []any{"x", "y"}) {
		t.Errorf("%v\n%v", id, access)
	}
	if _, err := i.Authorize(t.Context(), set.Access); err != nil {
		t.Errorf("Authorize: %v", err)
	}
}

// Versions 2 and 3 change both tokens and the scopes. Values keep their types.
func TestPreTokenGenerationV2AndV3(t *testing.T) {
	for _, v := range []string{"V2_0", "V3_0"} {
		t.Run(v, func(t *testing.T) {
			db, clk := storetest.Open(t)
			i, event := hooked(t, db, clk, `{"claimsAndScopeOverrideDetails":{
				"idTokenGeneration":{"claimsToAddOrOverride":{"big":9223372036854775807,"list":[1,"a",true],"deep":{"a":{"b":1.7976931348623157E308}},"both":1},
					"claimsToSuppress":["both","phone_number_verified"]},
				"accessTokenGeneration":{"claimsToAddOrOverride":{"aud":"client","tenant":false,"client_id":"forged","username":"root","jti":"1"},
					"claimsToSuppress":["username"],"scopesToAdd":["openid","api/read"],"scopesToSuppress":["aws.cognito.signin.user.admin"]}}}`)
			g := grant(t, db, clk, version(v))
			member(t, db, g, "admins")
			set, err := i.Issue(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			if e := event(); e["version"] != v[1:2] ||
				!reflect.DeepEqual(at(e, "request", "scopes"), []any{"aws.cognito.signin.user.admin"}) {
				t.Errorf("%v", e)
			}
			raw, id := claims(t, set.ID)
			if !strings.Contains(raw, `"big":9223372036854775807`) ||
				!strings.Contains(raw, `1.7976931348623157E308`) || fmt.Sprint(id["list"]) != "[1 a true]" {
				t.Errorf("numbers have changed: %s", raw)
			}
			if id["both"] != nil || id["phone_number_verified"] != nil ||
				!reflect.DeepEqual(id["cognito:groups"], []any{"admins"}) {
				t.Errorf("%s", raw)
			}
			_, access := claims(t, set.Access)
			for name, want := range map[string]any{
				"aud": "client", "tenant": false, "client_id": "client", "username": "ann", "scope": "openid api/read",
			} {
				if access[name] != want {
					t.Errorf("access token: %s is %v, want %v", name, access[name], want)
				}
			}
			if _, err := i.Authorize(t.Context(), set.Access); fault.Of(err) == nil ||
				fault.Of(err).Message != fault.AccessTokenLacksScopes.Message {
				t.Errorf("without the scope: %v", err)
			}
			// The refresh token has the granted scopes, not the changed ones.
			redeemed, err := i.Redeem(t.Context(), g.Pool, g.Client, set.Refresh, "")
			if err != nil {
				t.Fatal(err)
			}
			if _, err := i.Issue(t.Context(), redeemed); err != nil {
				t.Fatal(err)
			}
			if e := event(); e["triggerSource"] != "TokenGeneration_RefreshTokens" ||
				!reflect.DeepEqual(at(e, "request", "scopes"), []any{"aws.cognito.signin.user.admin"}) {
				t.Errorf("at the refresh: %v", e)
			}
		})
	}
}

func TestGroupOverride(t *testing.T) {
	for what, c := range map[string]struct {
		details string
		want    any
	}{
		"left out": {`{}`, []any{"admins"}},
		"null":     {`{"groupOverrideDetails":null}`, nil},
		"empty":    {`{"groupOverrideDetails":{}}`, nil},
		"another":  {`{"groupOverrideDetails":{"groupsToOverride":["x"]}}`, []any{"x"}},
	} {
		db, clk := storetest.Open(t)
		i, _ := hooked(t, db, clk, `{"claimsOverrideDetails":`+c.details+`}`)
		g := grant(t, db, clk, version("V1_0"))
		member(t, db, g, "admins")
		set, err := i.Issue(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		_, id := claims(t, set.ID)
		_, access := claims(t, set.Access)
		if !reflect.DeepEqual(id["cognito:groups"], c.want) || !reflect.DeepEqual(access["cognito:groups"], c.want) {
			t.Errorf("%s: %v and %v, want %v", what, id["cognito:groups"], access["cognito:groups"], c.want)
		}
		if kept := id["cognito:preferred_role"] != nil; kept != (what == "left out") {
			t.Errorf("%s: the role is %v", what, id["cognito:preferred_role"])
		}
	}
}

// No token is issued if the trigger fails or its response is invalid.
func TestPreTokenGenerationRefuses(t *testing.T) {
	for response, want := range map[string]*fault.Fault{
		"throw Not today": fault.New(fault.UserLambdaValidation,
			"PreTokenGeneration failed with error Not today."),
		`{"claimsOverrideDetails":7}`: fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output"),
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"a":["b"]}}}`: fault.New(fault.InvalidLambdaResponse,
			"Unrecognizable lambda output"),
	} {
		db, clk := storetest.Open(t)
		i, _ := hooked(t, db, clk, response)
		set, err := i.Issue(t.Context(), grant(t, db, clk, version("V1_0")))
		if f := fault.Of(err); f == nil || f.Kind != want.Kind || f.Message != want.Message || set != (token.Set{}) {
			t.Errorf("%s: %v, %v", response, set, err)
		}
	}
}

func TestMachineTokens(t *testing.T) {
	db, clk := storetest.Open(t)
	i, event := hooked(t, db, clk, `{"claimsAndScopeOverrideDetails":{
		"idTokenGeneration":{"claimsToAddOrOverride":{"no":"where"}},
		"accessTokenGeneration":{"claimsToAddOrOverride":{"tenant":7,"sub":"forged"},"scopesToAdd":["api/write"]}}}`)
	g := grant(t, db, clk, version("V3_0"))
	m := token.MachineGrant{
		Pool: g.Pool, Client: g.Client, Scopes: []string{"api/read"}, ClientMetadata: map[string]string{"env": "dev"},
	}
	set, err := i.IssueMachine(t.Context(), m)
	if err != nil || set.ID != "" || set.Refresh != "" {
		t.Fatalf("%v, %v", set, err)
	}
	e := event()
	for path, want := range map[string]any{
		"version": "3", "triggerSource": "TokenGeneration_ClientCredentials", "userName": "ClientCredentials",
		"request.clientMetadata.env": "dev", "request.scopes": []any{"api/read"}, "request.groupConfiguration": nil,
		"request.userAttributes": map[string]any{},
	} {
		if got := at(e, strings.Split(path, ".")...); !reflect.DeepEqual(got, want) {
			t.Errorf("the event's %s is %v, want %v", path, got, want)
		}
	}
	_, c := claims(t, set.Access)
	if c["sub"] != "client" || c["scope"] != "api/read api/write" || c["tenant"] != 7.0 || c["no"] != nil ||
		c["version"] != 2.0 || c["username"] != nil || c["token_use"] != "access" {
		t.Errorf("%v", c)
	}
	// Earlier versions of the event do not run for machines.
	g.Pool.LambdaConfig.PreTokenGenerationConfig.LambdaVersion = "V2_0"
	if set, err = i.IssueMachine(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if _, c = claims(t, set.Access); c["scope"] != "api/read" || c["tenant"] != nil {
		t.Errorf("%v", c)
	}
}

// A function may add the client's id as aud of an access token, but does not
// replace the resource that the token is bound to.
func TestPreTokenGenerationKeepsTheResource(t *testing.T) {
	db, clk := storetest.Open(t)
	i, _ := hooked(t, db, clk, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{
		"claimsToAddOrOverride":{"aud":"client"},"claimsToSuppress":["aud"]}}}`)
	g := grant(t, db, clk, version("V3_0"))
	for _, bound := range []bool{false, true} {
		machine := token.MachineGrant{Pool: g.Pool, Client: g.Client}
		want := "client"
		if bound {
			want = "https://api.example.com"
			g.Audience, machine.Audience = want, want
		}
		user, err := i.Issue(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		own, err := i.IssueMachine(t.Context(), machine)
		if err != nil {
			t.Fatal(err)
		}
		for name, access := range map[string]string{"user": user.Access, "machine": own.Access} {
			if _, got := claims(t, access); got["aud"] != want {
				t.Errorf("%s: aud is %v, want %s", name, got["aud"], want)
			}
		}
	}
}

// Names of claims are compared exactly: a claim that a function adds, whose name
// differs from one of the protocol by case alone, is not taken for it.
func TestClaimsThatDifferByCase(t *testing.T) {
	db, clk := storetest.Open(t)
	g := grant(t, db, clk, version("V3_0"))
	for name, value := range map[string]string{
		"Sub": `"sub-bob"`, "SCOPE": `["x"]`, "Exp": `"never"`, "Username": `"bob"`, "CLIENT_ID": `"other"`,
		"Token_use": `"id"`, "Iss": `5`, "Auth_Time": `{}`, "Origin_jti": `"x"`,
	} {
		i, _ := hooked(t, db, clk, `{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{
			"claimsToAddOrOverride":{"`+name+`":`+value+`}}}}`)
		access := mustIssue(t, i, g).Access
		if raw, _ := claims(t, access); !strings.Contains(raw, `"`+name+`":`+value) {
			t.Errorf("%s: the claim was not added: %s", name, raw)
		}
		b, err := i.Authorize(t.Context(), access)
		if err != nil || b.User.Username != "ann" || b.Client.ID != "client" {
			t.Errorf("%s: %+v, %v", name, b, err)
		}
	}
}
