package awsapi_test

import (
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// deeper are requests that reach further into an operation than its smallest
// input does.
var deeper = map[string][]object{
	"InitiateAuth": {
		{"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Right-Passw0rd"}},
		{"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Wrong-Passw0rd"}},
		{"AuthFlow": "USER_SRP_AUTH", "AuthParameters": object{"USERNAME": "ann", "SRP_A": "ab12"}},
	},
	"SignUp":                           {{"Username": "new", "UserAttributes": []object{{"Name": "email", "Value": "new@example.com"}}}},
	"AdminCreateUser":                  {{"Username": "new", "UserAttributes": []object{{"Name": "email", "Value": "new@example.com"}}}},
	"UpdateUserAttributes":             {{"UserAttributes": []object{{"Name": "email", "Value": "other@example.com"}}}},
	"AdminUpdateUserAttributes":        {{"UserAttributes": []object{{"Name": "email", "Value": "other@example.com"}}}},
	"ListUsers":                        {{"Filter": `email = "ann@example.com"`}},
	"ConfirmForgotPassword":            {{"Password": "Other-Passw0rd"}},
	"AdminSetUserPassword":             {{"Permanent": true}},
	"RespondToAuthChallenge":           {{"ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": object{"USERNAME": "ann"}}},
	"GetUserAttributeVerificationCode": {{"AttributeName": "email"}},
}

// A store that fails is never the caller's fault: whichever statement of an
// operation fails, the answer is the server's own error, or a success where the
// work is not needed for the answer. SDKs do not repeat what a 4xx refuses, and
// sign users out over some.
func TestStoreFailuresAreTheServersFault(t *testing.T) {
	breaker := &storetest.Breaker{Once: true}
	db, clk := storetest.OpenBehind(t, breaker.Wrap)
	w := newWorldOn(t, db, clk)
	w.gate.Log = slog.New(slog.DiscardHandler)
	m := w.furnish()
	reached := 0
	for _, operation := range m.operations() {
		for _, more := range append(deeper[operation], nil) {
			statements, done := w.breakEach(breaker, m, operation, with(m.smallest(operation), more))
			reached += statements
			if done { // what is deleted or spent now is made anew
				m = w.furnish()
			}
		}
	}
	if reached < 350 {
		t.Errorf("only %d failures were tried", reached)
	}
}

// breakEach sends a request again and again, each time with a later statement
// failing, until none is left to fail. It reports how many failed, and whether
// the request succeeded in the end.
func (w *world) breakEach(breaker *storetest.Breaker, m *apiModel, operation string, in object) (statements int, done bool) {
	w.t.Helper()
	for nth := 1; nth < 200; nth++ {
		w.forgetConfiguration(m)
		breaker.Break(nth)
		r := w.request(operation, in)
		answer := w.send(r.WithContext(breaker.Request(r.Context())))
		if !breaker.Mend() {
			return nth - 1, answer.Code == http.StatusOK
		}
		if answer.Code != http.StatusOK && answer.Code < http.StatusInternalServerError {
			w.t.Errorf("%s, statement %d of the store fails: %d %.300s", operation, nth, answer.Code, answer.Body)
		}
	}
	w.t.Fatalf("%s never comes to an end", operation)
	return 0, false
}

// forgetConfiguration changes the pool, so that what is cached of it is read anew.
func (w *world) forgetConfiguration(m *apiModel) {
	w.t.Helper()
	if _, refused := w.call("TagResource", object{"ResourceArn": m.known["ResourceArn"], "Tags": object{"a": "b"}}); refused != "" &&
		!strings.HasPrefix(refused, "ResourceNotFoundException") {
		w.t.Fatal(refused)
	}
}
