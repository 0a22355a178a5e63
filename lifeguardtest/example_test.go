package lifeguardtest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/lifeguard-auth/lifeguard/lifeguardtest"
)

// call sends a request of an operation and returns the members of the response.
// Programs with an AWS SDK set its BaseEndpoint to srv.URL instead.
func call(t testing.TB, srv *lifeguardtest.Server, operation string, in map[string]any) map[string]any {
	t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var out map[string]any
	if err := json.NewDecoder(answer.Body).Decode(&out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A user signs up at the demonstration pool, confirms the e-mail address with the
// delivered code, and signs in.
func Example() {
	t, end := testOfExample() // in a test: its *testing.T
	defer end()

	srv := lifeguardtest.Start(t, lifeguardtest.WithDemonstration())
	const client = "demopublicclient0000000000"
	call(t, srv, "SignUp", map[string]any{
		"ClientId": client, "Username": "ann", "Password": "Tour-Passw0rd",
		"UserAttributes": []map[string]string{{"Name": "email", "Value": "ann@example.com"}},
	})
	code := srv.Messages("ann@example.com")[0].Code
	call(t, srv, "ConfirmSignUp", map[string]any{"ClientId": client, "Username": "ann", "ConfirmationCode": code})
	out := call(t, srv, "InitiateAuth", map[string]any{
		"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH",
		"AuthParameters": map[string]string{"USERNAME": "ann", "PASSWORD": "Tour-Passw0rd"},
	})
	tokens := out["AuthenticationResult"].(map[string]any)
	fmt.Println(len(code), tokens["TokenType"], tokens["ExpiresIn"])
	// Output: 6 Bearer 3600
}
