package signin_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// triggerCall is the event of a call.
type triggerCall struct {
	Source   string `json:"triggerSource"`
	UserName string `json:"userName"`
	Request  struct {
		UserAttributes, ValidationData, ClientMetadata map[string]string
		UserNotFound                                   *bool
		NewDeviceUsed                                  bool
		Password                                       string
	} `json:"request"`
}

// recordCalls gives the pool functions and returns their calls. A function
// throws if refuse is its source, and returns the response in responses.
func (w *world) recordCalls(
	refuse string, responses map[string]string, functions ...func(*userpool.LambdaConfig, *string),
) *[]triggerCall {
	arn := "arn:aws:lambda:us-east-1:111111111111:function:gate"
	for _, set := range functions {
		set(&w.pool.LambdaConfig, &arn)
	}
	var calls []triggerCall
	w.function = func(_ context.Context, _ string, event []byte) ([]byte, error) {
		var a triggerCall
		if err := json.Unmarshal(event, &a); err != nil {
			w.t.Error(err)
		}
		calls = append(calls, a)
		if a.Source == refuse {
			return nil, &trigger.FunctionError{Message: "Not today"}
		}
		if response, ok := responses[a.Source]; ok {
			return trigger.Complete(event, []byte(`{"response":`+response+`}`)), nil
		}
		return event, nil
	}
	return &calls
}

func preAuthentication(l *userpool.LambdaConfig, arn *string)  { l.PreAuthentication = arn }
func postAuthentication(l *userpool.LambdaConfig, arn *string) { l.PostAuthentication = arn }
func preTokenGeneration(l *userpool.LambdaConfig, arn *string) { l.PreTokenGeneration = arn }
func userMigration(l *userpool.LambdaConfig, arn *string)      { l.UserMigration = arn }

func sources(calls []triggerCall) (found []string) {
	for _, a := range calls {
		found = append(found, a.Source)
	}
	return found
}

// The functions run in the order of the guide. ClientMetadata of the start
// reaches only those before the sign-in.
func TestFunctionsAroundASignIn(t *testing.T) {
	metadata := map[string]string{"from": "app"}
	w := openWorld(t)
	calls := w.recordCalls("", nil, preAuthentication, postAuthentication, preTokenGeneration)
	out, err := w.engine.Start(t.Context(), signin.Start{
		Pool: w.pool, Client: w.client, Flow: "USER_PASSWORD_AUTH", Metadata: metadata,
		Params: map[string]string{"USERNAME": "ann@example.com", "PASSWORD": password},
	})
	set := signedIn(t, "password", out, err)
	if got := sources(*calls); !slices.Equal(got, []string{
		"PreAuthentication_Authentication", "PostAuthentication_Authentication", "TokenGeneration_Authentication",
	}) {
		t.Fatalf("called %v", got)
	}
	pre, post, tokens := (*calls)[0], (*calls)[1], (*calls)[2]
	if pre.UserName != "ann" || pre.Request.UserAttributes["sub"] != "sub-ann" ||
		!maps.Equal(pre.Request.ValidationData, metadata) {
		t.Errorf("before: %+v", pre)
	}
	if post.Request.ClientMetadata != nil || tokens.Request.ClientMetadata != nil {
		t.Errorf("after: %+v, %+v", post, tokens)
	}

	// The metadata of an answer reaches the functions after it.
	*calls = nil
	x, err := w.beginSRP("ann", password)
	if err != nil {
		t.Fatal(err)
	}
	out, err = w.engine.Answer(t.Context(), signin.Answer{
		Pool: w.pool, Client: w.client, Challenge: "PASSWORD_VERIFIER", Responses: x.responses, Metadata: metadata,
	})
	signedIn(t, "SRP", out, err)
	if len(*calls) != 3 || (*calls)[0].Request.ValidationData["from"] != "" ||
		!maps.Equal((*calls)[1].Request.ClientMetadata, metadata) ||
		!maps.Equal((*calls)[2].Request.ClientMetadata, metadata) {
		t.Errorf("SRP: %+v", *calls)
	}

	// A refresh calls PreTokenGeneration only.
	*calls = nil
	out, err = w.start("REFRESH_TOKEN_AUTH", map[string]string{"REFRESH_TOKEN": set.Refresh})
	signedIn(t, "refresh", out, err)
	if got := sources(*calls); !slices.Equal(got, []string{"TokenGeneration_RefreshTokens"}) {
		t.Errorf("a refresh calls %v", got)
	}
}

// A function that throws ends the sign-in with its message and without tokens.
func TestFunctionsRefuse(t *testing.T) {
	for source, text := range map[string]string{
		"PreAuthentication_Authentication":  "PreAuthentication failed with error Not today.",
		"PostAuthentication_Authentication": "PostAuthentication failed with error Not today.",
		"TokenGeneration_Authentication":    "PreTokenGeneration failed with error Not today.",
	} {
		w := openWorld(t)
		w.recordCalls(source, nil, preAuthentication, postAuthentication, preTokenGeneration)
		for flow, try := range map[string]func(string, string) (signin.Outcome, error){
			"password": w.byPassword, "SRP": w.bySRP,
		} {
			out, err := try("ann", password)
			wants(t, source+" by "+flow, err, fault.New(fault.UserLambdaValidation, text))
			if out.Tokens != nil {
				t.Errorf("%s by %s: tokens", source, flow)
			}
		}
	}
}

// PreAuthentication runs for unknown users only if the client hides users.
// PostAuthentication does not run after a wrong password.
func TestFunctionsAndUnknownUsers(t *testing.T) {
	w := openWorld(t)
	calls := w.recordCalls("", nil, preAuthentication, postAuthentication)
	if _, err := w.byPassword("nobody", password); !errors.Is(err, fault.UserNotFound) || len(*calls) != 0 {
		t.Errorf("%v, called %v", err, *calls)
	}
	w.client = w.addClient("hiding", hidesUsers)
	for name, unknown := range map[string]bool{"nobody": true, "ann": false} {
		*calls = nil
		_, err := w.byPassword(name, "Wrong-Pa55")
		wants(t, name, err, fault.IncorrectUsernameOrPassword)
		if got := sources(*calls); !slices.Equal(got, []string{"PreAuthentication_Authentication"}) {
			t.Fatalf("%s: called %v", name, got)
		}
		if flag := (*calls)[0].Request.UserNotFound; flag == nil || *flag != unknown || (*calls)[0].UserName != name {
			t.Errorf("%s: called with %+v", name, (*calls)[0])
		}
	}
}

// Tokens after a new password have their own trigger source.
func TestFunctionsAfterANewPassword(t *testing.T) {
	w := openWorld(t)
	calls := w.recordCalls("", nil, preTokenGeneration)
	w.change(func(u *userpool.User) { u.Status = userpool.ForceChangePassword })
	out, err := w.byPassword("ann", password)
	if err != nil || out.Challenge != "NEW_PASSWORD_REQUIRED" || len(*calls) != 0 {
		t.Fatalf("%+v, %v, called %v", out, err, *calls)
	}
	out, err = w.answer(out.Challenge, out.Session,
		map[string]string{"USERNAME": "ann", "NEW_PASSWORD": "Other-Pa55word"})
	signedIn(t, "new password", out, err)
	if got := sources(*calls); !slices.Equal(got, []string{"TokenGeneration_NewPasswordChallenge"}) {
		t.Errorf("called %v", got)
	}
}

// A user returned by UserMigration is created at the first sign-in with the
// password, and signs in without the function from then on.
func TestMigrationAtSignIn(t *testing.T) {
	w := openWorld(t)
	calls := w.recordCalls("", map[string]string{
		"UserMigration_Authentication": `{"userAttributes":{"email":"new@example.com",` +
			`"email_verified":"true"},"finalUserStatus":"CONFIRMED","messageAction":"SUPPRESS"}`,
	}, userMigration)
	if _, err := w.bySRP("new", "Old-Pa55word"); !errors.Is(err, fault.UserNotFound) || len(*calls) != 0 {
		t.Errorf("SRP: %v, called %v", err, *calls)
	}
	out, err := w.byPassword("new", "Old-Pa55word")
	signedIn(t, "the first sign-in", out, err)
	if len(*calls) != 1 || (*calls)[0].UserName != "new" || (*calls)[0].Request.Password != "Old-Pa55word" {
		t.Fatalf("called with %+v", *calls)
	}
	out, err = w.bySRP("new", "Old-Pa55word")
	signedIn(t, "the second sign-in", out, err)
	_, err = w.byPassword("new", "Wrong-Pa55word")
	wants(t, "a wrong password", err, fault.IncorrectUsernameOrPassword)
	if len(*calls) != 1 {
		t.Errorf("called again: %+v", *calls)
	}

	w.recordCalls("UserMigration_Authentication", nil, userMigration)
	out, err = w.byPassword("unknown", "Old-Pa55word")
	if !errors.Is(err, fault.UserNotFound) || out.Tokens != nil ||
		!strings.Contains(err.Error(), "Exception migrating user in app client") {
		t.Errorf("an unknown user: %+v, %v", out, err)
	}
}
