package trigger_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var update = flag.Bool("update", false, "rewrite the golden events")

var (
	attributes = map[string]string{
		"sub": "5f0c3c1e-7f0a-4d0e-9d1b-0c8f5b1a2b3c", "cognito:user_status": "CONFIRMED",
		"email_verified": "true", "email": "a@example.com",
	}
	metadata = map[string]string{"campaign": "spring & <summer>"}
	rounds   = []trigger.ChallengeResult{
		{ChallengeName: "SRP_A", ChallengeResult: true},
		{ChallengeName: "CUSTOM_CHALLENGE", ChallengeResult: false, ChallengeMetadata: ptr("CAPTCHA")},
	}
)

// runSource runs the source's trigger with every member of its request set.
func runSource(r *trigger.Runner, c trigger.Call) (any, error) {
	ctx := context.Background()
	switch c.Source.Trigger() {
	case userpool.PreSignUp:
		return trigger.Run(ctx, r, c,
			trigger.PreSignUpRequest{UserAttributes: attributes, ValidationData: metadata, ClientMetadata: metadata})
	case userpool.PostConfirmation:
		return trigger.Run(ctx, r, c,
			trigger.PostConfirmationRequest{UserAttributes: attributes, ClientMetadata: metadata})
	case userpool.PreAuthentication:
		return trigger.Run(ctx, r, c, trigger.PreAuthenticationRequest{
			UserAttributes: attributes, ValidationData: metadata, UserNotFound: ptr(false),
		})
	case userpool.PostAuthentication:
		return trigger.Run(ctx, r, c, trigger.PostAuthenticationRequest{
			UserAttributes: attributes, NewDeviceUsed: true, ClientMetadata: metadata,
		})
	case trigger.DefineAuthChallenge:
		return trigger.Run(ctx, r, c, trigger.DefineAuthChallengeRequest{
			UserAttributes: attributes, Session: rounds, ClientMetadata: metadata, UserNotFound: ptr(false),
		})
	case trigger.CreateAuthChallenge:
		return trigger.Run(ctx, r, c, trigger.CreateAuthChallengeRequest{
			UserAttributes: attributes, ChallengeName: "CUSTOM_CHALLENGE", Session: rounds, ClientMetadata: metadata,
			UserNotFound: ptr(false),
		})
	case trigger.VerifyAuthChallenge:
		return trigger.Run(ctx, r, c, trigger.VerifyAuthChallengeRequest{
			UserAttributes: attributes, PrivateChallengeParameters: map[string]string{"answer": "5"},
			ChallengeAnswer: "5", ClientMetadata: metadata, UserNotFound: ptr(false),
		})
	case userpool.PreTokenGeneration:
		if c.Source == trigger.TokenGenerationClientCredentials {
			return trigger.Run(ctx, r, c,
				trigger.PreTokenGenerationRequest{Scopes: []string{"api/read"}, ClientMetadata: metadata})
		}
		return trigger.Run(ctx, r, c, trigger.PreTokenGenerationRequest{
			UserAttributes: attributes, Groups: &trigger.Groups{GroupsToOverride: []string{"admins"}},
			Scopes: []string{"aws.cognito.signin.user.admin"}, ClientMetadata: metadata,
		})
	case userpool.UserMigration:
		q := trigger.UserMigrationRequest{ValidationData: metadata, ClientMetadata: metadata}
		if c.Source == trigger.UserMigrationAuthentication {
			q.Password = ptr(userpool.Secret("correct horse"))
		}
		return trigger.Run(ctx, r, c, q)
	case userpool.CustomMessage:
		return trigger.Run(ctx, r, c,
			trigger.CustomMessageRequest{UserAttributes: attributes, ClientMetadata: metadata})
	case userpool.CustomEmailSender, userpool.CustomSMSSender:
		return trigger.Run(ctx, r, c, trigger.CustomSenderRequest{Code: ptr("AYADeA=="), UserAttributes: attributes})
	}
	return trigger.Run(ctx, r, c, trigger.InboundFederationRequest{
		ProviderName: "Corp", ProviderType: "OIDC",
		Attributes: trigger.FederatedAttributes{
			TokenResponse: map[string]string{"access_token": "eyJ", "token_type": "Bearer", "expires_in": "3600"},
			IDToken:       map[string]string{"sub": "u1", "email": "a@example.com", "email_verified": "true"},
			UserInfo:      map[string]string{},
		},
	})
}

// seen runs the trigger of a source and returns its event.
func seen(t testing.TB, c trigger.Call) []byte {
	t.Helper()
	var event []byte
	r := runner(t, func(_ context.Context, _ string, e []byte) ([]byte, error) {
		event = bytes.Clone(e)
		return e, nil
	})
	// An unchanged event is valid except for DefineAuthChallenge, which must
	// decide.
	if _, err := runSource(r, c); err != nil && c.Source != trigger.DefineAuthChallengeAuthentication {
		t.Errorf("%s: its own event is refused: %v", c.Source, err)
	}
	return event
}

// cases are all sources, those of tokens in every version.
func cases() map[string]trigger.Call {
	found := map[string]trigger.Call{}
	for s := range sourceNames() {
		c := call(s)
		if c.Source.Trigger() == userpool.PreTokenGeneration {
			for _, version := range []string{"V2_0", "V3_0"} {
				c.Pool = pool(c.Pool.ID, version)
				found[string(s)+"."+version] = c
			}
			c.Pool = pool(c.Pool.ID, "V1_0")
			if s == trigger.TokenGenerationClientCredentials {
				machine := found[string(s)+".V3_0"]
				machine.Username = trigger.ClientCredentials
				found[string(s)+".V3_0"] = machine
				delete(found, string(s)+".V2_0")
				continue
			}
		}
		found[string(s)] = c
	}
	return found
}

func sourceNames() map[trigger.Source]bool {
	files, _ := filepath.Glob("testdata/events/*.json")
	names := map[trigger.Source]bool{}
	for _, f := range files {
		name := trigger.Source(filepath.Base(f))
		for name.Trigger() == "" && name != "" {
			name = name[:len(name)-1]
		}
		names[name] = true
	}
	return names
}

// Each source has a golden event. They were compared with captured events and
// the samples of the guide, including null values.
func TestEventsAreGolden(t *testing.T) {
	all := cases()
	if got := len(sourceNames()); got != 41 {
		t.Errorf("golden events of %d sources, want 41", got)
	}
	for name, c := range all {
		var text bytes.Buffer
		if err := json.Indent(&text, seen(t, c), "", "  "); err != nil {
			t.Fatal(err)
		}
		text.WriteByte('\n')
		file := filepath.Join("testdata/events", name+".json")
		if *update {
			if err := os.WriteFile(file, text.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(string(want), text.String()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

type keys map[string]json.RawMessage

func members(t testing.TB, text []byte) keys {
	t.Helper()
	var k keys
	if err := json.Unmarshal(text, &k); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return k
}

func (k keys) names() []string { return slices.Sorted(maps.Keys(k)) }

// beyond are members of real events that the Go types lack.
var beyond = map[userpool.Trigger][]string{
	userpool.PreAuthentication:  {"userNotFound"},
	trigger.CreateAuthChallenge: {"userNotFound"},
	trigger.VerifyAuthChallenge: {"userNotFound"},
	userpool.CustomMessage:      {"linkParameter"},
	userpool.UserMigration:      {"enableSMSMFA"},
}

// Events have all members of the types in aws-lambda-go, and no others except
// those of newer events.
func TestEventsHaveTheMembersOfTheGoTypes(t *testing.T) {
	text, err := os.ReadFile("testdata/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	var types struct {
		Envelope, CallerContext, GroupConfiguration, Session []string
		Triggers                                             map[string]struct{ Request, Response []string }
	}
	if err := json.Unmarshal(text, &types); err != nil {
		t.Fatal(err)
	}
	same := func(name string, got, want []string, more ...string) {
		want = append(slices.Clone(want), more...)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for name, c := range cases() {
		event := members(t, seen(t, c))
		key := string(c.Source.Trigger())
		if c.Source.Trigger() == userpool.PreTokenGeneration && string(event["version"]) != `"1"` {
			key += "2"
		}
		want, known := types.Triggers[key]
		if !known { // the Go types have no custom senders
			continue
		}
		same(name, event.names(), types.Envelope)
		same(name+".callerContext", members(t, event["callerContext"]).names(), types.CallerContext)
		request := members(t, event["request"])
		got := append(request.names(), members(t, event["response"]).names()...)
		got = slices.DeleteFunc(got, func(k string) bool {
			return slices.Contains(beyond[c.Source.Trigger()], k)
		})
		wanted := append(slices.Clone(want.Request), want.Response...)
		if c.Source == trigger.UserMigrationForgotPassword {
			wanted = slices.DeleteFunc(wanted, func(k string) bool { return k == "password" })
		}
		slices.Sort(got)
		same(name, got, wanted)
		if g := request["groupConfiguration"]; string(g) != "null" && g != nil {
			same(name+".groupConfiguration", members(t, g).names(), types.GroupConfiguration)
		}
	}
}

// Absent values are null, empty or omitted, as in captured events.
func TestAbsentMembers(t *testing.T) {
	var event []byte
	r := runner(t, func(_ context.Context, _ string, e []byte) ([]byte, error) {
		event = e
		return e, nil
	})
	ctx := context.Background()
	requests := func(s trigger.Source, run func(trigger.Call) error) string {
		c := call(s)
		c.ClientID, c.Pool = "", pool("p", "V3_0")
		if err := run(c); err != nil && s != trigger.DefineAuthChallengeAuthentication {
			t.Errorf("%s: %v", s, err)
		}
		if got := string(
			members(t, event)["callerContext"],
		); got != `{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"CLIENT_ID_NOT_APPLICABLE"}` {
			t.Errorf("%s: callerContext %s", s, got)
		}
		return string(members(t, event)["request"])
	}
	for _, c := range []struct{ got, want string }{
		{requests(trigger.PreSignUpAdminCreateUser, func(c trigger.Call) error {
			_, err := trigger.Run(ctx, r, c, trigger.PreSignUpRequest{})
			return err
		}), `{"userAttributes":{},"validationData":null}`},
		{requests(trigger.DefineAuthChallengeAuthentication, func(c trigger.Call) error {
			_, err := trigger.Run(ctx, r, c, trigger.DefineAuthChallengeRequest{})
			return err
		}), `{"userAttributes":{},"session":[]}`},
		{requests(trigger.TokenGenerationClientCredentials, func(c trigger.Call) error {
			_, err := trigger.Run(ctx, r, c, trigger.PreTokenGenerationRequest{})
			return err
		}), `{"userAttributes":{},"groupConfiguration":null,"scopes":[]}`},
		{requests(trigger.UserMigrationForgotPassword, func(c trigger.Call) error {
			_, err := trigger.Run(ctx, r, c, trigger.UserMigrationRequest{})
			return err
		}), `{"validationData":null}`},
		{requests(trigger.CustomSMSSenderSignUp, func(c trigger.Call) error {
			_, err := trigger.Run(ctx, r, c, trigger.CustomSenderRequest{})
			return err
		}), `{"type":"customSMSSenderRequestV1","code":null,"clientMetadata":null,"userAttributes":{}}`},
		{requests(trigger.InboundFederationExternalProvider, func(c trigger.Call) error {
			_, err := trigger.Run(ctx, r, c, trigger.InboundFederationRequest{
				ProviderName: "S", ProviderType: "SAML",
				Attributes: trigger.FederatedAttributes{SAMLResponse: map[string]string{}},
			})
			return err
		}), `{"providerName":"S","providerType":"SAML","attributes":{"samlResponse":{}}}`},
	} {
		if c.got != c.want {
			t.Errorf("request %s, want %s", c.got, c.want)
		}
	}
}

func TestSDKVersion(t *testing.T) {
	for agent, want := range map[string]string{
		"aws-sdk-js/3.1010.0 ua/2.1 os/linux": "aws-sdk-js-3.1010.0",
		"aws-sdk-nodejs/2.856.0 linux/v12":    "aws-sdk-nodejs-2.856.0",
		"Mozilla/5.0 (X11) Gecko/2010":        "",
		"aws-amplify/6.0.0 framework/1":       "",
		"aws-sdk-js/":                         "",
	} {
		if got := trigger.SDKVersion("", agent); got != want {
			t.Errorf("%q is %q, want %q", agent, got, want)
		}
	}
}
