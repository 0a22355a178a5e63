package gate_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/logtest"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// world is a gate in front of service.
type world struct {
	db   *store.DB
	clk  *clock.Driven
	gate *gate.Gate
	log  *logtest.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{log: &logtest.Buffer{}}
	w.db, w.clk = storetest.Open(t)
	w.gate = &gate.Gate{
		Service: service{}, Clock: w.clk, Entropy: entropy.System(), Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Auth: gate.DevAuth{Region: "us-east-1"},
	}
	return w
}

// service implements two operations; the others are not built.
type service struct{ api.Unbuilt }

func (service) ListUserPools(context.Context, *api.ListUserPoolsRequest) (*api.ListUserPoolsResponse, error) {
	return &api.ListUserPoolsResponse{UserPools: []api.UserPoolDescriptionType{}}, nil
}

// CreateUserPool returns a pool of the caller.
func (service) CreateUserPool(ctx context.Context, in *api.CreateUserPoolRequest) (*api.CreateUserPoolResponse, error) {
	c := gate.CallerOf(ctx)
	p := userpool.Pool{ID: c.Region + "_A", Account: c.Account, Region: c.Region}
	arn := p.ARN()
	return &api.CreateUserPoolResponse{UserPool: &api.UserPoolType{Name: in.PoolName, Arn: &arn}}, nil
}

func request(operation, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "AWSCognitoIdentityProviderService."+operation)
	return r
}

func (w *world) send(r *http.Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	w.gate.ServeHTTP(answer, r)
	return answer
}

var requestID = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// refusedAs requires the response to be this error, in JSON, with its headers.
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

func TestResponseHeaders(t *testing.T) {
	w := newWorld(t)
	a := w.send(request("ListUserPools", `{"MaxResults":1}`))
	for name, want := range map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "Access-Control-Allow-Origin": "*",
		"Access-Control-Expose-Headers":    "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
		"Access-Control-Allow-Credentials": "",
	} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Code != http.StatusOK || !requestID.MatchString(a.Header().Get("X-Amzn-Requestid")) ||
		a.Body.String() != `{"UserPools":[]}` {
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
		"Access-Control-Allow-Origin": "*", "Access-Control-Max-Age": "172800",
		"Access-Control-Allow-Headers": "content-type,x-amz-target,x-amz-user-agent",
		"Access-Control-Allow-Methods": "POST",
	} {
		if got := a.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a.Code != http.StatusOK || a.Body.Len() != 0 {
		t.Errorf("%d %s", a.Code, a.Body)
	}
}

func TestGateRefusals(t *testing.T) {
	// The constraints of an operation that is not built are checked too.
	const importJob = `{"JobName":"j","UserPoolId":"us-east-1_A",` +
		`"CloudWatchLogsRoleArn":"arn:aws:iam::111111111111:role/r"}`
	const unknown = "UnknownOperationException"
	w := newWorld(t)
	changed := func(change func(*http.Request)) *http.Request {
		r := request("ListUserPools", `{"MaxResults":1}`)
		change(r)
		return r
	}
	header := func(name, value string) *http.Request {
		return changed(func(r *http.Request) { r.Header.Set(name, value) })
	}
	without := func(name string) *http.Request {
		return changed(func(r *http.Request) { r.Header.Del(name) })
	}
	for name, c := range map[string]struct {
		r      *http.Request
		status int
		error  string
	}{
		"another path":      {changed(func(r *http.Request) { r.URL.Path = "/admin" }), 404, unknown},
		"GET":               {changed(func(r *http.Request) { r.Method = http.MethodGet }), 405, unknown},
		"PUT":               {changed(func(r *http.Request) { r.Method = http.MethodPut }), 405, unknown},
		"no target":         {without("X-Amz-Target"), 400, unknown},
		"another service":   {header("X-Amz-Target", "DynamoDB.ListTables"), 400, unknown},
		"unknown operation": {request("Fly", `{"MaxResults":1}`), 400, unknown},
		"plain JSON":        {header("Content-Type", "application/json"), 400, unknown},
		"no content type":   {without("Content-Type"), 400, unknown},
		"not built":         {request("CreateUserImportJob", importJob), 501, "UnsupportedOperationException"},
		"a megabyte": {
			request("SignUp", `{"ClientId":"`+strings.Repeat("x", 1<<20)+`"}`), 413, "RequestEntityTooLargeException",
		},
		"broken JSON": {request("SignUp", `{"ClientId"`), 400, "SerializationException"},
		"wrong type":  {request("SignUp", `{"ClientId":[]}`), 400, "SerializationException"},
		"constraint":  {request("SignUp", `{}`), 400, "InvalidParameterException"},
	} {
		refusedAs(t, name, w.send(c.r), c.status, c.error)
	}
	a := w.send(request("CreateUserImportJob", importJob))
	if !strings.Contains(a.Body.String(), "CreateUserImportJob is not built in this version of Lifeguard.") {
		t.Errorf("not built: %s", a.Body)
	}
	w.gate.PlainJSON = true
	if a := w.send(header("Content-Type", "application/json; charset=utf-8")); a.Code != http.StatusOK {
		t.Errorf("application/json with PlainJSON: %d %s", a.Code, a.Body)
	}
}

// failing is a service whose operations panic.
type failing struct{ api.Unbuilt }

func (failing) ListUserPools(context.Context, *api.ListUserPoolsRequest) (*api.ListUserPoolsResponse, error) {
	panic("secret detail")
}

func TestPanicsAreNotRevealed(t *testing.T) {
	w := newWorld(t)
	w.gate.Service = failing{}
	a := w.send(request("ListUserPools", `{"MaxResults":1}`))
	refusedAs(t, "panic", a, http.StatusInternalServerError, "InternalErrorException")
	if strings.Contains(a.Body.String(), "secret detail") {
		t.Errorf("the response has the text of the panic: %s", a.Body)
	}
	if id := a.Header().Get("X-Amzn-Requestid"); !strings.Contains(w.log.String(), id) ||
		!strings.Contains(w.log.String(), "secret detail") {
		t.Errorf("the log has no error for request %s: %s", id, w.log)
	}
}
