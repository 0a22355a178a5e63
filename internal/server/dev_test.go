package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// signUpDemo signs a user of the demonstration pool up.
func signUpDemo(t *testing.T, front *httptest.Server, name, email string) {
	t.Helper()
	body := fmt.Sprintf(`{"ClientId":%q,"Username":%q,"Password":"Demo-Passw0rd","UserAttributes":[{"Name":"email","Value":%q}]}`, devClient, name, email)
	if status, answer := post(t, front.URL, "SignUp", body); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
}

// The newest code is what confirms, whoever was sent one at that address before.
func TestDevCodeIsTheNewest(t *testing.T) {
	front := dev(t)
	if status, body := get(t, front.URL+"/_dev/code?to=ann@example.com"); status != http.StatusNotFound || !strings.Contains(body, "ann@example.com") {
		t.Errorf("before any message: %d %s", status, body)
	}
	for _, name := range []string{"first", "second"} {
		signUpDemo(t, front, name, "ann@example.com")
		signUpDemo(t, front, "other"+name, "bob@example.com")
		status, code := get(t, front.URL+"/_dev/code?to=Ann@Example.com")
		if status != http.StatusOK || len(code) != 7 {
			t.Fatalf("%d %q", status, code)
		}
		confirm := fmt.Sprintf(`{"ClientId":%q,"Username":%q,"ConfirmationCode":%q}`, devClient, name, strings.TrimSpace(code))
		if status, body := post(t, front.URL, "ConfirmSignUp", confirm); status != http.StatusOK {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestDevMailboxCanBeEmptied(t *testing.T) {
	front := dev(t)
	signUpDemo(t, front, "ann", "ann@example.com")
	if _, body := get(t, front.URL+"/_dev/messages"); !strings.Contains(body, "ann@example.com") {
		t.Fatalf("delivered: %s", body)
	}
	signUpDemo(t, front, "bob", "bob@example.com")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodDelete, front.URL+"/_dev/messages", nil)
	if err != nil {
		t.Fatal(err)
	}
	if status, body := send(t, r); status != http.StatusOK {
		t.Fatalf("DELETE: %d %s", status, body)
	}
	if _, body := get(t, front.URL+"/_dev/messages"); strings.TrimSpace(body) != "[]" {
		t.Errorf("left: %s", body)
	}
	signIn := `{"ClientId":"` + devClient + `","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":"Demo-Passw0rd"}}`
	if _, body := post(t, front.URL, "InitiateAuth", signIn); !strings.Contains(body, "UserNotConfirmedException") {
		t.Errorf("emptying the mailbox took more than messages: %s", body)
	}
}
