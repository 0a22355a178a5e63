package server_test

import (
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// eachStore runs a test on a dev server on every engine.
func eachStore(t *testing.T, test func(t *testing.T, url string)) {
	t.Helper()
	for name, c := range storetest.Engines(t) {
		t.Run(name, func(t *testing.T) {
			test(t, start(t, config.Config{
				Mode: config.Dev, Data: c.Dir, Database: c.PostgresURL, MasterKey: c.MasterKeys.Text(), Seed: true,
				RecoveryCodes: true,
			}, io.Discard).URL)
		})
	}
}

// unsigned returns an access token of an issuer with an invalid signature.
func unsigned(issuer string) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"kid":"k","alg":"RS256"}`) + "." + part(`{"iss":"`+issuer+`"}`) + "." + part("x")
}

const authorizeDemo = "/oauth2/authorize?response_type=code&client_id=demopagesclient00000000000" +
	"&redirect_uri=http://localhost:3000"

// textCase is a request and the expected response; a form is posted.
type textCase struct {
	name, operation, path, form string
	header                      [2]string
	status                      int
	want                        string
}

// noRedirects does not follow redirects.
var noRedirects = &http.Client{
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

func (c textCase) send(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	method := http.MethodGet
	if c.form != "" {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(t.Context(), method, url+c.path, strings.NewReader(c.form))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if c.operation != "" {
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+c.operation)
	}
	if c.header[0] != "" {
		r.Header.Set(c.header[0], c.header[1])
	}
	answer, err := noRedirects.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer, string(body)
}

// Text that PostgreSQL cannot store, with U+0000 or invalid UTF-8, has the same
// response on every engine wherever it is sent, and never a 500.
func TestInvalidText(t *testing.T) {
	signIn := func(name string) string { return strings.Replace(demoSignIn, "demo\"", name+`"`, 1) }
	const nul, syntax = "InvalidParameterException", "SerializationException"
	cases := []textCase{
		{name: "control", operation: "InitiateAuth", form: demoSignIn, status: 200, want: "AccessToken"},
		{name: "name", operation: "InitiateAuth", form: signIn(`a\u0000b`), status: 400, want: nul},
		{name: "name, raw", operation: "InitiateAuth", form: signIn("a\xc3"), status: 400, want: syntax},
		{name: "name, half a pair", operation: "InitiateAuth", form: signIn(`a\ud800`), status: 400, want: syntax},
		{name: "access token", operation: "GetUser",
			form:   `{"AccessToken":"` + unsigned(`https://x/us-east-1_\u0000`) + `"}`,
			status: 400, want: "NotAuthorizedException"},
		{name: "control of keys", path: "/us-east-1_Lifeguard/.well-known/jwks.json", status: 200, want: "keys"},
		{name: "keys", path: "/us-east-1_%00/.well-known/jwks.json",
			status: 404, want: "ResourceNotFoundException"},
		{name: "keys, raw", path: "/us-east-1_%ff/.well-known/jwks.json",
			status: 404, want: "ResourceNotFoundException"},
		{name: "discovery", path: "/%00/.well-known/openid-configuration",
			status: 404, want: "ResourceNotFoundException"},
		{name: "metadata", path: "/.well-known/oauth-authorization-server/%00",
			status: 404, want: "ResourceNotFoundException"},
		{name: "control of authorize", path: authorizeDemo, status: 302, want: "/login?"},
		{name: "client", path: "/oauth2/authorize?response_type=code&client_id=%00",
			status: 400, want: "Client does not exist"},
		{name: "redirect_uri", path: authorizeDemo + "%00", status: 302, want: "/error?error=redirect_mismatch"},
		{name: "state", path: authorizeDemo + "&state=a%ffb", status: 302, want: "error=invalid_request"},
		{name: "login_hint", path: authorizeDemo + "&login_hint=%00", status: 302, want: "error=invalid_request"},
		{name: "any parameter", path: authorizeDemo + "&x%00=1", status: 302, want: "error=invalid_request"},
		{name: "login", path: strings.Replace(authorizeDemo, "/oauth2/authorize", "/login", 1) + "&x=%c3",
			status: 302, want: "error=invalid_request"},
		{name: "logout", path: "/logout?client_id=%00", status: 400, want: "not valid text"},
		{name: "logout, state", path: "/logout?client_id=demopagesclient00000000000&state=%00",
			status: 400, want: "not valid text"},
		{name: "confirmation", path: "/confirmUser?client_id=" + devClient + "&user_name=%00&confirmation_code=1",
			status: 400, want: "not valid text"},
		{name: "error", path: "/error?error=%00&detail=%ff", status: 400, want: "invalid_request"},
		{name: "token", path: "/oauth2/token",
			form:   "grant_type=authorization_code&code=%00&client_id=demopagesclient00000000000",
			status: 400, want: "invalid_request"},
		{name: "token, client", path: "/oauth2/token", form: "grant_type=authorization_code&code=1",
			header: [2]string{"Authorization", "Basic " + base64.StdEncoding.EncodeToString([]byte("a\x00\xff:b"))},
			status: 400, want: "invalid_client"},
		{name: "revoke", path: "/oauth2/revoke", form: "token=%ff&client_id=" + devClient,
			status: 400, want: "invalid_request"},
		{name: "introspect", path: "/oauth2/introspect", form: "token=%ff&client_id=" + devClient,
			status: 400, want: "invalid_request"},
		{name: "userInfo", path: "/oauth2/userInfo",
			header: [2]string{"Authorization", "Bearer " + unsigned(`/\u0000`)},
			status: 401, want: "invalid_token"},
		{name: "recovery codes", path: "/recovery-codes", form: "x",
			header: [2]string{"Authorization", "Bearer " + unsigned(`/\u0000`)},
			status: 401, want: "NotAuthorizedException"},
		{name: "messages", path: "/_dev/messages?to=%00", status: 200, want: "[]"},
		{name: "code", path: "/_dev/code?to=%ff", status: 404, want: "no code"},
	}
	eachStore(t, func(t *testing.T, url string) {
		for _, c := range cases {
			answer, body := c.send(t, url)
			text := answer.Header.Get("Location") + body
			if answer.StatusCode != c.status || !strings.Contains(text, c.want) {
				t.Errorf("%s: %d %.600s, want %d with %s", c.name, answer.StatusCode, text, c.status, c.want)
			}
		}
	})
}
