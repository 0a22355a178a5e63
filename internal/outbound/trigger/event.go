package trigger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Call is who asks: the part of an event that all triggers share.
type Call struct {
	Pool   *userpool.Pool
	Source Source
	// Username is the canonical username; for user migration what was typed,
	// for the client credentials grant ClientCredentials.
	Username string
	// ClientID is empty for administrators' operations, which name none.
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
	// Response is left out of events whose answer nobody reads.
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

// encode writes the event of a call. Response is the prefilled answer.
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

// marshal is json.Marshal that leaves <, > and & as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// SDKVersion is the caller's SDK as events name it, such as
// aws-sdk-js-3.1010.0, from a request's (X-Amz-)User-Agent headers; empty when
// none of them names one.
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

// WithSDK returns a context of a request by an SDK, as from SDKVersion, for the
// calls that name none.
func WithSDK(ctx context.Context, sdk string) context.Context {
	return context.WithValue(ctx, sdkKey{}, sdk)
}

// CallerSDK is that of the request; empty where it names none.
func CallerSDK(ctx context.Context) string {
	sdk, _ := ctx.Value(sdkKey{}).(string)
	return sdk
}

// Complete returns a function's answer as an event: one that holds nothing but
// a response, as webhooks and programs may answer, is put into the event that
// was sent. Every other answer comes back as it is, for Run to judge.
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
