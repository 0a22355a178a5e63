package awsapi_test

import (
	"testing"
	"time"
)

// rotated creates a pool with a client that rotates refresh tokens, with a grace
// period in seconds.
func (w *world) rotated(grace int, more object) (pool, client string) {
	w.t.Helper()
	pool, client = w.mailPool(nil, with(object{
		"ExplicitAuthFlows":    []string{"ALLOW_USER_PASSWORD_AUTH"},
		"RefreshTokenRotation": object{"Feature": "ENABLED", "RetryGracePeriodSeconds": grace},
	}, more))
	w.confirmed(client, "ann")
	return pool, client
}

func TestRefreshTokenRotation(t *testing.T) {
	w := newWorld(t)
	pool, client := w.rotated(10, nil)
	out, refused := w.signIn(client, "ann", "Right-Passw0rd")
	if refused != "" {
		t.Fatal(refused)
	}
	first := at(out, "AuthenticationResult.RefreshToken")
	refresh := func(token any) object { return object{"ClientId": client, "RefreshToken": token} }
	answer := w.must("GetTokensFromRefreshToken", refresh(first))
	result := answer["AuthenticationResult"].(object)
	for _, member := range []string{"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"} {
		if result[member] == nil {
			t.Errorf("%s is missing", member)
		}
	}
	if len(answer) != 1 || len(result) != 5 || result["RefreshToken"] == first {
		t.Errorf("GetTokensFromRefreshToken returned %v", answer)
	}
	// REFRESH_TOKEN_AUTH refuses such clients and does not consume their tokens.
	const notEnabled = "InvalidParameterException: REFRESH_TOKEN_AUTH flow not enabled for this client"
	for _, name := range []string{"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"} {
		in := object{
			"ClientId": client, "AuthFlow": name, "AuthParameters": object{"REFRESH_TOKEN": result["RefreshToken"]},
		}
		w.refusal("InitiateAuth", in, notEnabled)
		w.refusal("AdminInitiateAuth", with(in, object{"UserPoolId": pool}), notEnabled)
	}
	w.must("GetTokensFromRefreshToken", refresh(first)) // within the grace period
	w.clk.Advance(10 * time.Second)
	w.must("GetTokensFromRefreshToken", refresh(result["RefreshToken"]))
	w.must("GetUser", object{"AccessToken": result["AccessToken"]})
	w.refusal("GetTokensFromRefreshToken", refresh(first),
		"RefreshTokenReuseException: Refresh Token has already been replaced")
	w.refusal("GetUser", object{"AccessToken": result["AccessToken"]},
		"NotAuthorizedException: Access Token has been revoked")
	w.refusal("GetTokensFromRefreshToken", refresh("garbage"), "NotAuthorizedException: Invalid Refresh Token")
}

// A request with a wrong secret, or of another client, neither consumes a token nor
// reveals a replay.
func TestRotationNeedsTheClient(t *testing.T) {
	w := newWorld(t)
	pool, client := w.rotated(0, nil)
	other := w.client(pool, object{
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"}, "RefreshTokenRotation": object{"Feature": "ENABLED"},
	})
	confidential := w.client(pool, object{
		"GenerateSecret": true, "ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"},
		"RefreshTokenRotation": object{"Feature": "ENABLED"},
	})
	out, _ := w.signIn(client, "ann", "Right-Passw0rd")
	first := at(out, "AuthenticationResult.RefreshToken")
	second := at(w.must("GetTokensFromRefreshToken", object{"ClientId": client, "RefreshToken": first}),
		"AuthenticationResult.RefreshToken")
	for _, replayed := range []any{first, second} {
		w.refusal("GetTokensFromRefreshToken", object{"ClientId": other, "RefreshToken": replayed},
			"NotAuthorizedException: Invalid Refresh Token")
		w.refusal("GetTokensFromRefreshToken",
			object{"ClientId": confidential, "ClientSecret": "abcdefghijklmnopqrstuvwxyz", "RefreshToken": replayed},
			"NotAuthorizedException: Unable to verify client secret for client "+confidential)
	}
	w.must("GetTokensFromRefreshToken", object{"ClientId": client, "RefreshToken": second})
}

// After rotation is disabled, replaced tokens stay invalid, with the message of
// REFRESH_TOKEN_AUTH.
func TestReplacedTokenAfterRotation(t *testing.T) {
	w := newWorld(t)
	pool, client := w.rotated(60, nil)
	out, _ := w.signIn(client, "ann", "Right-Passw0rd")
	first := at(out, "AuthenticationResult.RefreshToken")
	second := at(w.must("GetTokensFromRefreshToken", object{"ClientId": client, "RefreshToken": first}),
		"AuthenticationResult.RefreshToken")
	w.must("UpdateUserPoolClient", object{
		"UserPoolId": pool, "ClientId": client,
		"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"},
	})
	refresh := func(token any) object {
		return object{
			"ClientId": client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": object{"REFRESH_TOKEN": token},
		}
	}
	w.must("InitiateAuth", refresh(second))
	w.must("InitiateAuth", refresh(second))
	w.refusal("InitiateAuth", refresh(first), "NotAuthorizedException: Refresh Token has been revoked")
}
