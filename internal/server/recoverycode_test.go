package server_test

import (
	"encoding/json"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
)

// requestCodes requests recovery codes with a token.
func requestCodes(t *testing.T, url, token string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/recovery-codes", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// member returns a member of a JSON object, by its path.
func member(t *testing.T, body string, path ...string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
	for _, name := range path {
		object, _ := v.(map[string]any)
		v = object[name]
	}
	found, _ := v.(string)
	return found
}

const (
	demoPool   = "us-east-1_Lifeguard"
	demoSignIn = `{"ClientId":"demopublicclient0000000000","AuthFlow":"USER_PASSWORD_AUTH",` +
		`"AuthParameters":{"USERNAME":"demo","PASSWORD":"Demo-Passw0rd"}}`
)

// If the setting is on, a user with a second factor can get recovery codes and sign
// in with one.
func TestRecoveryCodesAreASetting(t *testing.T) {
	if status, body := requestCodes(t, dev(t).URL, "x"); status != http.StatusNotFound {
		t.Errorf("off by default: %d %s", status, body)
	}
	url := start(t, config.Config{Mode: config.Dev, Data: ":memory:", Seed: true, RecoveryCodes: true}, io.Discard).URL
	does := func(operation, body string) string {
		t.Helper()
		status, answer := post(t, url, operation, body)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", operation, status, answer)
		}
		return answer
	}
	token := member(t, does("InitiateAuth", demoSignIn), "AuthenticationResult", "AccessToken")
	if status, body := requestCodes(t, url, token+"x"); status != http.StatusUnauthorized ||
		member(t, body, "__type") != "NotAuthorizedException" {
		t.Errorf("a forged token: %d %s", status, body)
	}
	if status, body := requestCodes(t, url, token); status != http.StatusBadRequest ||
		member(t, body, "__type") != "InvalidParameterException" {
		t.Errorf("without a second factor: %d %s", status, body)
	}
	does("SetUserPoolMfaConfig", `{"UserPoolId":"`+demoPool+`","MfaConfiguration":"OPTIONAL",`+
		`"SmsMfaConfiguration":{"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::111111111111:role/sms"}}}`)
	does("AdminUpdateUserAttributes", `{"UserPoolId":"`+demoPool+`","Username":"demo",`+
		`"UserAttributes":[{"Name":"phone_number","Value":"+15550100"}]}`)
	does("AdminSetUserMFAPreference",
		`{"UserPoolId":"`+demoPool+`","Username":"demo","SMSMfaSettings":{"Enabled":true,"PreferredMfa":true}}`)
	status, body := requestCodes(t, url, token)
	codes := regexp.MustCompile(`"[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}"`).FindAllString(body, -1)
	if status != http.StatusOK || len(codes) != 10 {
		t.Fatalf("%d %s", status, body)
	}
	session := member(t, does("InitiateAuth", demoSignIn), "Session")
	done := does("RespondToAuthChallenge",
		`{"ClientId":"demopublicclient0000000000","ChallengeName":"SMS_MFA","Session":"`+session+
			`","ChallengeResponses":{"USERNAME":"demo","SMS_MFA_CODE":`+codes[0]+`}}`)
	if !strings.Contains(member(t, done, "AuthenticationResult", "AccessToken"), ".") {
		t.Errorf("%s", done)
	}
}
