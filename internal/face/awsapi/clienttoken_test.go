package awsapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// tokenClaims returns the claims of a token without verifying it.
func tokenClaims(t *testing.T, token any) (claims object) {
	t.Helper()
	body, err := base64.RawURLEncoding.DecodeString(strings.Split(fmt.Sprint(token), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(body, &claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

// machine creates a pool with a resource server and a client for GetClientToken.
func (w *world) machine(more object) (pool string, in object) {
	w.t.Helper()
	pool = w.pool(nil)
	w.must("CreateResourceServer", object{"UserPoolId": pool, "Identifier": "api", "Name": "api", "Scopes": []any{
		object{"ScopeName": "read", "ScopeDescription": "r"}, object{"ScopeName": "write", "ScopeDescription": "w"},
		object{"ScopeName": "other", "ScopeDescription": "o"},
	}})
	client := w.must("CreateUserPoolClient", with(object{
		"UserPoolId": pool, "ClientName": "machine", "GenerateSecret": true,
		"ExplicitAuthFlows":  []string{"ALLOW_CLIENT_TOKEN_AUTH"},
		"AllowedOAuthScopes": []string{"api/read", "api/write", "openid"}, "AccessTokenValidity": 20,
		"TokenValidityUnits": object{"AccessToken": "minutes"},
	}, more))["UserPoolClient"].(object)
	return pool, object{"ClientId": client["ClientId"], "Secret": client["ClientSecret"]}
}

func TestGetClientToken(t *testing.T) {
	w := newWorld(t)
	pool, in := w.machine(nil)
	answer := w.must("GetClientToken", in)
	result := answer["ClientAuthenticationResult"].(object)
	if len(answer) != 1 || len(result) != 3 || result["ExpiresIn"] != 1200.0 || result["TokenType"] != "Bearer" {
		t.Errorf("GetClientToken returned %v", answer)
	}
	claims := tokenClaims(t, result["AccessToken"])
	now := float64(w.clk.Now().Unix())
	want := object{
		"sub": in["ClientId"], "client_id": in["ClientId"], "token_use": "access", "scope": "api/read api/write",
		"auth_time": now, "iat": now, "exp": now + 1200, "iss": "https://id.example.com/" + pool, "version": 2.0,
		"jti": claims["jti"],
	}
	if got := asJSON(t, claims); got != asJSON(t, want) {
		t.Errorf("claims %s, want %s", got, asJSON(t, want))
	}
	for scopes, want := range map[string]string{
		"api/write": "api/write", "api/write api/read api/write": "api/write api/read", "": "api/read api/write",
	} {
		out := w.must("GetClientToken", with(in, object{"Scopes": strings.Fields(scopes)}))
		if got := tokenClaims(t, at(out, "ClientAuthenticationResult.AccessToken"))["scope"]; got != want {
			t.Errorf("%q are granted as %v", scopes, got)
		}
	}
	// Both secrets are valid while one replaces the other.
	added := w.must("AddUserPoolClientSecret", object{"UserPoolId": pool, "ClientId": in["ClientId"]})
	w.must("GetClientToken", with(in, object{"Secret": at(added, "ClientSecretDescriptor.ClientSecretValue")}))
	w.must("GetClientToken", in)
	// A token has a scope only while the scope exists.
	server := object{"UserPoolId": pool, "Identifier": "api", "Name": "api"}
	for have, want := range map[string]string{"read": "api/read", "other": ""} {
		w.must("UpdateResourceServer",
			with(server, object{"Scopes": []any{object{"ScopeName": have, "ScopeDescription": "x"}}}))
		for _, request := range []object{in, with(in, object{"Scopes": []string{"api/write", "api/read"}})} {
			out := w.must("GetClientToken", request)
			if got := tokenClaims(t, at(out, "ClientAuthenticationResult.AccessToken"))["scope"]; got != want {
				t.Errorf("with the scope %s the token has %v", have, got)
			}
		}
	}
}

func TestGetClientTokenRefusals(t *testing.T) {
	w := newWorld(t)
	pool, in := w.machine(nil)
	id := fmt.Sprint(in["ClientId"])
	for name, c := range map[string]struct {
		more object
		want string
	}{
		"another secret": {
			object{"Secret": "abcdefghijklmnopqrstuvwxyz"},
			"NotAuthorizedException: Unable to verify client secret for client " + id,
		},
		"an unknown client": {
			object{"ClientId": "nobody"}, "ResourceNotFoundException: User pool client nobody does not exist.",
		},
		"a scope of no server": {
			object{"Scopes": []string{"api/none"}}, "InvalidParameterException: Invalid scope requested: api/none",
		},
		"a scope not listed": {
			object{"Scopes": []string{"api/read", "api/other"}},
			"InvalidParameterException: Invalid scope requested: api/other",
		},
		"a scope of users": {
			object{"Scopes": []string{"openid"}}, "InvalidParameterException: Invalid scope requested: openid",
		},
		"the scope of self-service operations": {
			object{"Scopes": []string{"aws.cognito.signin.user.admin"}},
			"InvalidParameterException: Invalid scope requested: aws.cognito.signin.user.admin",
		},
	} {
		t.Run(name, func(t *testing.T) { w.refusal("GetClientToken", with(in, c.more), c.want) })
	}
	w.must("GetClientToken", in)
	secret := w.must("CreateUserPoolClient",
		object{"UserPoolId": pool, "ClientName": "x", "GenerateSecret": true})["UserPoolClient"].(object)
	w.refusal("GetClientToken", object{"ClientId": secret["ClientId"], "Secret": secret["ClientSecret"]},
		"InvalidParameterException: CLIENT_TOKEN_AUTH flow not enabled for this client")
	public := w.client(pool, nil)
	w.refusal("GetClientToken", object{"ClientId": public, "Secret": in["Secret"]},
		"NotAuthorizedException: Unable to verify client secret for client "+public)
	w.must("DeleteUserPoolClient", object{"UserPoolId": pool, "ClientId": id})
	w.refusal("GetClientToken", in, "ResourceNotFoundException: User pool client "+id+" does not exist.")
}
