package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// functions are the functions of every trigger of a pool. They record the
// events and return the responses of the test.
type functions struct {
	t         *testing.T
	mu        sync.Mutex
	events    []event
	responses map[trigger.Source]values // members of the response, as JSON
	errs      map[trigger.Source]error
	during    func(trigger.Source)
	before    func() // runs before each call
}

// event is an event, with the members that tests check.
type event struct {
	Source        trigger.Source `json:"triggerSource"`
	UserName      string         `json:"userName"`
	CallerContext struct {
		ClientID string `json:"clientId"`
	} `json:"callerContext"`
	Request struct {
		UserAttributes, ClientMetadata, ValidationData values
		Password                                       *string
	} `json:"request"`
	Ended error `json:"-"` // of the function's context
}

func (f *functions) Invoke(ctx context.Context, _ string, text []byte) ([]byte, error) {
	f.golden(text)
	var e event
	var whole map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(text, &e), json.Unmarshal(text, &whole)); err != nil {
		return nil, err
	}
	e.Ended = ctx.Err()
	f.mu.Lock()
	f.events = append(f.events, e)
	failure, members, during := f.errs[e.Source], f.responses[e.Source], f.during
	f.mu.Unlock()
	if during != nil {
		during(e.Source)
	}
	if failure != nil {
		return nil, failure
	}
	var response map[string]json.RawMessage
	if err := json.Unmarshal(whole["response"], &response); err != nil {
		return nil, err
	}
	for name, value := range members {
		response[name] = json.RawMessage(value)
	}
	whole["response"], _ = json.Marshal(response)
	return json.Marshal(whole)
}

// golden requires that the event has the members of the recorded one, its
// response and its envelope. Members that a caller may leave out may be
// missing.
func (f *functions) golden(text []byte) {
	f.t.Helper()
	var got, want map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		f.t.Error(err)
		return
	}
	name := got["triggerSource"].(string) + ".json"
	file := filepath.Join("..", "..", "outbound", "trigger", "testdata", "events", name)
	golden, err := os.ReadFile(file)
	if err == nil {
		err = json.Unmarshal(golden, &want)
	}
	if err != nil {
		f.t.Error(err)
		return
	}
	optional := []string{"clientMetadata"}
	names := func(v any) []string {
		all := slices.Sorted(maps.Keys(v.(map[string]any)))
		return slices.DeleteFunc(all, func(name string) bool { return slices.Contains(optional, name) })
	}
	if !slices.Equal(names(got), names(want)) || !slices.Equal(names(got["request"]), names(want["request"])) ||
		!slices.Equal(names(got["callerContext"]), names(want["callerContext"])) ||
		!reflect.DeepEqual(got["response"], want["response"]) ||
		got["version"] != want["version"] {
		f.t.Errorf("the event\n%s\nhas other members than\n%s", text, golden)
	}
}

// takeEvents returns the events since the last call.
func (f *functions) takeEvents() []event {
	f.mu.Lock()
	defer f.mu.Unlock()
	events := f.events
	f.events = nil
	return events
}

// sources requires exactly these events since the last call, in this order, and
// returns them.
func (f *functions) sources(what string, want ...trigger.Source) []event {
	f.t.Helper()
	events := f.takeEvents()
	var got []trigger.Source
	for _, e := range events {
		got = append(got, e.Source)
	}
	if !slices.Equal(got, want) {
		f.t.Errorf("%s: %v, want %v", what, got, want)
		return make([]event, len(want))
	}
	return events
}

// hooked returns a world whose pool has a function for every trigger of the
// account flows.
func hooked(t *testing.T, changes ...change) (*world, *functions) {
	t.Helper()
	w := newWorld(t, append(changes, everyFunction)...)
	return w, w.hook()
}

func everyFunction(s *userpool.PoolSettings) {
	arn := "arn:aws:lambda:us-east-1:111111111111:function:f"
	l := &s.LambdaConfig
	l.PreSignUp, l.PostConfirmation, l.CustomMessage, l.UserMigration = &arn, &arn, &arn, &arn
}

// hook makes the flow run the functions.
func (w *world) hook() *functions {
	t := w.t
	t.Helper()
	f := &functions{t: t, responses: map[trigger.Source]values{}, errs: map[trigger.Source]error{}}
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "*"}},
		func(trigger.Target) (trigger.Invoker, error) { return f, nil })
	if err != nil {
		t.Fatal(err)
	}
	f.before = func() {}
	release := func(context.Context) func() {
		f.before()
		return func() {}
	}
	w.flow = account.New(account.Config{
		Store: w.db, Clock: w.clk, Entropy: entropy.System(), Log: slog.New(slog.DiscardHandler),
		Triggers: trigger.NewRunner(trigger.Options{
			Targets: targets, Clock: w.clk, Entropy: entropy.System(), Limit: time.Hour,
			ReleaseSlot: release,
		}),
	})
	return f
}

var metadata = values{"campaign": "spring"}

func (w *world) register(name string, attributes values) (*account.SignedUp, error) {
	r := w.request(name)
	r.ClientMetadata = metadata
	return w.flow.SignUp(w.t.Context(), account.SignUpRequest{
		Request: r, Password: password, Attributes: attributes, ValidationData: values{"invite": "7"},
	})
}

// thrownBy returns the fault for a function that fails, and the error of the
// function.
func thrownBy(t userpool.Trigger) (*fault.Fault, error) {
	return fault.New(fault.UserLambdaValidation, string(t)+" failed with error Not today."),
		&trigger.FunctionError{Type: "Error", Message: "Not today"}
}

func TestSignUpRunsItsTriggers(t *testing.T) {
	w, f := hooked(t)
	done, err := w.register("ann", values{"email": "ann@example.com"})
	w.must("sign-up", err)
	events := f.sources("sign-up", trigger.PreSignUpSignUp, trigger.CustomMessageSignUp)
	pre, message := events[0], events[1]
	if pre.UserName != "ann" || pre.CallerContext.ClientID != "client" ||
		!maps.Equal(pre.Request.UserAttributes, values{"email": "ann@example.com"}) ||
		!maps.Equal(pre.Request.ClientMetadata, metadata) ||
		!maps.Equal(pre.Request.ValidationData, values{"invite": "7"}) {
		t.Errorf("%+v", pre)
	}
	want := values{
		"sub": done.User.Sub, "cognito:user_status": "UNCONFIRMED",
		"email": "ann@example.com", "email_verified": "false",
	}
	if !maps.Equal(message.Request.UserAttributes, want) || !maps.Equal(message.Request.ClientMetadata, metadata) {
		t.Errorf("%+v, want %v", message, want)
	}
	if done.User.Status != userpool.Unconfirmed || done.Delivery == nil {
		t.Errorf("%+v", done)
	}
	code := w.code("ann@example.com", "CustomMessage_SignUp")
	r := w.request("ann")
	r.ClientMetadata = metadata
	_, err = w.flow.ConfirmSignUp(t.Context(), account.ConfirmRequest{Request: r, Code: code})
	w.must("confirm", err)
	post := f.sources("confirm", trigger.PostConfirmationConfirmSignUp)[0]
	if post.Request.UserAttributes["cognito:user_status"] != "CONFIRMED" ||
		post.Request.UserAttributes["email_verified"] != "true" ||
		!maps.Equal(post.Request.ClientMetadata, metadata) {
		t.Errorf("%+v", post)
	}
}

func TestPreSignUpRefuses(t *testing.T) {
	w, f := hooked(t)
	want, thrown := thrownBy(userpool.PreSignUp)
	f.errs[trigger.PreSignUpSignUp], f.errs[trigger.PreSignUpAdminCreateUser] = thrown, thrown
	_, err := w.register("ann", nil)
	wants(t, "sign-up", err, want)
	_, err = w.flow.AdminCreateUser(t.Context(), w.pool, account.CreateRequest{Username: "ann"})
	wants(t, "by an administrator", err, want)
	w.resolves("after the refusals", "ann", "")
}

func TestPreSignUpConfirmsAndVerifies(t *testing.T) {
	w, f := hooked(t, aliases("email"))
	w.add("old", values{"email": "ann@example.com", "email_verified": "true"})
	f.responses[trigger.PreSignUpSignUp] = values{"autoConfirmUser": "true", "autoVerifyEmail": "true"}
	done, err := w.register("ann", values{"email": "ann@example.com"})
	w.must("sign-up", err)
	post := f.sources("sign-up", trigger.PreSignUpSignUp, trigger.PostConfirmationConfirmSignUp)[1]
	if done.Delivery != nil || done.User.Status != userpool.Confirmed || len(w.mail()) != 0 {
		t.Errorf("%+v", done)
	}
	if !maps.Equal(post.Request.ClientMetadata, metadata) ||
		post.Request.UserAttributes["cognito:email_alias"] != "ann@example.com" {
		t.Errorf("%+v", post)
	}
	w.resolves("after the sign-up", "ann@example.com", "ann")
	w.has("the previous holder", "old", values{"email": "ann@example.com", "email_verified": "false"})

	f.responses[trigger.PreSignUpSignUp] = values{"autoVerifyPhone": "true"}
	unrecognizable := fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output")
	_, err = w.register("bob", values{"email": "bob@example.com"})
	wants(t, "a missing attribute", err, unrecognizable)
	w.resolves("after the refusal", "bob", "")

	f.responses[trigger.PreSignUpSignUp] = values{"autoVerifyPhone": "true", "autoVerifyEmail": "true"}
	for range 20 {
		if _, err = w.register("bob", nil); err == nil || !strings.Contains(err.Error(), "lacks: email") {
			t.Fatalf("two missing attributes: %v, want the first", err)
		}
	}

	f.responses[trigger.PreSignUpSignUp] = values{"autoConfirmUser": `"true"`}
	_, err = w.register("bob", nil)
	wants(t, "text for a boolean", err, unrecognizable)
}

// The three flags of the response do not apply to users that an administrator
// creates.
func TestAdminCreateUserRunsItsTriggers(t *testing.T) {
	w, f := hooked(t)
	f.responses[trigger.PreSignUpAdminCreateUser] = values{"autoConfirmUser": "true", "autoVerifyEmail": "true"}
	f.responses[trigger.CustomMessageAdminCreateUser] = values{
		"emailMessage": `"Hello {username}, {####}"`, "emailSubject": `"Hi"`,
	}
	u, err := w.flow.AdminCreateUser(t.Context(), w.pool, account.CreateRequest{
		Username: "ann", Attributes: values{"email": "ann@example.com"}, TemporaryPassword: password,
		Mediums: []userpool.Medium{userpool.Email}, ClientMetadata: metadata, ValidationData: values{"invite": "7"},
	})
	w.must("create", err)
	events := f.sources("create", trigger.PreSignUpAdminCreateUser, trigger.CustomMessageAdminCreateUser)
	if pre := events[0]; pre.CallerContext.ClientID != "CLIENT_ID_NOT_APPLICABLE" ||
		pre.Request.ValidationData["invite"] != "7" {
		t.Errorf("%+v", pre)
	}
	if message := events[1]; !maps.Equal(message.Request.ClientMetadata, metadata) ||
		message.Request.UserAttributes["cognito:user_status"] != "FORCE_CHANGE_PASSWORD" {
		t.Errorf("%+v", message)
	}
	if u.Status != userpool.ForceChangePassword || u.Verified("email") {
		t.Errorf("%+v", u)
	}
	if mail := w.mail(); len(mail) != 1 || mail[0].Body != "Hello ann, "+password || mail[0].Subject != "Hi" {
		t.Errorf("%+v", mail)
	}
	_, err = w.flow.ResendInvitation(t.Context(), w.pool,
		account.CreateRequest{Username: "ann", Mediums: []userpool.Medium{userpool.Email}})
	w.must("resend", err)
	f.sources("resend", trigger.CustomMessageAdminCreateUser)
}

// An error of PostConfirmation undoes nothing.
func TestPostConfirmationFails(t *testing.T) {
	w, f := hooked(t)
	want, thrown := thrownBy(userpool.PostConfirmation)
	f.errs[trigger.PostConfirmationConfirmSignUp] = thrown
	f.errs[trigger.PostConfirmationConfirmForgotPassword] = thrown
	_, err := w.register("ann", values{"email": "ann@example.com"})
	w.must("sign-up", err)
	code := w.code("ann@example.com", "CustomMessage_SignUp")
	wants(t, "confirm", w.confirm("ann", code, false), want)
	w.status("ann", userpool.Confirmed)

	_, err = w.register("bob", values{"email": "bob@example.com"})
	w.must("sign-up", err)
	f.takeEvents()
	wants(t, "by an administrator", w.flow.AdminConfirmSignUp(t.Context(), w.pool, "bob", metadata), want)
	w.status("bob", userpool.Confirmed)
	e := f.sources("by an administrator", trigger.PostConfirmationConfirmSignUp)[0]
	if e.CallerContext.ClientID != "CLIENT_ID_NOT_APPLICABLE" || !maps.Equal(e.Request.ClientMetadata, metadata) {
		t.Errorf("%+v", e)
	}

	f.responses[trigger.PreSignUpSignUp] = values{"autoConfirmUser": "true"}
	_, err = w.register("cid", nil)
	wants(t, "a sign-up that confirms", err, want)
	w.status("cid", userpool.Confirmed)
	w.mail()

	_, err = w.flow.ForgotPassword(t.Context(), w.request("ann"))
	w.must("forgot", err)
	code = w.code("ann@example.com", "CustomMessage_ForgotPassword")
	f.takeEvents()
	reset := account.ResetRequest{Request: w.request("ann"), Code: code, Password: "Other-Passw0rd"}
	reset.ClientMetadata = metadata
	wants(t, "reset", w.flow.ConfirmForgotPassword(t.Context(), reset), want)
	e = f.sources("reset", trigger.PostConfirmationConfirmForgotPassword)[0]
	if !maps.Equal(e.Request.ClientMetadata, metadata) {
		t.Errorf("%+v", e)
	}
	wants(t, "the consumed code", w.flow.ConfirmForgotPassword(t.Context(), reset), fault.NoSuchCode)
}

func (w *world) status(name string, want userpool.Status) {
	w.t.Helper()
	if u, err := w.find(name); err != nil || u.Status != want {
		w.t.Errorf("%s: %+v, %v; want %s", name, u, err, want)
	}
}

// PostConfirmation does not run for a refused code.
func TestNoTriggerAfterAWrongCode(t *testing.T) {
	w, f := hooked(t)
	_, err := w.register("ann", values{"email": "ann@example.com"})
	w.must("sign-up", err)
	code := w.code("ann@example.com", "CustomMessage_SignUp")
	f.takeEvents()
	wants(t, "a wrong code", w.confirm("ann", other(code), false), fault.WrongVerificationCode)
	f.sources("a wrong code")
}

// Every source of the CustomMessage trigger: its event, the texts that are
// sent, and that nothing is written if the trigger fails.
func TestCustomMessages(t *testing.T) {
	w, f := hooked(t)
	ann := w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
	bob := w.add("bob", values{"email": "bob@example.com"})
	w.edit("bob", func(u *userpool.User) { u.Status = userpool.Unconfirmed })
	request := func(name string) account.Request {
		r := w.request(name)
		r.ClientMetadata = metadata
		return r
	}
	for source, run := range map[trigger.Source]func() error{
		trigger.CustomMessageResendCode: func() error {
			_, err := w.flow.ResendConfirmationCode(t.Context(), request("bob"))
			return err
		},
		trigger.CustomMessageForgotPassword: func() error {
			_, err := w.flow.ForgotPassword(t.Context(), request("ann"))
			return err
		},
		trigger.CustomMessageUpdateUserAttribute: func() error {
			_, err := w.flow.UpdateAttributes(t.Context(), account.AttributeRequest{
				Pool: w.pool, Client: w.client, User: account.Self(bob), Values: values{"email": "b@example.com"},
				ClientMetadata: metadata,
			})
			return err
		},
		trigger.CustomMessageVerifyUserAttribute: func() error {
			_, err := w.flow.SendAttributeCode(t.Context(), w.pool, ann, "email",
				account.Requester{Client: w.client, ClientMetadata: metadata})
			return err
		},
		trigger.CustomMessageAuthentication: func() error {
			m, err := w.flow.SignInMessage(t.Context(), account.SignInCode{
				Pool: w.pool, Client: w.client, User: ann, Attribute: "email", Code: "123456", ClientMetadata: metadata,
			})
			if err == nil && (m.Body != "Yours: 123456" || m.To != "ann@example.com" || m.Subject != "Mine") {
				t.Errorf("%+v", m)
			}
			return err
		},
	} {
		t.Run(string(source), func(t *testing.T) {
			want, thrown := thrownBy(userpool.CustomMessage)
			f.errs[source] = thrown
			wants(t, "a function that throws", run(), want)
			delete(f.errs, source)
			if mail := w.mail(); len(mail) != 0 {
				t.Errorf("sent although the function failed: %+v", mail)
			}
			f.responses[source] = values{"emailMessage": `"Yours without its code"`}
			wants(t, "without the code", run(),
				fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output"))
			f.takeEvents()
			f.responses[source] = values{"emailMessage": `"Yours: {####}"`, "emailSubject": `"Mine"`}
			w.must("a custom text", run())
			e := f.sources("a custom text", source)[0]
			if e.CallerContext.ClientID != "client" || !maps.Equal(e.Request.ClientMetadata, metadata) ||
				e.Request.UserAttributes["sub"] == "" {
				t.Errorf("%+v", e)
			}
			if source == trigger.CustomMessageAuthentication {
				return // the engine sends it
			}
			mail := w.mail()
			if len(mail) != 1 || mail[0].TriggerSource != string(source) ||
				mail[0].Body != "Yours: "+mail[0].Code || mail[0].Subject != "Mine" {
				t.Errorf("%+v", mail)
			}
		})
	}
}

// Operations of administrators run the trigger too, without a client id.
func TestCustomMessagesOfAdministrators(t *testing.T) {
	w, f := hooked(t)
	w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
	w.must("update", w.adminSet("ann", values{"email": "new@example.com"}))
	e := f.sources("update", trigger.CustomMessageUpdateUserAttribute)[0]
	if e.CallerContext.ClientID != "CLIENT_ID_NOT_APPLICABLE" ||
		e.Request.UserAttributes["email"] != "new@example.com" {
		t.Errorf("%+v", e)
	}
	w.must("verified", w.adminSet("ann", values{"email": "ann@example.com", "email_verified": "true"}))
	w.must("reset", w.flow.AdminResetUserPassword(t.Context(), w.pool, "ann", metadata))
	e = f.sources("reset", trigger.CustomMessageForgotPassword)[0]
	if !maps.Equal(e.Request.ClientMetadata, metadata) {
		t.Errorf("%+v", e)
	}
}
