package awsapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/ratelimit"
)

// rationed returns a world with AWS's request rates.
func rationed(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.gate.Store = w.db
	w.gate.Rates = ratelimit.New(ratelimit.AWS, w.clk)
	return w
}

const tooMany = `{"__type":"TooManyRequestsException","message":"Rate exceeded"}`

// passes sends n requests and returns how many are not throttled.
func (w *world) passes(n int, operation string, in object) (passed int) {
	w.t.Helper()
	for range n {
		if w.body(operation, in) != tooMany {
			passed++
		}
	}
	return passed
}

func TestRatesByAccount(t *testing.T) {
	w := rationed(t)
	pool := w.pool(nil)
	if got := w.passes(40, "ListUsers", object{"UserPoolId": pool}); got != 30 {
		t.Errorf("%d of 40 passed, want 30", got)
	}
	w.refusal("ListUsers", object{"UserPoolId": pool}, "TooManyRequestsException: Rate exceeded")
	// Requests are counted before the operation checks whose pool it is.
	w.account = "222222222222"
	w.refusal("ListUsers", object{"UserPoolId": pool}, "ResourceNotFoundException: User pool "+pool+" does not exist.")
	w.account = "111111111111"
	w.clk.Advance(time.Second)
	w.must("ListUsers", object{"UserPoolId": pool})
	// An operation whose model does not list the error is throttled too.
	if got := w.passes(10, "GetSigningCertificate", object{"UserPoolId": pool}); got != 5 {
		t.Errorf("%d of 10 passed, want 5, the rate of a pool", got)
	}
}

// Requests without a signature count for the account of the pool of their client
// or token, whatever their outcome.
func TestRatesOfPublicOperations(t *testing.T) {
	w := rationed(t)
	_, client := w.mailPool(nil, nil)
	_, other := w.mailPool(nil, nil) // the same account
	w.confirmed(client, "ann")
	out, refused := w.signIn(client, "ann", "Right-Passw0rd")
	if refused != "" {
		t.Fatal(refused)
	}
	access := at(out, "AuthenticationResult.AccessToken").(string)
	w.clk.Advance(time.Second)
	if got := w.passes(60, "ForgotPassword", object{"ClientId": client, "Username": "nobody"}); got != 30 {
		t.Errorf("%d of 60 passed, want 30", got)
	}
	if got := w.body("ConfirmForgotPassword", object{
		"ClientId": other, "Username": "n", "ConfirmationCode": "1", "Password": "Right-Passw0rd",
	}); got != tooMany {
		t.Errorf("another client of the account: %s", got)
	}
	if got := w.body("ChangePassword", object{
		"AccessToken": access, "PreviousPassword": "Right-Passw0rd", "ProposedPassword": "Other-Passw0rd",
	}); got != tooMany {
		t.Errorf("an access token of the account: %s", got)
	}
	if got := w.body("GetUser", object{"AccessToken": access}); !strings.Contains(got, `"Username":"ann"`) {
		t.Errorf("another category: %s", got)
	}
	// Requests for no known pool are refused by the operation and not counted.
	unknown := object{"ClientId": "unknown", "Username": "n"}
	if got := w.body("ForgotPassword", unknown); !strings.Contains(got, "ResourceNotFoundException") {
		t.Errorf("unknown client: %s", got)
	}
	for _, token := range []string{"garbage", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30.x"} {
		if got := w.body("ChangePassword", object{
			"AccessToken": token, "PreviousPassword": "Right-Passw0rd", "ProposedPassword": "Other-Passw0rd",
		}); !strings.Contains(got, "NotAuthorizedException") {
			t.Errorf("token %s: %s", token, got)
		}
	}
}

// A response to NEW_PASSWORD_REQUIRED counts as account recovery.
func TestRateOfNewPasswords(t *testing.T) {
	w := rationed(t)
	pool, client := w.mailPool(nil, nil)
	response := object{
		"ClientId": client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": strings.Repeat("s", 30),
	}
	for operation, in := range map[string]object{
		"RespondToAuthChallenge":      response,
		"AdminRespondToAuthChallenge": with(response, object{"UserPoolId": pool}),
	} {
		w.clk.Advance(time.Second)
		if got := w.passes(50, operation, in); got != 30 {
			t.Errorf("%s: %d passed, want 30", operation, got)
		}
	}
}

// Requests that the policy denies do not count against the account's rate.
func TestDeniedRequestsAreNotCounted(t *testing.T) {
	w := guarded(t)
	w.gate.Store, w.gate.Rates = w.db, ratelimit.New(ratelimit.AWS, w.clk)
	pool := w.pool(nil)
	w.key("AKIANOTHING", `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}`)
	if got := w.passes(60, "ListUsers", object{"UserPoolId": pool}); got != 60 {
		t.Errorf("%d of 60 requests were denied rather than throttled, want all", got)
	}
	w.account = "AKIAROOT"
	if got := w.passes(40, "ListUsers", object{"UserPoolId": pool}); got != 30 {
		t.Errorf("%d passed, want 30", got)
	}
}
