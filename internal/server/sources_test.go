package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

// eventRecorder implements every function of a pool: it records events and responds with
// answers, by source.
type eventRecorder struct {
	mu      sync.Mutex
	events  map[string]map[string]any
	answers map[string]string
	arrived chan string
}

func (l *eventRecorder) handle(_ context.Context, _ string, event []byte) ([]byte, error) {
	var e map[string]any
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	source, _ := e["triggerSource"].(string)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events[source] = e
	l.arrived <- source
	answer := l.answers[source]
	request, _ := e["request"].(map[string]any)
	if rounds, _ := request["session"].([]any); source == "DefineAuthChallenge_Authentication" && len(rounds) > 0 {
		answer = `{"issueTokens":true}`
	}
	if answer != "" {
		e["response"] = json.RawMessage(answer)
	}
	return json.Marshal(e)
}

// event returns the event of a source. It waits, since deliveries are asynchronous.
func (l *eventRecorder) event(t *testing.T, source string) map[string]any {
	t.Helper()
	timeout := time.After(2 * time.Minute)
	for {
		l.mu.Lock()
		e := l.events[source]
		l.mu.Unlock()
		if e != nil {
			return e
		}
		select {
		case <-l.arrived:
		case <-timeout:
			t.Fatalf("no event of %s", source)
		}
	}
}

// notReached has the sources that the flows below do not reach, and why.
var notReached = []string{
	"TokenGeneration_AuthenticateDevice",            // signin's TestDeviceSignIn
	"PreSignUp_ExternalProvider",                    // contract only: there is no sign-in with providers yet
	"InboundFederation_ExternalProvider",            // contract only
	"CustomEmailSender_AccountTakeOverNotification", // contract only: no threat protection yet
}

// allTriggers starts a dev server whose functions are the eventRecorder.
func allTriggers(t *testing.T, l *eventRecorder) string {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	address := front.Listener.Addr().String()
	c, err := config.Config{
		Mode: config.Dev, Data: ":memory:", FixedCode: "123456", Listen: address, PublicURL: "http://" + address,
	}.Complete()
	if err != nil {
		t.Fatal(err)
	}
	functions := map[string]server.Function{}
	for _, name := range []string{
		"PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "PreTokenGeneration",
		"UserMigration", "CustomMessage", "CustomEmailSender", "CustomSMSSender", "DefineAuthChallenge",
		"CreateAuthChallenge", "VerifyAuthChallengeResponse",
	} {
		functions[name] = l.handle
	}
	s, err := server.New(t.Context(), c, server.Parts{
		Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock(), Functions: functions,
	})
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = s.Handler()
	front.Start()
	t.Cleanup(func() {
		front.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return front.URL
}

// testPool is a pool with every function, used through the native API.
type testPool struct {
	*testing.T
	url, pool, client string
}

func (e *testPool) does(operation, format string, args ...any) string {
	e.Helper()
	status, answer := post(e.T, e.url, operation, fmt.Sprintf(format, args...))
	if status != http.StatusOK {
		e.Fatalf("%s: %d %s", operation, status, answer)
	}
	return answer
}

// newTestPool creates a pool. With custom senders CustomMessage is not called.
func newTestPool(t *testing.T, url string, senders ...string) *testPool {
	e := &testPool{T: t, url: url}
	const arn = `"arn:aws:lambda:us-east-1:111111111111:function:f"`
	lambdas := []string{
		`"KMSKeyID":"arn:aws:kms:us-east-1:111111111111:key/k"`,
		`"PreTokenGenerationConfig":{"LambdaVersion":"V3_0","LambdaArn":` + arn + `}`,
	}
	for _, name := range []string{
		"PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "UserMigration", "CustomMessage",
		"DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse",
	} {
		lambdas = append(lambdas, `"`+name+`":`+arn)
	}
	for _, name := range senders {
		lambdas = append(lambdas, `"`+name+`":{"LambdaVersion":"V1_0","LambdaArn":`+arn+`}`)
	}
	made := e.does("CreateUserPool",
		`{"PoolName":"p","AutoVerifiedAttributes":["email","phone_number"],"LambdaConfig":{%s},
		"SmsConfiguration":{"SnsCallerArn":"arn:aws:iam::111111111111:role/sms"},
		"Policies":{"SignInPolicy":{"AllowedFirstAuthFactors":["PASSWORD","EMAIL_OTP","SMS_OTP"]}}}`, strings.Join(lambdas, ","))
	e.pool = member(t, made, "UserPool", "Id")
	e.does("CreateResourceServer",
		`{"UserPoolId":%q,"Identifier":"api","Name":"api","Scopes":[{"ScopeName":"read","ScopeDescription":"read"}]}`,
		e.pool)
	made = e.does("CreateUserPoolClient",
		`{"UserPoolId":%q,"ClientName":"c","ExplicitAuthFlows":["ALLOW_USER_PASSWORD_AUTH","ALLOW_CUSTOM_AUTH","ALLOW_USER_AUTH","ALLOW_REFRESH_TOKEN_AUTH"],
		"SupportedIdentityProviders":["COGNITO"],"CallbackURLs":["https://app.example.com/cb"],"AllowedOAuthFlowsUserPoolClient":true,"AllowedOAuthFlows":["code"],"AllowedOAuthScopes":["openid"]}`, e.pool)
	e.client = member(t, made, "UserPoolClient", "ClientId")
	return e
}

func (e *testPool) signIn(name, password string) string {
	e.Helper()
	return e.does("InitiateAuth",
		`{"ClientId":%q,"AuthFlow":"USER_PASSWORD_AUTH","AuthParameters":{"USERNAME":%q,"PASSWORD":%q}}`,
		e.client, name, password)
}

const firstPassword, nextPassword = "Test-Passw0rd", "Next-Passw0rd"

// account runs every flow that sends messages to the address of a user.
func (e *testPool) account(name, attribute, address, other, medium string) {
	e.Helper()
	e.does("SignUp", `{"ClientId":%q,"Username":%q,"Password":%q,"UserAttributes":[{"Name":%q,"Value":%q}]}`, e.client,
		name, firstPassword, attribute, address)
	e.does("ResendConfirmationCode", `{"ClientId":%q,"Username":%q}`, e.client, name)
	e.does("ConfirmSignUp", `{"ClientId":%q,"Username":%q,"ConfirmationCode":"123456"}`, e.client, name)
	e.does("InitiateAuth",
		`{"ClientId":%q,"AuthFlow":"USER_AUTH","AuthParameters":{"USERNAME":%q,"PREFERRED_CHALLENGE":"%s_OTP"}}`,
		e.client, name, medium)
	e.does("ForgotPassword", `{"ClientId":%q,"Username":%q}`, e.client, name)
	e.does("ConfirmForgotPassword", `{"ClientId":%q,"Username":%q,"ConfirmationCode":"123456","Password":%q}`, e.client,
		name, nextPassword)
	tokens := e.signIn(name, nextPassword)
	access := member(e.T, tokens, "AuthenticationResult", "AccessToken")
	e.does("InitiateAuth", `{"ClientId":%q,"AuthFlow":"REFRESH_TOKEN_AUTH","AuthParameters":{"REFRESH_TOKEN":%q}}`,
		e.client, member(e.T, tokens, "AuthenticationResult", "RefreshToken"))
	e.does("UpdateUserAttributes", `{"AccessToken":%q,"UserAttributes":[{"Name":%q,"Value":%q}]}`, access, attribute,
		other)
	e.does("GetUserAttributeVerificationCode", `{"AccessToken":%q,"AttributeName":%q}`, access, attribute)
	e.does("AdminCreateUser",
		`{"UserPoolId":%q,"Username":"%s-invited","TemporaryPassword":%q,"DesiredDeliveryMediums":[%q],`+
			`"UserAttributes":[{"Name":%q,"Value":%q}]}`,
		e.pool, name, firstPassword, medium, attribute, strings.Replace(other, "1", "2", 1))
}

// page signs a user in on the page and redeems the code.
func (e *testPool) page(name, password string) {
	e.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		e.Fatal(err)
	}
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "app.example.com" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	res, err := browser.Get(e.url + "/oauth2/authorize?response_type=code&scope=openid&client_id=" + e.client +
		"&redirect_uri=" + url.QueryEscape("https://app.example.com/cb"))
	if err != nil {
		e.Fatal(err)
	}
	body, _ := io.ReadAll(res.Body)
	res.Body.Close()
	csrf := regexp.MustCompile(`name="_csrf" value="([^"]+)"`).FindSubmatch(body)
	if csrf == nil {
		e.Fatalf("%s", body)
	}
	res, err = browser.PostForm(res.Request.URL.String(),
		url.Values{"_csrf": {string(csrf[1])}, "username": {name}, "password": {password}})
	if err != nil {
		e.Fatal(err)
	}
	res.Body.Close()
	to, err := res.Location()
	if err != nil {
		e.Fatal(err)
	}
	e.token(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {e.client}, "code": {to.Query().Get("code")},
		"redirect_uri": {"https://app.example.com/cb"},
	}, "", "")
}

func (e *testPool) token(form url.Values, id, secret string) {
	e.Helper()
	r, err := http.NewRequestWithContext(e.Context(), http.MethodPost, e.url+"/oauth2/token",
		strings.NewReader(form.Encode()))
	if err != nil {
		e.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if secret != "" {
		r.SetBasicAuth(id, secret)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		e.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != http.StatusOK {
		e.Fatalf("token: %d %s", res.StatusCode, body)
	}
}

// Every trigger source that a flow can reach is called through the whole server,
// and its event has the members of the golden event.
func TestEverySourceFires(t *testing.T) {
	l := &eventRecorder{arrived: make(chan string, 1000), events: map[string]map[string]any{}}
	l.answers = map[string]string{
		"DefineAuthChallenge_Authentication":         `{"challengeName":"CUSTOM_CHALLENGE"}`,
		"VerifyAuthChallengeResponse_Authentication": `{"answerCorrect":true}`,
		"UserMigration_Authentication": `{"userAttributes":{"email":"moved@example.com",` +
			`"email_verified":"true"},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS"}`,
		"UserMigration_ForgotPassword": `{"userAttributes":{"email":"lost@example.com",` +
			`"email_verified":"true"},"messageAction":"SUPPRESS"}`,
	}
	server := allTriggers(t, l)
	e := newTestPool(t, server)
	e.account("erin", "email", "erin1@example.com", "erin1@example.org", "EMAIL")
	e = newTestPool(t, server, "CustomEmailSender", "CustomSMSSender")
	e.account("erin", "email", "erin1@example.com", "erin1@example.org", "EMAIL")
	e.account("sam", "phone_number", "+15550101", "+15550111", "SMS")

	challenge := e.does("InitiateAuth", `{"ClientId":%q,"AuthFlow":"CUSTOM_AUTH","AuthParameters":{"USERNAME":"erin"}}`,
		e.client)
	e.does("RespondToAuthChallenge",
		`{"ClientId":%q,"ChallengeName":"CUSTOM_CHALLENGE","Session":%q,"ChallengeResponses":{"USERNAME":"erin",`+
			`"ANSWER":"5"}}`,
		e.client, member(t, challenge, "Session"))
	challenge = e.signIn("erin-invited", firstPassword)
	e.does("RespondToAuthChallenge",
		`{"ClientId":%q,"ChallengeName":"NEW_PASSWORD_REQUIRED",`+
			`"Session":%q,"ChallengeResponses":{"USERNAME":"erin-invited","NEW_PASSWORD":%q}}`,
		e.client, member(t, challenge, "Session"), nextPassword)
	e.signIn("moved", firstPassword)
	e.does("ForgotPassword", `{"ClientId":%q,"Username":"lost"}`, e.client)
	e.page("erin", nextPassword)
	made := e.does("CreateUserPoolClient",
		`{"UserPoolId":%q,"ClientName":"m","GenerateSecret":true,"AllowedOAuthFlowsUserPoolClient":true,`+
			`"AllowedOAuthFlows":["client_credentials"],"AllowedOAuthScopes":["api/read"]}`,
		e.pool)
	e.token(url.Values{"grant_type": {"client_credentials"}}, member(t, made, "UserPoolClient", "ClientId"),
		member(t, made, "UserPoolClient", "ClientSecret"))

	golden := goldenEvents(t)
	if len(golden) != 41 {
		t.Fatalf("golden events of %d sources", len(golden))
	}
	for source, want := range golden {
		if slices.Contains(notReached, source) {
			continue
		}
		got := l.event(t, source)
		if a, b := slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)); !slices.Equal(a, b) {
			t.Errorf("%s has %v, golden %v", source, a, b)
		}
		known, _ := want["request"].(map[string]any)
		request, _ := got["request"].(map[string]any)
		for name := range request {
			if _, ok := known[name]; !ok {
				t.Errorf("%s: request.%s is not in the golden event", source, name)
			}
		}
	}
	if _, metrics := get(t, server+
		"/metrics"); !regexp.MustCompile(`lifeguard_detached_finished_total [1-9]`).MatchString(metrics) {
		t.Error("no call of a function after a commit was detached from its request")
	}
}

// goldenEvents returns the golden events of package trigger, one for each source.
func goldenEvents(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob("../outbound/trigger/testdata/events/*.json")
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	golden := map[string]map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var event map[string]any
		if err := json.Unmarshal(text, &event); err != nil {
			t.Fatal(err)
		}
		source, _, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), ".")
		// The pool's function gets the newest version of the event.
		if _, known := golden[source]; !known || strings.Contains(file, ".V3_0.") {
			golden[source] = event
		}
	}
	return golden
}
