package lambda_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/lambda"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const (
	arn  = "arn:aws:lambda:eu-west-1:123456789012:function:gate:live"
	path = "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Agate%3Alive/invocations"
)

var credentials = lambda.Credentials{AccessKeyID: "AKIDEXAMPLE", SecretKey: "secret", SessionToken: "token"}

// verified fails the test unless the request has the signature that Lambda
// requires.
func verified(t *testing.T, r *http.Request, body []byte) {
	t.Helper()
	auth, err := sigv4.ParseAuthorization(r.Header)
	if err != nil {
		t.Error(err)
		return
	}
	twice := *r.URL // services other than S3 escape the path twice
	twice.Path, twice.RawPath = r.URL.EscapedPath(), ""
	signed := *r
	signed.URL = &twice
	if err := sigv4.Verify(&signed, body, auth, "secret",
		sigv4.Options{Region: "eu-west-1", Service: "lambda", Now: noon}); err != nil {
		t.Errorf("the signature: %v", err)
	}
	if err := sigv4.Verify(&signed, append(body, 'x'), auth, "secret",
		sigv4.Options{Region: "eu-west-1", Service: "lambda", Now: noon}); err == nil {
		t.Error("the signature does not cover the body")
	}
	if auth.Credential.AccessKeyID != "AKIDEXAMPLE" || r.Header.Get("X-Amz-Security-Token") != "token" {
		t.Errorf("key %q, token %q", auth.Credential.AccessKeyID, r.Header.Get("X-Amz-Security-Token"))
	}
}

// invoker returns an Invoker that calls a server with the handler.
func invoker(t *testing.T, fragment string, answer http.HandlerFunc) *lambda.Invoker {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	i, err := lambda.New(lambda.Config{
		Client: trigger.NewClient(), Endpoint: server.URL + fragment,
		Credentials: credentials, Clock: clock.Frozen(noon),
	})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestInvoke(t *testing.T) {
	i := invoker(t, "", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		verified(t, r, body)
		if r.Method != http.MethodPost || r.URL.EscapedPath() != path ||
			r.Header.Get("X-Amz-Invocation-Type") != "RequestResponse" {
			t.Errorf("%s %s, %v", r.Method, r.URL.EscapedPath(), r.Header)
		}
		_, _ = w.Write(append([]byte(`{"echo":`), append(body, '}')...))
	})
	answer, err := i.Invoke(t.Context(), arn, []byte(`{"a":1}`))
	if err != nil || string(answer) != `{"echo":{"a":1}}` {
		t.Errorf("%s, %v", answer, err)
	}
}

// A fragment is the name of the only function of a runtime interface emulator.
func TestOneFunction(t *testing.T) {
	i := invoker(t, "/#function", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/2015-03-31/functions/function/invocations" {
			t.Errorf("path %s", r.URL.Path)
		}
		_, _ = io.WriteString(w, "{}")
	})
	if _, err := i.Invoke(t.Context(), arn, []byte(`{}`)); err != nil {
		t.Error(err)
	}
}

// Responses of the Invoke API if a function or the service fails. Source: API
// reference of AWS Lambda; the runtime interface emulator's sources.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		status       int
		header, body string
		thrown       *trigger.FunctionError
		code         string
	}{
		"thrown in Node": {200, "X-Amz-Function-Error: Unhandled",
			`{"errorType":"Error","errorMessage":"Not today","trace":[]}`,
			&trigger.FunctionError{Type: "Error", Message: "Not today"}, ""},
		"thrown in Python": {200, "X-Amz-Function-Error: Unhandled",
			`{"errorMessage":"Not today","errorType":"ValueError","stackTrace":[]}`,
			&trigger.FunctionError{Type: "ValueError", Message: "Not today"}, ""},
		"without a type": {200, "X-Amz-Function-Error: Unhandled",
			`{"errorMessage":"2026-05-01 Task timed out after 3.00 seconds"}`,
			&trigger.FunctionError{Type: "Unhandled", Message: "2026-05-01 Task timed out after 3.00 seconds"}, ""},
		"without anything": {
			200, "X-Amz-Function-Error: Handled", `null`, &trigger.FunctionError{Type: "Handled", Message: "null"}, "",
		},
		"in the emulator": {200, "", `{"errorType":"Error","errorMessage":"Not today"}`,
			&trigger.FunctionError{Type: "Error", Message: "Not today"}, ""},
		"not found": {
			404, "X-Amzn-Errortype: ResourceNotFoundException", `{"Type":"User","Message":"Function not found"}`, nil,
			"ResourceNotFoundException",
		},
		"not allowed": {
			403, "X-Amzn-Errortype: AccessDeniedException:http://x/", `{"Message":"no"}`, nil, "AccessDeniedException",
		},
		"type in body": {
			400, "", `{"__type":"com.amazonaws#InvalidRequestContentException"}`, nil, "InvalidRequestContentException",
		},
		"throttled":     {429, "X-Amzn-Errortype: ServiceQuota", `{}`, nil, "TooManyRequestsException"},
		"a proxy":       {502, "", `<html>`, nil, "ServiceException"},
		"a bad name":    {400, "X-Amzn-Errortype: <script>", `{}`, nil, "ServiceException"},
		"a redirection": {307, "Location: http://169.254.169.254/", ``, nil, "ServiceException"},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoker(t, "", func(w http.ResponseWriter, _ *http.Request) {
				if key, value, ok := strings.Cut(c.header, ": "); ok {
					w.Header().Set(key, value)
				}
				w.WriteHeader(c.status)
				_, _ = io.WriteString(w, c.body)
			})
			_, err := i.Invoke(t.Context(), arn, []byte(`{}`))
			var thrown *trigger.FunctionError
			var refused *trigger.InvokeError
			switch {
			case c.thrown != nil && (!errors.As(err, &thrown) || *thrown != *c.thrown):
				t.Errorf("%v, want %v", err, c.thrown)
			case c.thrown == nil && (!errors.As(err, &refused) || refused.Code != c.code):
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

// An event with a member errorMessage is not an error.
func TestEventWithErrorMessage(t *testing.T) {
	i := invoker(t, "", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"errorMessage":"mine","response":{}}`)
	})
	if _, err := i.Invoke(t.Context(), arn, []byte(`{}`)); err != nil {
		t.Error(err)
	}
}

func TestTooLarge(t *testing.T) {
	i := invoker(t, "", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat(" ", trigger.MaxResponse+1))
	})
	var thrown *trigger.FunctionError
	if _, err := i.Invoke(t.Context(), arn, []byte(`{}`)); !errors.As(err, &thrown) ||
		thrown.Type != "Function.ResponseSizeTooLarge" {
		t.Errorf("%v", err)
	}
}

func TestEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	i := invoker(t, "", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // otherwise the server does not detect the disconnect
		cancel()
		<-r.Context().Done()
	})
	if _, err := i.Invoke(ctx, arn, []byte(`{}`)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The region becomes part of a host name, but the configuration of a pool must
// not determine the host.
func TestInvalidARNs(t *testing.T) {
	i, err := lambda.New(lambda.Config{
		Client: trigger.NewClient(), Credentials: credentials, Clock: clock.Frozen(noon),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, arn := range []string{
		"gate", "arn:aws:lambda:evil.example/:1:function:f", "arn:aws:sns:us-east-1:1:f",
		"arn:aws:lambda:a@b:1:function:f",
	} {
		var refused *trigger.InvokeError
		if _, err := i.Invoke(t.Context(), arn, []byte(`{}`)); !errors.As(err, &refused) ||
			refused.Code != trigger.CodeNotFound {
			t.Errorf("%s: %v", arn, err)
		}
	}
	if _, err := lambda.New(lambda.Config{Client: trigger.NewClient(), Endpoint: "localhost:4566"}); err == nil {
		t.Error("an invalid endpoint is accepted")
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	if text := fmt.Sprintf("%v %+v %#v", credentials, credentials, credentials); strings.Contains(text, "token\"") ||
		strings.Contains(text, "{secret") || !strings.Contains(text, "redacted") {
		t.Error(text)
	}
}

func TestFromEnvironment(t *testing.T) {
	environment := map[string]string{"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
	c, err := lambda.FromEnvironment(func(name string) string { return environment[name] })
	if err != nil || c.AccessKeyID != "a" || c.SecretKey.Reveal() != "s" || c.SessionToken.Reveal() != "t" {
		t.Errorf("%v, %v", c, err)
	}
	delete(environment, "AWS_SECRET_ACCESS_KEY")
	if _, err := lambda.FromEnvironment(func(name string) string { return environment[name] }); err == nil ||
		!strings.Contains(err.Error(), "AWS_SECRET_ACCESS_KEY") {
		t.Errorf("%v", err)
	}
}
