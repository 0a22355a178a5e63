package trigger_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// refusedAs checks kind and text, to the byte.
func refusedAs(t *testing.T, name string, err error, kind fault.Kind, text string) {
	t.Helper()
	f := fault.Of(err)
	if f == nil || f.Kind != kind || f.Message != text {
		t.Errorf("%s: %v, want %s: %s", name, err, kind, text)
	}
}

const unrecognizable = "Unrecognizable lambda output"

// Sources of the responses below.
const (
	define  = trigger.DefineAuthChallengeAuthentication
	create  = trigger.CreateAuthChallengeAuthentication
	verify  = trigger.VerifyAuthChallengeResponseAuthentication
	migrate = trigger.UserMigrationAuthentication
	message = trigger.CustomMessageSignUp
	federal = trigger.InboundFederationExternalProvider
)

// responses are results of functions and the decoded responses.
var responses = []struct {
	source   trigger.Source
	response string
	want     any // nil: refused
}{
	{trigger.PreSignUpSignUp, `{}`, trigger.PreSignUpResponse{}},
	{trigger.PreSignUpSignUp, `{"autoConfirmUser":true,"autoVerifyPhone":true,"other":1}`,
		trigger.PreSignUpResponse{AutoConfirmUser: true, AutoVerifyPhone: true}},
	{trigger.PreSignUpSignUp, `{"AutoConfirmUser":true}`, trigger.PreSignUpResponse{}}, // unknown member
	{trigger.PreSignUpSignUp, `{"autoConfirmUser":"true"}`, nil},
	{trigger.PreSignUpSignUp, `{"autoConfirmUser":1}`, nil},
	{trigger.PreSignUpSignUp, `{"autoConfirmUser":null}`, nil},
	{trigger.PreSignUpSignUp, `null`, nil},
	{trigger.PreSignUpSignUp, `[]`, nil},
	{trigger.PostConfirmationConfirmSignUp, `{"x":[1]}`, trigger.Nothing{}},
	{trigger.PostAuthenticationAuthentication, `"done"`, nil},
	{define, `{"challengeName":null,"issueTokens":null,"failAuthentication":null}`, nil},
	{define, `{"challengeName":"","issueTokens":false,"failAuthentication":false}`, nil},
	{define, `{"challengeName":"CUSTOM_CHALLENGE","issueTokens":false,"failAuthentication":null}`,
		trigger.DefineAuthChallengeResponse{ChallengeName: "CUSTOM_CHALLENGE"}},
	{define, `{"challengeName":"","issueTokens":true,"failAuthentication":true}`,
		trigger.DefineAuthChallengeResponse{IssueTokens: true, FailAuthentication: true}},
	{define, `{"challengeName":"PASSWORD"}`, nil},
	{define, `{"issueTokens":"true"}`, nil},
	{create, `{"publicChallengeParameters":null,"privateChallengeParameters":null,"challengeMetadata":null}`,
		trigger.CreateAuthChallengeResponse{}},
	{create,
		`{"publicChallengeParameters":{"url":"u"},"privateChallengeParameters":{"answer":"5"},"challengeMetadata":"M"}`,
		trigger.CreateAuthChallengeResponse{
			PublicChallengeParameters:  map[string]string{"url": "u"},
			PrivateChallengeParameters: map[string]string{"answer": "5"}, ChallengeMetadata: "M"}},
	{create, `{"privateChallengeParameters":{"answer":5}}`, nil},
	{create, `{"publicChallengeParameters":[]}`, nil},
	{create, `{"challengeMetadata":"a\u0000b"}`, nil},
	{create, `{"privateChallengeParameters":{"\\\u0000":""}}`, nil},
	{create, `{"challengeMetadata":"a\\u0000\u00001"}`, nil},
	{create, `{"challengeMetadata":"a\\u0000\u0001"}`,
		trigger.CreateAuthChallengeResponse{ChallengeMetadata: "a\\u0000\x01"}},
	{verify, `{"answerCorrect":null}`, trigger.VerifyAuthChallengeResponse{}},
	{verify, `{"answerCorrect":true}`, trigger.VerifyAuthChallengeResponse{AnswerCorrect: true}},
	{verify, `{"answerCorrect":"true"}`, nil},
	{verify, `{"answerCorrect":1}`, nil},
	{migrate, `{"userAttributes":null}`, trigger.UserMigrationResponse{}},
	{migrate,
		`{"userAttributes":{"email":"a@b.c"},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS",` +
			`"desiredDeliveryMediums":["EMAIL","SMS"],"forceAliasCreation":true,"enableSMSMFA":false}`,
		trigger.UserMigrationResponse{
			UserAttributes: map[string]string{"email": "a@b.c"}, FinalUserStatus: "CONFIRMED",
			MessageAction: "SUPPRESS", DesiredDeliveryMediums: []string{"EMAIL", "SMS"}, ForceAliasCreation: true,
		}},
	{migrate, `{"userAttributes":{"email_verified":true}}`, nil},
	{migrate, `{"userAttributes":{"email":null}}`, nil},
	{migrate, `{"userAttributes":{"email":"a\u0000@b.c"}}`, nil},
	{migrate, `{"userAttributes":{"sub":"mine"}}`, nil},
	{migrate, `{"userAttributes":{"email":"a@b.c"},"desiredDeliveryMediums":["FAX"]}`, nil},
	{migrate, `{"userAttributes":{"email":"a@b.c"},"desiredDeliveryMediums":"EMAIL"}`, nil},
	{message, `{"smsMessage":null,"emailMessage":null,"emailSubject":null}`, trigger.CustomMessageResponse{}},
	{message, `{"smsMessage":"","emailMessage":"","emailSubject":""}`, trigger.CustomMessageResponse{}},
	{message, `{"smsMessage":"It is {####}","emailSubject":"Hi"}`,
		trigger.CustomMessageResponse{SMSMessage: "It is {####}", EmailSubject: "Hi"}},
	{message, `{"smsMessage":"It is ####"}`, nil},
	{message, `{"emailMessage":"no code"}`, nil},
	{message, `{"emailMessage":"{##Click Here##}"}`, nil}, // the pool sends codes
	{message, `{"emailMessage":{"html":"{####}"}}`, nil},
	{message, `{"smsMessage":"{####}` + strings.Repeat("é", 134) + `"}`,
		trigger.CustomMessageResponse{SMSMessage: "{####}" + strings.Repeat("é", 134)}},
	{message, `{"smsMessage":"{####}` + strings.Repeat("é", 135) + `"}`, nil},
	{message, `{"emailMessage":"{####}` + strings.Repeat("x", 19_995) + `"}`, nil},
	{message, `{"emailSubject":"` + strings.Repeat("x", 141) + `"}`, nil},
	{trigger.CustomMessageAdminCreateUser, `{"emailMessage":"{username}: {####}"}`,
		trigger.CustomMessageResponse{EmailMessage: "{username}: {####}"}},
	{trigger.CustomMessageAdminCreateUser, `{"emailMessage":"{####}"}`, nil},
	{trigger.CustomMessageAdminCreateUser, `{"smsMessage":"{username}"}`, nil},
	{federal, `{"userAttributesToMap":{}}`,
		trigger.InboundFederationResponse{UserAttributesToMap: map[string]string{}}},
	{federal, `{"userAttributesToMap":null}`, trigger.InboundFederationResponse{}},
	{federal, `{"userAttributesToMap":{"email":["a"]}}`, nil},
}

func TestResponses(t *testing.T) {
	for _, c := range responses {
		got, err := runSource(runner(t, answering(c.response)), call(c.source))
		name := string(c.source) + " " + c.response[:min(len(c.response), 60)]
		if c.want == nil {
			refusedAs(t, name, err, fault.InvalidLambdaResponse, unrecognizable)
		} else if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", name, err, diff)
		}
	}
}

// A mail that confirms a sign-up may have a link if the pool sends links.
func TestLinksInCustomMessages(t *testing.T) {
	for source, allowed := range map[trigger.Source]bool{
		trigger.CustomMessageSignUp:         true,
		trigger.CustomMessageResendCode:     true,
		trigger.CustomMessageForgotPassword: false,
	} {
		c := call(source)
		c.Pool.VerificationMessageTemplate.DefaultEmailOption = "CONFIRM_WITH_LINK"
		_, err := runSource(runner(t, answering(`{"emailMessage":"{##Go on##}"}`)), c)
		if (err == nil) != allowed {
			t.Errorf("%s: %v", source, err)
		}
	}
}

func TestEnvelopeMustBeReturned(t *testing.T) {
	for name, change := range map[string]map[string]string{
		"no version":           {"version": ""},
		"no region":            {"region": ""},
		"no userPoolId":        {"userPoolId": ""},
		"no userName":          {"userName": ""},
		"no callerContext":     {"callerContext": ""},
		"no request":           {"request": ""},
		"no response":          {"response": ""},
		"version a number":     {"version": "1"},
		"userName null":        {"userName": "null"},
		"clientId null":        {"callerContext": `{"awsSdkVersion":"a","clientId":null}`},
		"no awsSdkVersion":     {"callerContext": `{"clientId":"c"}`},
		"callerContext a text": {"callerContext": `"c"`},
		"request a list":       {"request": `[]`},
	} {
		err := signUp(runner(t, changing(change)), call(trigger.PreSignUpSignUp))
		refusedAs(t, name, err, fault.InvalidLambdaResponse, unrecognizable)
	}
	for name, c := range map[string]struct{ answer, text string }{
		"null":        {" null\n", "Invalid lambda function output : Invalid JSON"},
		"a number":    {`7`, unrecognizable},
		"a boolean":   {`true`, unrecognizable},
		"a text":      {`"ok"`, unrecognizable},
		"a list":      {`[{}]`, unrecognizable},
		"an object":   {`{}`, unrecognizable},
		"nothing":     {``, "Invalid lambda function output : Invalid JSON"},
		"not JSON":    {`{"version":`, "Invalid lambda function output : Invalid JSON"},
		"not UTF-8":   {"{\"version\":\"\xff\"}", "Invalid lambda function output : Invalid JSON"},
		"two objects": {`{}{}`, "Invalid lambda function output : Invalid JSON"},
	} {
		r := runner(t, func(context.Context, string, []byte) ([]byte, error) { return []byte(c.answer), nil })
		refusedAs(t, name, signUp(r, call(trigger.PreSignUpSignUp)), fault.InvalidLambdaResponse, c.text)
	}
	// Members that a typed language adds or renames in the request are ignored.
	if err := signUp(runner(t, changing(map[string]string{"request": `{}`, "extra": "1", "triggerSource": ""})),
		call(trigger.PreSignUpSignUp)); err != nil {
		t.Error(err)
	}
	// The result of a custom sender is ignored.
	r := runner(t, func(context.Context, string, []byte) ([]byte, error) { return nil, nil })
	if _, err := runSource(r, call(trigger.CustomEmailSenderSignUp)); err != nil {
		t.Error(err)
	}
}

func tokens(
	t *testing.T, version, response string, change ...func(*trigger.Call),
) (trigger.PreTokenGenerationResponse, error) {
	t.Helper()
	c := call(trigger.TokenGenerationAuthentication)
	c.Pool = pool("p", version)
	for _, f := range change {
		f(&c)
	}
	return trigger.Run(context.Background(), runner(t, answering(response)), c, trigger.PreTokenGenerationRequest{})
}

func TestTokensV1(t *testing.T) {
	got, err := tokens(t, "V1_0",
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"tier":"gold","sub":"x","cognito:groups":"g"},
		"claimsToSuppress":["email","iss"],
		"groupOverrideDetails":{"groupsToOverride":["a"],"iamRolesToOverride":["r"],"preferredRole":"r"}}}`)
	want := trigger.PreTokenGenerationResponse{
		IDToken: trigger.Claims{Add: map[string]any{"tier": "gold"}, Suppress: []string{"email"}},
		Groups: &trigger.Groups{
			GroupsToOverride: []string{"a"}, IAMRolesToOverride: []string{"r"}, PreferredRole: ptr("r"),
		},
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for _, response := range []string{
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"list":["a"]}}}`,
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"n":1}}}`,
		`{"claimsOverrideDetails":{"claimsToAddOrOverride":{"n":null}}}`,
		`{"claimsOverrideDetails":{"claimsToSuppress":"email"}}`,
		`{"claimsOverrideDetails":{"groupOverrideDetails":{"groupsToOverride":[1]}}}`,
		`{"claimsOverrideDetails":{"groupOverrideDetails":{"preferredRole":[]}}}`,
		`{"claimsOverrideDetails":[]}`,
	} {
		_, err := tokens(t, "V1_0", response)
		refusedAs(t, response, err, fault.InvalidLambdaResponse, unrecognizable)
	}
}

// Absent groups are kept; null or empty ones remove the groups.
func TestGroupsOfTokens(t *testing.T) {
	const allNull = `{"groupsToOverride":null,"iamRolesToOverride":null,"preferredRole":null}`
	for response, want := range map[string]*trigger.Groups{
		`{"claimsOverrideDetails":null}`:                                     nil,
		`{"claimsOverrideDetails":{}}`:                                       nil,
		`{"claimsOverrideDetails":{"groupOverrideDetails":null}}`:            {},
		`{"claimsOverrideDetails":{"groupOverrideDetails":{}}}`:              {},
		`{"claimsOverrideDetails":{"groupOverrideDetails":` + allNull + `}}`: {},
	} {
		got, err := tokens(t, "V1_0", response)
		if diff := cmp.Diff(want, got.Groups); err != nil || diff != "" {
			t.Errorf("%s: %v %s", response, err, diff)
		}
	}
}

func TestTokensV2(t *testing.T) {
	const response = `{"claimsAndScopeOverrideDetails":{
		"idTokenGeneration":{
			"claimsToAddOrOverride":{"n":9223372036854775807,"f":1.7976931348623157E308,"j":{"a":[true,1e2]},
				"aud":"x","dev:custom:a":"x","address":"x"},
			"claimsToSuppress":["dev:custom:a","aud","cognito:roles","cognito:preferred_role"]},
		"accessTokenGeneration":{
			"claimsToAddOrOverride":{"aud":"1example23456789","client_id":"x","scope":"admin","version":3,"tier":"gold"},
			"claimsToSuppress":["cognito:groups","cognito:roles","cognito:username","username","tier"],
			"scopesToAdd":["openid","MyAPI.read"],"scopesToSuppress":["phone"]}}}`
	want := trigger.PreTokenGenerationResponse{
		IDToken: trigger.Claims{
			Add: map[string]any{"n": json.Number("9223372036854775807"), "f": json.Number("1.7976931348623157E308"),
				"j": map[string]any{"a": []any{true, json.Number("1e2")}}, "address": "x"},
			Suppress: []string{"dev:custom:a"},
		},
		AccessToken: trigger.Claims{
			Add:      map[string]any{"aud": "1example23456789", "tier": "gold"},
			Suppress: []string{"cognito:groups", "cognito:roles", "tier"},
		},
		ScopesToAdd: []string{"openid", "MyAPI.read"}, ScopesToSuppress: []string{"phone"},
	}
	for _, version := range []string{"V2_0", "V3_0"} {
		got, err := tokens(t, version, response)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v %s", version, err, diff)
		}
	}
	// The client credentials grant has an access token only.
	got, err := tokens(t, "V3_0", response, func(c *trigger.Call) {
		c.Source = trigger.TokenGenerationClientCredentials
	})
	if err != nil || got.IDToken.Add != nil || got.Groups != nil || got.AccessToken.Add["tier"] != "gold" {
		t.Errorf("client credentials: %v %+v", err, got)
	}
	// Another client's audience.
	got, err = tokens(t, "V2_0", response, func(c *trigger.Call) { c.ClientID = "another" })
	if _, given := got.AccessToken.Add["aud"]; err != nil || given {
		t.Errorf("the aud of another client: %v %+v", err, got.AccessToken)
	}
	for _, bad := range []string{
		`"idTokenGeneration":{"claimsToAddOrOverride":{"x":null}}`,
		`"idTokenGeneration":{"claimsToAddOrOverride":{"address":{"street":"s"}}}`,
		`"idTokenGeneration":{"claimsToAddOrOverride":{"email_verified":["true"]}}`,
		`"idTokenGeneration":[]`,
		`"accessTokenGeneration":{"scopesToAdd":["a b"]}`,
		`"accessTokenGeneration":{"scopesToAdd":["a\tb"]}`,
		`"accessTokenGeneration":{"scopesToAdd":[""]}`,
		`"accessTokenGeneration":{"scopesToAdd":[1]}`,
		`"accessTokenGeneration":{"scopesToSuppress":{}}`,
	} {
		_, err := tokens(t, "V2_0", `{"claimsAndScopeOverrideDetails":{`+bad+`}}`)
		refusedAs(t, bad, err, fault.InvalidLambdaResponse, unrecognizable)
	}
}

// Every protected claim, in both tokens, whether added or suppressed.
func TestProtectedClaims(t *testing.T) {
	for name := range strings.FieldsSeq(
		"acr amr at_hash auth_time azp exp iat iss jti nbf nonce origin_jti token_use sub username cognito:username " +
			"identities client_id event_id device_key version cognito:anything scope",
	) {
		text, _ := json.Marshal(map[string]any{
			"claimsToAddOrOverride": map[string]string{name: "x"}, "claimsToSuppress": []string{name},
		})
		got, err := tokens(t, "V2_0", fmt.Sprintf(
			`{"claimsAndScopeOverrideDetails":{"idTokenGeneration":%s,"accessTokenGeneration":%[1]s}}`, text))
		if err != nil ||
			len(got.IDToken.Add)+len(got.IDToken.Suppress)+len(got.AccessToken.Add)+len(got.AccessToken.Suppress) > 0 {
			t.Errorf("%s: %v %+v", name, err, got)
		}
	}
}

// The cause, which is logged, describes the error and contains no values.
func TestCauseDescribesTheError(t *testing.T) {
	err := signUp(runner(t, answering(`{"autoConfirmUser":"hunter2"}`)), call(trigger.PreSignUpSignUp))
	if !strings.Contains(err.Error(), "event.response.autoConfirmUser is a string, not a boolean") ||
		strings.Contains(err.Error(), "hunter2") {
		t.Error(err)
	}
}

func FuzzAnswer(f *testing.F) {
	for _, c := range cases() {
		f.Add(string(c.Source), seen(f, c))
	}
	f.Add("TokenGeneration_Authentication", []byte(
		`{"version":"1","region":"r","userPoolId":"p","userName":"u",`+
			`"callerContext":{"awsSdkVersion":"","clientId":""},"request":{},"response":`+
			`{"claimsAndScopeOverrideDetails":{"accessTokenGeneration":{"claimsToAddOrOverride":{"sub":"x"}}}}}`,
	))
	f.Fuzz(func(t *testing.T, source string, answer []byte) {
		c := call(trigger.Source(source))
		c.Pool = pool("p", "V2_0")
		if !trigger.Configured(c.Pool, c.Source) {
			t.Skip()
		}
		r := runner(t, func(context.Context, string, []byte) ([]byte, error) { return answer, nil },
			func(o *trigger.Options) { o.Recorder = trigger.NewRecorder(1) })
		got, err := runSource(r, c)
		if err != nil && !errors.Is(err, fault.InvalidLambdaResponse) && !errors.Is(err, fault.UserLambdaValidation) {
			t.Fatalf("unexpected error %v", err)
		}
		switch response := got.(type) {
		case trigger.PreTokenGenerationResponse:
			for _, claims := range []trigger.Claims{response.IDToken, response.AccessToken} {
				if claims.Add["sub"] != nil || claims.Add["iss"] != nil || claims.Add["cognito:groups"] != nil {
					t.Fatalf("protected claims in %v", claims)
				}
			}
		case trigger.CustomMessageResponse:
			if err == nil && response.SMSMessage != "" && !strings.Contains(response.SMSMessage, "{####}") {
				t.Fatal("a message without a code")
			}
		}
		if e := r.Recorder.List()[0]; e.Response != nil && !json.Valid(e.Response) {
			t.Fatalf("recorded %q", e.Response)
		}
	})
}
