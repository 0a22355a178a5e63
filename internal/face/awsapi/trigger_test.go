package awsapi_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
)

// hang makes a world's functions wait until free is called. entered receives the
// user of each started call.
func (w *world) hang() (entered chan string, free func()) {
	w.t.Helper()
	entered, release := make(chan string, 100), make(chan struct{})
	w.functions = func(ctx context.Context, _ string, event []byte) ([]byte, error) {
		var e struct{ UserName string }
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		entered <- e.UserName
		<-release
		return event, nil
	}
	return entered, func() { close(release) }
}

// While the functions of one pool hang, users of another pool can sign in, although
// only one heavy operation may run at a time.
func TestHangingTriggerDoesNotBlockOtherPools(t *testing.T) {
	w := newWorld(t)
	w.gate.Admission = gate.NewAdmission(1, 2)
	flows := object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}
	plain := w.pool(nil)
	app := w.client(plain, flows)
	w.must("AdminCreateUser", object{"UserPoolId": plain, "Username": "ann", "MessageAction": "SUPPRESS"})
	w.must("AdminSetUserPassword",
		object{"UserPoolId": plain, "Username": "ann", "Password": "Test-Passw0rd", "Permanent": true})
	withTrigger := w.client(w.pool(object{"LambdaConfig": object{"PreSignUp": lambdaARN}}), flows)

	entered, free := w.hang()
	const callers = 5 // more than Admission runs and queues
	answers := make(chan *httptest.ResponseRecorder, callers)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		request := w.request("SignUp", object{"ClientId": withTrigger, "Username": name, "Password": "Test-Passw0rd"})
		go func() { answers <- w.send(request) }()
		<-entered // the request waits for its function
	}
	// With a time limit a broken server fails the test instead of blocking it.
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for range 3 {
		answer := w.send(w.request("InitiateAuth", object{
			"ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Test-Passw0rd"},
		}).WithContext(ctx))
		if answer.Code != 200 || !strings.Contains(answer.Body.String(), "AccessToken") {
			t.Errorf("the other pool: %d %s", answer.Code, answer.Body)
		}
	}
	free()
	for range callers {
		if answer := <-answers; answer.Code != 200 {
			t.Errorf("after free: %d %s", answer.Code, answer.Body)
		}
	}
}

// hasMetadata reports whether an event has the metadata of the request.
func hasMetadata(source string, request object) bool {
	validated := !strings.HasPrefix(source, "PreSignUp") || at(request, "validationData.x") == "y"
	return at(request, "clientMetadata.k") == "v" && validated
}

// ClientMetadata and ValidationData of each operation are in the events of its
// triggers.
func TestMetadataInTriggerEvents(t *testing.T) {
	w := newWorld(t)
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	pool := w.pool(object{
		"AutoVerifiedAttributes": []string{"email"},
		"LambdaConfig":           object{"PreSignUp": arn, "PostConfirmation": arn, "CustomMessage": arn},
	})
	app := w.client(pool, object{"ExplicitAuthFlows": []string{"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}})
	got := map[string]object{}
	w.functions = func(_ context.Context, _ string, event []byte) ([]byte, error) {
		var e struct {
			TriggerSource string
			Request       object
		}
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		got[e.TriggerSource] = e.Request
		return event, nil
	}
	metadata := object{"k": "v"}
	mail := []object{{"Name": "email", "Value": "a@example.com"}}
	user := object{"ClientId": app, "Username": "ann", "ClientMetadata": metadata}
	admin := object{"UserPoolId": pool, "Username": "bob", "ClientMetadata": metadata}
	verified := append([]object{{"Name": "email_verified", "Value": "true"}}, mail...)
	var access string
	for _, step := range []struct {
		operation string
		in        object
		sources   []string
	}{
		{"SignUp", with(user, object{
			"Password": "Test-Passw0rd", "UserAttributes": mail,
			"ValidationData": []object{{"Name": "x", "Value": "y"}},
		}), []string{"PreSignUp_SignUp", "CustomMessage_SignUp"}},
		{"ResendConfirmationCode", user, []string{"CustomMessage_ResendCode"}},
		{"ConfirmSignUp", with(user, object{"ConfirmationCode": "123456"}), []string{"PostConfirmation_ConfirmSignUp"}},
		{"ForgotPassword", user, []string{"CustomMessage_ForgotPassword"}},
		{"ConfirmForgotPassword", with(user, object{"ConfirmationCode": "123456", "Password": "Other-Passw0rd"}),
			[]string{"PostConfirmation_ConfirmForgotPassword"}},
		{"AdminCreateUser", with(admin, object{
			"UserAttributes": verified, "DesiredDeliveryMediums": []string{"EMAIL"},
			"ValidationData": []object{{"Name": "x", "Value": "y"}},
		}), []string{"PreSignUp_AdminCreateUser", "CustomMessage_AdminCreateUser"}},
		{"AdminUpdateUserAttributes",
			with(admin, object{"UserAttributes": []object{{"Name": "email", "Value": "b@example.com"}}}),
			[]string{"CustomMessage_UpdateUserAttribute"}},
		{"AdminResetUserPassword", object{"UserPoolId": pool, "Username": "ann", "ClientMetadata": metadata},
			[]string{"CustomMessage_ForgotPassword"}},
		{"AdminSetUserPassword",
			object{"UserPoolId": pool, "Username": "ann", "Password": "Third-Passw0rd", "Permanent": true}, nil},
		{"InitiateAuth", object{
			"ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH",
			"AuthParameters": object{"USERNAME": "ann", "PASSWORD": "Third-Passw0rd"},
		}, nil},
		{"UpdateUserAttributes",
			object{"UserAttributes": []object{{"Name": "email", "Value": "c@example.com"}}, "ClientMetadata": metadata},
			[]string{"CustomMessage_UpdateUserAttribute"}},
		{"GetUserAttributeVerificationCode", object{"AttributeName": "email", "ClientMetadata": metadata},
			[]string{"CustomMessage_VerifyUserAttribute"}},
	} {
		clear(got)
		if access != "" {
			step.in["AccessToken"] = access
		}
		out := w.must(step.operation, step.in)
		if token, ok := at(out, "AuthenticationResult.AccessToken").(string); ok {
			access = token
		}
		if len(got) != len(step.sources) {
			t.Errorf("%s caused events %v, want %v", step.operation, got, step.sources)
		}
		for _, source := range step.sources {
			if request := got[source]; !hasMetadata(source, request) {
				t.Errorf("%s: %s has %v", step.operation, source, request)
			}
		}
	}
}
