package lambda

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/sigv4"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Credentials sign the calls.
type Credentials struct {
	AccessKeyID  string
	SecretKey    userpool.Secret
	SessionToken userpool.Secret // empty for keys that do not expire
}

// FromEnvironment reads the standard variables of AWS tools. getenv is
// os.Getenv. The error names the missing variable.
func FromEnvironment(getenv func(string) string) (Credentials, error) {
	c := Credentials{
		AccessKeyID:  getenv("AWS_ACCESS_KEY_ID"),
		SecretKey:    userpool.Secret(getenv("AWS_SECRET_ACCESS_KEY")),
		SessionToken: userpool.Secret(getenv("AWS_SESSION_TOKEN")),
	}
	switch {
	case c.AccessKeyID == "":
		return Credentials{}, errors.New("AWS_ACCESS_KEY_ID is not set: calling Lambda needs credentials")
	case c.SecretKey == "":
		return Credentials{}, errors.New("AWS_SECRET_ACCESS_KEY is not set: calling Lambda needs credentials")
	}
	return c, nil
}

// AnyCredentials is for emulators, which require a signature but do not verify it.
var AnyCredentials = Credentials{AccessKeyID: "test", SecretKey: "test"}

// Config is the configuration of an Invoker.
type Config struct {
	// Client makes the requests. Redirects are not followed.
	Client *http.Client
	// Endpoint is a URL such as http://localhost:4566; empty: AWS, in the region
	// of each ARN. A fragment, as in http://localhost:9000#function, is the name
	// of the only function there, used for every ARN.
	Endpoint    string
	Credentials Credentials
	// Clock dates the signatures. AWS refuses times more than five minutes off, so
	// it must be the machine's.
	Clock clock.Clock
}

// Invoker calls functions.
type Invoker struct {
	Config
	client   http.Client
	function string // empty: the ARN
}

// New checks the configuration; it does not connect.
func New(c Config) (*Invoker, error) {
	i := &Invoker{Config: c, client: *c.Client}
	i.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if c.Endpoint == "" {
		return i, nil
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%q is not an http or https URL", c.Endpoint)
	}
	i.function, u.Fragment, u.RawFragment = u.Fragment, "", ""
	i.Endpoint = strings.TrimSuffix(u.String(), "/")
	return i, nil
}

// Invoke calls the function and waits for its result.
func (i *Invoker) Invoke(ctx context.Context, arn string, event []byte) ([]byte, error) {
	request, err := i.request(ctx, arn, event)
	if err != nil {
		return nil, &trigger.InvokeError{Code: trigger.CodeNotFound, Cause: err}
	}
	answer, err := i.client.Do(request)
	if err != nil {
		return nil, &trigger.InvokeError{Code: trigger.CodeService, Cause: err}
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, trigger.MaxResponse+1))
	switch {
	case err != nil:
		return nil, &trigger.InvokeError{Code: trigger.CodeService, Cause: fmt.Errorf("read the response: %w", err)}
	case answer.StatusCode != http.StatusOK:
		return nil, serviceError(answer, body)
	case len(body) > trigger.MaxResponse:
		return nil, trigger.TooLarge()
	case answer.Header.Get("X-Amz-Function-Error") != "":
		return nil, functionError(body, answer.Header.Get("X-Amz-Function-Error"))
	}
	if e := unmarkedError(body); e != nil {
		return nil, e
	}
	return body, nil
}

// region matches the region in an ARN. It becomes part of a host name, and ARNs
// come from callers that configure a pool.
var region = regexp.MustCompile(`^arn:[a-z-]+:lambda:([a-z0-9-]+):`)

func (i *Invoker) request(ctx context.Context, arn string, event []byte) (*http.Request, error) {
	found := region.FindStringSubmatch(arn)
	if found == nil {
		return nil, errors.New("the function's name is not an ARN of Lambda")
	}
	endpoint, function := i.Endpoint, i.function
	if endpoint == "" {
		endpoint = "https://lambda." + found[1] + ".amazonaws.com"
		if strings.HasPrefix(arn, "arn:aws-cn:") {
			endpoint += ".cn"
		}
	}
	if function == "" {
		function = arn
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost,
		endpoint+"/2015-03-31/functions/"+escape(function)+"/invocations", bytes.NewReader(event))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Amz-Invocation-Type", "RequestResponse")
	if token := i.Credentials.SessionToken.Reveal(); token != "" {
		r.Header.Set("X-Amz-Security-Token", token)
	}
	i.sign(r, event, found[1])
	return r, nil
}

// sign signs the request. The path is escaped twice, as for all AWS services
// except S3.
func (i *Invoker) sign(r *http.Request, event []byte, region string) {
	twice := *r.URL
	twice.Path, twice.RawPath = r.URL.EscapedPath(), ""
	signed := *r
	signed.URL = &twice
	sigv4.Sign(&signed, event, sigv4.Credential{
		AccessKeyID: i.Credentials.AccessKeyID, Region: region, Service: "lambda",
	}, i.Credentials.SecretKey.Reveal(), i.Clock.Now())
}

// escape percent-encodes all but the unreserved characters of RFC 3986.
func escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// failure is the body of a function's error. Message is a pointer to
// distinguish an error without a message from a result.
type failure struct {
	Message *string         `json:"errorMessage"`
	Type    string          `json:"errorType"`
	Event   json.RawMessage `json:"response"`
}

// functionError parses the error of a function; how is Handled or Unhandled.
func functionError(body []byte, how string) error {
	var f failure
	if json.Unmarshal(body, &f) != nil || f.Message == nil {
		return &trigger.FunctionError{Type: how, Message: "null"}
	}
	if f.Type == "" {
		f.Type = how
	}
	return &trigger.FunctionError{Type: f.Type, Message: *f.Message}
}

// unmarkedError recognizes an error by its form, because the runtime interface
// emulator returns 200 without the error header.
func unmarkedError(body []byte) error {
	var f failure
	if json.Unmarshal(body, &f) != nil || f.Message == nil || f.Event != nil {
		return nil
	}
	return &trigger.FunctionError{Type: f.Type, Message: *f.Message}
}

// serviceError parses an error of the service. Its message is for the log.
func serviceError(answer *http.Response, body []byte) error {
	var e struct {
		Type    string `json:"__type"`
		Message string `json:"message"` // or Message: names match without case
	}
	_ = json.Unmarshal(body, &e) // the HTML page of an emulator has neither
	code := answer.Header.Get("X-Amzn-Errortype")
	if code == "" {
		code = e.Type
	}
	// A code may be followed by a URL, or preceded by a namespace.
	code, _, _ = strings.Cut(code, ":")
	code = code[strings.LastIndexByte(code, '#')+1:]
	if strings.Trim(code, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "" || code == "" {
		code = trigger.CodeOf(answer.StatusCode)
	}
	if answer.StatusCode == http.StatusTooManyRequests {
		code = trigger.CodeTooManyRequests
	}
	return &trigger.InvokeError{Code: code, Cause: fmt.Errorf("status %d: %.300q", answer.StatusCode, e.Message)}
}
