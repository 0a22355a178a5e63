package server_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// signUpDemo signs a user up at the demonstration pool.
func signUpDemo(t *testing.T, front *httptest.Server, name, email string) {
	t.Helper()
	body := fmt.Sprintf(
		`{"ClientId":%q,"Username":%q,"Password":"Demo-Passw0rd","UserAttributes":[{"Name":"email","Value":%q}]}`,
		devClient, name, email)
	if status, answer := post(t, front.URL, "SignUp", body); status != http.StatusOK {
		t.Fatalf("%d %s", status, answer)
	}
}

// /_dev/code returns the newest code for an address, whichever user it is for.
func TestDevCodeIsTheNewest(t *testing.T) {
	front := dev(t)
	if status, body := get(t, front.URL+"/_dev/code?to=ann@example.com"); status != http.StatusNotFound ||
		!strings.Contains(body, "ann@example.com") {
		t.Errorf("before any message: %d %s", status, body)
	}
	for _, name := range []string{"first", "second"} {
		signUpDemo(t, front, name, "ann@example.com")
		signUpDemo(t, front, "other"+name, "bob@example.com")
		status, code := get(t, front.URL+"/_dev/code?to=Ann@Example.com")
		if status != http.StatusOK || len(code) != 7 {
			t.Fatalf("%d %q", status, code)
		}
		confirm := fmt.Sprintf(`{"ClientId":%q,"Username":%q,"ConfirmationCode":%q}`, devClient, name,
			strings.TrimSpace(code))
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
	signIn := `{"ClientId":"` + devClient +
		`","AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":"ann","PASSWORD":"Demo-Passw0rd"}}`
	if _, body := post(t, front.URL, "InitiateAuth", signIn); !strings.Contains(body, "UserNotConfirmedException") {
		t.Errorf("emptying the mailbox deleted more than messages: %s", body)
	}
}

// The page shows HTML mail, but mail cannot run scripts or load resources. It has
// styles for phones and dark mode, and a button that empties the mailbox.
func TestDevMailboxPage(t *testing.T) {
	front := dev(t)
	change := `{"UserPoolId":"us-east-1_Lifeguard","AutoVerifiedAttributes":["email"],` +
		`"EmailVerificationMessage":"<p onclick=\"x\">Your <b>code</b> {####}</p><script>1</script>"}`
	if status, body := post(t, front.URL, "UpdateUserPool", change); status != http.StatusOK {
		t.Fatal(body)
	}
	signUpDemo(t, front, "ann", "ann@example.com")
	signUpDemo(t, front, "bob", "bob@example.com")
	answer, err := http.Get(front.URL + "/_dev/?to=ann@example.com")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if policy := answer.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("policy %q", policy)
	}
	_, page := get(t, front.URL+"/_dev/?to=ann@example.com")
	for _, want := range []string{
		`<meta name="viewport"`, "prefers-color-scheme: dark",
		`<iframe sandbox srcdoc="&lt;p onclick=&#34;x&#34;&gt;Your &lt;b&gt;code`, `value="ann@example.com"`,
		"<h2>ann@example.com</h2>",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	for _, never := range []string{"<script", "<p onclick", "bob@example.com"} {
		if strings.Contains(page, never) {
			t.Errorf("the page has %s", never)
		}
	}
	if status, page := sendAs(t, "POST "+front.URL+"/_dev/messages/clear", "", "", "Origin",
		front.URL); status != http.StatusOK || !strings.Contains(page, "None yet") {
		t.Errorf("emptied by the button: %d %s", status, page)
	}
}
