package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Call is the part of an event that all triggers share.
type Call struct {
	Pool   *userpool.Pool
	Source Source
	// Username is the canonical username. For user migration it is the name as
	// typed, for the client credentials grant ClientCredentials.
	Username string
	// ClientID is empty for administrators' operations, which have none.
	ClientID string
	SDK      string // as from SDKVersion; empty: unknown
}

// ClientCredentials is the user name in events of the client credentials grant.
const ClientCredentials = "ClientCredentials"

const (
	noClient   = "CLIENT_ID_NOT_APPLICABLE"
	unknownSDK = "aws-sdk-unknown-unknown"
)

// event is the envelope, with its members in Cognito's order.
type event struct {
	Version       string        `json:"version"`
	Region        string        `json:"region"`
	UserPoolID    string        `json:"userPoolId"`
	UserName      string        `json:"userName"`
	CallerContext callerContext `json:"callerContext"`
	TriggerSource Source        `json:"triggerSource"`
	Request       any           `json:"request"`
	// Response is omitted from events whose response is ignored.
	Response json.RawMessage `json:"response,omitempty"`
}

type callerContext struct {
	AWSSDKVersion string `json:"awsSdkVersion"`
	ClientID      string `json:"clientId"`
}

// occasion is a call with the version of its event.
type occasion struct {
	Call
	version string
}

// encode returns the event of a call. response is the prefilled response.
func (o occasion) encode(request any, response string) ([]byte, error) {
	e := event{
		Version: o.version, Region: o.Pool.Region, UserPoolID: o.Pool.ID, UserName: o.Username,
		CallerContext: callerContext{o.SDK, o.ClientID},
		TriggerSource: o.Source, Request: request, Response: json.RawMessage(response),
	}
	if e.CallerContext.AWSSDKVersion == "" {
		e.CallerContext.AWSSDKVersion = unknownSDK
	}
	if e.CallerContext.ClientID == "" {
		e.CallerContext.ClientID = noClient
	}
	text, err := marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode the event %s: %w", o.Source, err)
	}
	return text, nil
}

// marshal is json.Marshal without HTML escapes.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// SDKVersion returns the caller's SDK as events name it, such as
// aws-sdk-js-3.1010.0, from a request's (X-Amz-)User-Agent headers, or "".
func SDKVersion(agents ...string) string {
	for _, agent := range agents {
		for product := range strings.FieldsSeq(agent) {
			name, version, ok := strings.Cut(product, "/")
			if ok && strings.HasPrefix(name, "aws-sdk-") && version != "" {
				return name + "-" + version
			}
		}
	}
	return ""
}

type sdkKey struct{}

// WithSDK returns a context with the SDK of the request, as from SDKVersion. It
// is used for calls without an SDK.
func WithSDK(ctx context.Context, sdk string) context.Context {
	return context.WithValue(ctx, sdkKey{}, sdk)
}

// CallerSDK returns the SDK of the request, or "".
func CallerSDK(ctx context.Context) string {
	sdk, _ := ctx.Value(sdkKey{}).(string)
	return sdk
}

// Complete returns a function's result as an event. A result with a response
// only, which webhooks and programs may return, is inserted into the event that
// was sent. Any other result is returned unchanged; Run verifies it.
func Complete(event, answer []byte) []byte {
	var given, sent map[string]json.RawMessage
	if json.Unmarshal(answer, &given) != nil || len(given) != 1 || given["response"] == nil {
		return answer
	}
	if json.Unmarshal(event, &sent) != nil {
		return answer
	}
	sent["response"] = given["response"]
	whole, err := marshal(sent)
	if err != nil {
		return answer
	}
	return whole
}
