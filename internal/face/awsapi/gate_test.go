package awsapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var requestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// refusedAs fails unless the answer is this error, in JSON, with its headers.
func refusedAs(t *testing.T, what string, a *httptest.ResponseRecorder, status int, name string) {
	t.Helper()
	var body struct {
		Type string `json:"__type"`
	}
	if err := json.Unmarshal(a.Body.Bytes(), &body); err != nil || a.Code != status || body.Type != name {
		t.Errorf("%s: %d %s, want %d %s", what, a.Code, a.Body, status, name)
	}
	h := a.Header()
	if h.Get("Content-Type") != "application/x-amz-json-1.1" || !requestID.MatchString(h.Get("X-Amzn-Requestid")) ||
		h.Get("X-Amzn-Errortype") != name+":" || h.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s: headers %v", what, h)
	}
}

func TestHeadersOfAnAnswer(t *testing.T) {
	w := newWorld(t)
	a := w.send(w.request("ListUserPools", object{"MaxResults": 1}))
	for name, want := range map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "Access-Control-Allow-Origin": "*",
		"Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date", "Access-Control-Allow-Credentials": "",
	} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Code != http.StatusOK || !requestID.MatchString(a.Header().Get("X-Amzn-Requestid")) || a.Body.String() != `{"UserPools":[]}` {
		t.Errorf("%d %v %s", a.Code, a.Header(), a.Body)
	}
}

func TestPreflight(t *testing.T) {
	w := newWorld(t)
	r := httptest.NewRequest(http.MethodOptions, "/", nil)
	r.Header.Set("Origin", "https://app.example.com")
	r.Header.Set("Access-Control-Request-Headers", "content-type,x-amz-target,x-amz-user-agent")
	a := w.send(r)
	for name, want := range map[string]string{
		"Access-Control-Allow-Origin": "*", "Access-Control-Allow-Headers": "content-type,x-amz-target,x-amz-user-agent",
		"Access-Control-Allow-Methods": "POST", "Access-Control-Max-Age": "172800",
	} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Code != http.StatusOK || a.Body.Len() != 0 {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}

func TestWhatTheGateRefuses(t *testing.T) {
	w := newWorld(t)
	spoil := func(f func(*http.Request)) *http.Request {
		r := w.request("ListUserPools", object{"MaxResults": 1})
		f(r)
		return r
	}
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		error  string
	}{
		"another path":      {spoil(func(r *http.Request) { r.URL.Path = "/admin" }), 404, "UnknownOperationException"},
		"GET":               {spoil(func(r *http.Request) { r.Method = http.MethodGet }), 405, "UnknownOperationException"},
		"PUT":               {spoil(func(r *http.Request) { r.Method = http.MethodPut }), 405, "UnknownOperationException"},
		"no target":         {spoil(func(r *http.Request) { r.Header.Del("X-Amz-Target") }), 400, "UnknownOperationException"},
		"another service":   {spoil(func(r *http.Request) { r.Header.Set("X-Amz-Target", "DynamoDB.ListTables") }), 400, "UnknownOperationException"},
		"unknown operation": {spoil(func(r *http.Request) { r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.Fly") }), 400, "UnknownOperationException"},
		"plain JSON":        {spoil(func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }), 400, "UnknownOperationException"},
		"no content type":   {spoil(func(r *http.Request) { r.Header.Del("Content-Type") }), 400, "UnknownOperationException"},
		"not built":         {w.request("CreateUserImportJob", object{}), 501, "UnsupportedOperationException"},
		"a megabyte":        {w.request("SignUp", object{"ClientId": strings.Repeat("x", 1<<20)}), 413, "RequestEntityTooLargeException"},
		"broken JSON":       {httptestRequest("SignUp", `{"ClientId"`), 400, "SerializationException"},
		"wrong type":        {httptestRequest("SignUp", `{"ClientId":[]}`), 400, "SerializationException"},
		"constraint":        {httptestRequest("SignUp", `{}`), 400, "InvalidParameterException"},
	} {
		// The constraints of an unbuilt operation are checked like any other's.
		if name == "not built" {
			c.r = w.request("CreateUserImportJob", object{"JobName": "j", "UserPoolId": "us-east-1_A", "CloudWatchLogsRoleArn": "arn:aws:iam::111111111111:role/r"})
		}
		refusedAs(t, name, w.send(c.r), c.status, c.error)
	}
	w.refusal("CreateUserImportJob", object{"JobName": "j", "UserPoolId": "us-east-1_A", "CloudWatchLogsRoleArn": "arn:aws:iam::111111111111:role/r"},
		"UnsupportedOperationException: CreateUserImportJob is not built in this version of Lifeguard.")
	w.gate.PlainJSON = true
	if a := w.send(spoil(func(r *http.Request) { r.Header.Set("Content-Type", "application/json; charset=utf-8") })); a.Code != http.StatusOK {
		t.Errorf("plain JSON where it is taken: %d %s", a.Code, a.Body)
	}
}

func httptestRequest(operation, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	return r
}

// TestStrictAuth is attack case S4 at the gate.
func TestStrictAuth(t *testing.T) {
	w := newWorld(t)
	w.gate.Auth = awsapi.StrictAuth{Store: w.db, Clock: w.clk, Region: "us-east-1"}
	insert := func(id string) {
		if err := w.db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.InsertAccessKey(&userpool.AccessKey{ID: id, Secret: "right", Account: "222222222222", Created: tx.Now})
		}); err != nil {
			t.Fatal(err)
		}
	}
	insert("AKIAGOOD")
	insert("AKIAREVOKED")
	if err := w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.RevokeAccessKey("AKIAREVOKED") }); err != nil {
		t.Fatal(err)
	}
	body := []byte(`{"PoolName":"p"}`)
	signed := func(key, secret, region string, after time.Duration) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "http://id.example.com/", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/x-amz-json-1.1")
		r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.CreateUserPool")
		sigv4.Sign(r, body, sigv4.Credential{AccessKeyID: key, Region: region, Service: "cognito-idp"}, secret, w.clk.Now().Add(after))
		return r
	}
	a := w.send(signed("AKIAGOOD", "right", "us-east-1", 0))
	if a.Code != http.StatusOK || !strings.Contains(a.Body.String(), "arn:aws:cognito-idp:us-east-1:222222222222:userpool/") {
		t.Fatalf("positive control: %d %s", a.Code, a.Body)
	}
	for name, c := range map[string]struct {
		r     *http.Request
		error string
	}{
		"no signature": {httptestRequest("CreateUserPool", string(body)), "MissingAuthenticationTokenException"},
		"wrong secret": {signed("AKIAGOOD", "wrong", "us-east-1", 0), "InvalidSignatureException"},
		"unknown key":  {signed("AKIANOBODY", "right", "us-east-1", 0), "UnrecognizedClientException"},
		"revoked key":  {signed("AKIAREVOKED", "right", "us-east-1", 0), "UnrecognizedClientException"},
		"other region": {signed("AKIAGOOD", "right", "eu-west-1", 0), "InvalidSignatureException"},
		"expired":      {signed("AKIAGOOD", "right", "us-east-1", -6*time.Minute), "InvalidSignatureException"},
		"early":        {signed("AKIAGOOD", "right", "us-east-1", 6*time.Minute), "InvalidSignatureException"},
	} {
		refusedAs(t, name, w.send(c.r), http.StatusBadRequest, c.error)
		if lines := strings.Split(strings.TrimSpace(w.log.String()), "\n"); !strings.Contains(lines[len(lines)-1], "peer=192.0.2.1 ") {
			t.Errorf("%s: the log does not say who was refused: %s", name, lines[len(lines)-1])
		}
	}
	// Operations without IAM authorization do not look at a signature.
	r := signed("AKIANOBODY", "wrong", "mars", 0)
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService.SignUp")
	refusedAs(t, "SignUp with a bad signature", w.send(r), http.StatusBadRequest, "InvalidParameterException")
}

func TestDevAuthScopes(t *testing.T) {
	w := newWorld(t)
	id := w.pool(nil)
	w.account = "222222222222"
	w.refusal("DescribeUserPool", object{"UserPoolId": id}, "ResourceNotFoundException: User pool "+id+" does not exist.")
	w.account = "not-an-account"
	if pool := at(w.must("CreateUserPool", object{"PoolName": "p"}), "UserPool.Arn").(string); !strings.Contains(pool, ":000000000000:") {
		t.Errorf("the account of any other key: %s", pool)
	}
	r := w.request("CreateUserPool", object{"PoolName": "p"})
	r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "us-east-1", "eu-west-3", 1))
	if a := w.send(r); !strings.Contains(a.Body.String(), `"Id":"eu-west-3_`) {
		t.Errorf("the region of the scope: %s", a.Body)
	}
}

// failing is a service whose operations do what they should not.
type failing struct{ api.Unbuilt }

func (failing) ListUserPools(context.Context, *api.ListUserPoolsRequest) (*api.ListUserPoolsResponse, error) {
	panic("secret detail")
}

func TestPanicsTellNothing(t *testing.T) {
	w := newWorld(t)
	w.gate.Service = failing{}
	a := w.send(w.request("ListUserPools", object{"MaxResults": 1}))
	refusedAs(t, "panic", a, http.StatusInternalServerError, "InternalErrorException")
	if strings.Contains(a.Body.String(), "secret detail") {
		t.Errorf("the answer tells the panic: %s", a.Body)
	}
	if id := a.Header().Get("X-Amzn-Requestid"); !strings.Contains(w.log.String(), id) || !strings.Contains(w.log.String(), "secret detail") {
		t.Errorf("the log does not explain request %s: %s", id, w.log)
	}
}

func TestTheLogExplainsARefusalAndHoldsNoSecret(t *testing.T) {
	w := newWorld(t)
	pool := w.pool(object{"AutoVerifiedAttributes": []string{"email"}})
	secretClient := at(w.must("CreateUserPoolClient", object{"UserPoolId": pool, "ClientName": "c", "GenerateSecret": true}), "UserPoolClient.ClientSecret").(string)
	client := w.client(pool, object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH"}})
	w.must("SignUp", object{"ClientId": client, "Username": "ann", "Password": "Planted-Passw0rd", "UserAttributes": []object{{"Name": "email", "Value": "ann@example.com"}}})
	w.must("ConfirmSignUp", object{"ClientId": client, "Username": "ann", "ConfirmationCode": "123456"})
	tokens := w.must("InitiateAuth", object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Planted-Passw0rd"}})
	a := w.send(w.request("InitiateAuth", object{"ClientId": client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Wrong-Passw0rd"}}))
	refusedAs(t, "wrong password", a, http.StatusBadRequest, "NotAuthorizedException")
	log := w.log.String()
	if !strings.Contains(log, a.Header().Get("X-Amzn-Requestid")) || !strings.Contains(log, "Incorrect username or password.") {
		t.Error("the log does not explain the refusal")
	}
	result := at(tokens, "AuthenticationResult").(object)
	for name, secret := range map[string]string{
		"password": "Planted-Passw0rd", "wrong password": "Wrong-Passw0rd", "code": "123456", "client secret": secretClient,
		"access token": result["AccessToken"].(string), "refresh token": result["RefreshToken"].(string),
	} {
		if strings.Contains(log, secret) {
			t.Errorf("the %s stands in the log", name)
		}
	}
}

func TestAdmissionIsBounded(t *testing.T) {
	a := awsapi.NewAdmission(1, 1)
	in, leave, err := a.Enter(t.Context(), "InitiateAuth")
	if err != nil {
		t.Fatal(err)
	}
	if _, free, err := a.Enter(t.Context(), "GetUser"); err != nil {
		t.Errorf("a light operation waits: %v", err)
	} else {
		free()
	}
	waiting, cancel := context.WithCancel(t.Context())
	second := make(chan error, 1)
	go func() {
		_, _, err := a.Enter(waiting, "SignUp")
		second <- err
	}()
	for a.Waiting() == 0 {
		select {
		case err := <-second:
			t.Fatalf("the second did not wait: %v", err)
		default:
		}
	}
	if _, _, err := a.Enter(t.Context(), "SignUp"); err == nil || !strings.Contains(err.Error(), "TooManyRequests") {
		t.Errorf("beyond the queue: %v", err)
	}
	cancel()
	if err := <-second; err == nil {
		t.Error("a waiter that has gone is let in")
	}
	back := awsapi.StepAside(in)
	_, other, err := a.Enter(t.Context(), "SignUp")
	if err != nil {
		t.Fatalf("beside one that waits for somebody else: %v", err)
	}
	other()
	back()
	if _, _, err := a.Enter(waiting, "SignUp"); err == nil {
		t.Error("who comes back has no slot")
	}
	leave()
	if _, leave, err = a.Enter(t.Context(), "SignUp"); err != nil {
		t.Error(err)
	}
	leave()
}
