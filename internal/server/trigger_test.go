package server_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token/tokentest"
	"github.com/lifeguard-auth/lifeguard/internal/server"
)

const demoClient = "demopublicclient0000000000"

// withTriggers starts a dev server with these triggers.
func withTriggers(t *testing.T, triggers config.Triggers, log io.Writer) *httptest.Server {
	t.Helper()
	return start(t, config.Config{Mode: config.Dev, Data: ":memory:", Seed: true, Triggers: triggers}, log)
}

// node skips a test if Node is not installed.
func node(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip(err)
	}
}

// emulator runs a Lambda-compatible server with the handler and returns its URL.
func emulator(t *testing.T) string {
	t.Helper()
	cmd := exec.Command("node", "testdata/endpoint.mjs", "testdata/handler.mjs")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return "http://127.0.0.1:" + strings.TrimSpace(port)
}

// signUp returns the status and the response without its random parts.
func signUp(t *testing.T, url, client, name, invite string) string {
	t.Helper()
	status, body := post(t, url, "SignUp",
		fmt.Sprintf(`{"ClientId":%q,"Username":%q,"Password":"Test-Passw0rd","ClientMetadata":{"invite":%q},
		"UserAttributes":[{"Name":"email","Value":"%s@example.com"}]}`, client, name, invite, name))
	sub := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)
	return fmt.Sprint(status, " ", sub.ReplaceAllString(strings.TrimSpace(body), "SUB"))
}

// A handler written for AWS gives the same results in a Lambda-compatible server and
// in the built-in workers.
func TestOneHandlerTwoWays(t *testing.T) {
	node(t)
	endpoint := emulator(t)
	pool := func(url string) (client string) {
		var out struct {
			UserPool       struct{ Id string }
			UserPoolClient struct{ ClientId string }
		}
		status, answer := post(t, url, "CreateUserPool",
			`{"PoolName":"p","AutoVerifiedAttributes":["email"],`+
				`"LambdaConfig":{"PreSignUp":"arn:aws:lambda:us-east-1:111111111111:function:gate"}}`)
		if status != http.StatusOK || json.Unmarshal([]byte(answer), &out) != nil {
			t.Fatal(status, answer)
		}
		status, answer = post(t, url, "CreateUserPoolClient",
			fmt.Sprintf(`{"UserPoolId":%q,"ClientName":"c"}`, out.UserPool.Id))
		if status != http.StatusOK || json.Unmarshal([]byte(answer), &out) != nil {
			t.Fatal(status, answer)
		}
		return out.UserPoolClient.ClientId
	}
	want := []string{
		`200 {"UserConfirmed":true,"UserSub":"SUB"}`,
		`400 {"__type":"UserLambdaValidationException","message":"PreSignUp failed with error You are not invited."}`,
	}
	for name, triggers := range map[string]config.Triggers{
		"worker by trigger": {Targets: []string{"PreSignUp=node:testdata/handler.mjs"}},
		"worker by ARN": {
			Targets: []string{"arn:aws:lambda:us-east-1:111111111111:function:gate=node:testdata/handler.mjs"},
		},
		"worker by name":     {Targets: []string{"gate=node:testdata/handler.mjs"}},
		"endpoint":           {LambdaEndpoint: endpoint},
		"endpoint by prefix": {Targets: []string{"arn:aws:lambda:us-east-1:*=lambda:" + endpoint}},
		"worker before an endpoint": {
			LambdaEndpoint: "http://127.0.0.1:1", Targets: []string{"PreSignUp=node:testdata/handler.mjs"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			front := withTriggers(t, triggers, io.Discard)
			client := pool(front.URL)
			for n, invite := range []string{"7", "8"} {
				if got := signUp(t, front.URL, client, fmt.Sprintf("user%d", n), invite); got != want[n] {
					t.Errorf("got %s\nwant %s", got, want[n])
				}
			}
		})
	}
}

// A trigger that the command line names runs for the demonstration pool, until a
// start without it.
func TestDemonstrationPoolHasNamedTriggers(t *testing.T) {
	node(t)
	c := config.Config{
		Mode: config.Dev, Data: t.TempDir(), Seed: true, Listen: "127.0.0.1:0", PublicURL: "http://127.0.0.1",
	}
	for _, run := range []struct {
		targets []string
		arn     string
		want    string
	}{
		{[]string{"PreSignUp=node:testdata/handler.mjs"},
			`"PreSignUp":"arn:aws:lambda:local:000000000000:function:PreSignUp"`, "UserLambdaValidationException"},
		{nil, `"LambdaConfig":{}`, "UserConfirmed"},
	} {
		c.Triggers.Targets = run.targets
		complete, err := c.Complete()
		if err != nil {
			t.Fatal(err)
		}
		s, err := server.New(t.Context(), complete,
			server.Parts{Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock()})
		if err != nil {
			t.Fatal(err)
		}
		front := httptest.NewServer(s.Handler())
		if _, pool := post(t, front.URL, "DescribeUserPool",
			`{"UserPoolId":"us-east-1_Lifeguard"}`); !strings.Contains(pool, run.arn) {
			t.Errorf("%v: %s", run.targets, pool)
		}
		if got := signUp(t, front.URL, demoClient, "ann", "8"); !strings.Contains(got, run.want) {
			t.Errorf("%v: %s", run.targets, got)
		}
		front.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

type shownCall struct {
	ID, TriggerSource, UserPoolID, Function, Error string
	Attempts                                       int
	Request, Response                              json.RawMessage
}

func TestCallsOfTriggersAreShown(t *testing.T) {
	node(t)
	front := withTriggers(t, config.Triggers{Targets: []string{"PreSignUp=node:testdata/handler.mjs"}}, io.Discard)
	signUp(t, front.URL, demoClient, "ann", "7")
	signUp(t, front.URL, demoClient, "bob", "8")
	list := func() (calls []shownCall) {
		t.Helper()
		if status, body := get(t, front.URL+"/_dev/triggers"); status != http.StatusOK ||
			json.Unmarshal([]byte(body), &calls) != nil {
			t.Fatal(status, body)
		}
		return calls
	}
	calls := list()
	if len(calls) != 2 {
		t.Fatalf("%+v", calls)
	}
	bob, ann := calls[0], calls[1]
	if bob.TriggerSource != "PreSignUp_SignUp" || bob.UserPoolID != "us-east-1_Lifeguard" || bob.Attempts != 1 ||
		!strings.Contains(bob.Error, "You are not invited") || string(bob.Response) != "null" ||
		!strings.Contains(string(bob.Request), `"userName":"bob"`) {
		t.Errorf("%+v", bob)
	}
	if ann.Error != "" || !strings.Contains(string(ann.Response), `"autoConfirmUser":true`) {
		t.Errorf("%+v", ann)
	}
	status, body := post(t, front.URL+"/_dev/triggers/"+ann.ID+"/replay", "", "")
	var again shownCall
	if status != http.StatusOK || json.Unmarshal([]byte(body), &again) != nil || again.ID == ann.ID ||
		again.Error != "" || string(again.Response) != string(ann.Response) {
		t.Errorf("replayed: %d %s", status, body)
	}
	if len(list()) != 3 {
		t.Error("the replay is not among the calls")
	}
	if status, _ := post(t, front.URL+"/_dev/triggers/unknown/replay", "", ""); status != http.StatusNotFound {
		t.Errorf("an unknown call: %d", status)
	}
	_, metrics := get(t, front.URL+"/metrics")
	for _, want := range []string{
		`lifeguard_trigger_seconds_count{outcome="ok",trigger="PreSignUp"} 2`,
		`lifeguard_trigger_seconds_count{outcome="UserLambdaValidation",trigger="PreSignUp"} 1`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("the metrics lack %s", want)
		}
	}
}

func TestServeShowsNoCalls(t *testing.T) {
	front := serving(t)
	if status, body := get(t, front.URL+"/_dev/triggers"); status == http.StatusOK || strings.HasPrefix(body, "[") {
		t.Errorf("%d %s", status, body)
	}
}

// An invalid setting prevents the start; the error names the setting and the cure.
func TestBadTriggers(t *testing.T) {
	for name, c := range map[string]struct {
		triggers    config.Triggers
		field, want string
	}{
		"no target": {config.Triggers{Targets: []string{"PreSignUp"}}, "trigger", "PreSignUp"},
		"misspelt trigger": {
			config.Triggers{Targets: []string{"presignup=node:testdata/handler.mjs"}}, "trigger",
			"the trigger is written PreSignUp",
		},
		"no such file": {config.Triggers{Targets: []string{"PreSignUp=node:testdata/none.mjs"}}, "trigger", "none.mjs"},
		"unknown kind": {config.Triggers{Targets: []string{"PreSignUp=ruby:h.rb"}}, "trigger", "the kinds are"},
		"two targets":  {config.Triggers{Targets: []string{"a=exec:true", "a=exec:false"}}, "trigger", "two targets"},
		"unsigned webhook": {
			config.Triggers{Targets: []string{"PreSignUp=https://hooks.example.com/"}}, "trigger",
			"LIFEGUARD_WEBHOOK_SECRET",
		},
		"short secret": {config.Triggers{
			Targets: []string{"PreSignUp=https://hooks.example.com/"}, WebhookSecrets: []string{"whsec_c2hvcnQ="},
		}, "trigger", "24 bytes"},
		"endpoint, no URL":  {config.Triggers{LambdaEndpoint: "localhost:4566"}, "lambda-endpoint", "is not an http"},
		"AWS without a key": {config.Triggers{LambdaEndpoint: "aws"}, "trigger", "AWS_ACCESS_KEY_ID"},
	} {
		t.Run(name, func(t *testing.T) {
			complete, err := config.Config{
				Mode: config.Serve, Delivery: noSender, Data: t.TempDir(), Listen: "127.0.0.1:0",
				PublicURL: "http://127.0.0.1", BehindProxy: true, Triggers: c.triggers,
			}.Complete()
			if err != nil {
				t.Fatal(err)
			}
			s, err := server.New(t.Context(), complete,
				server.Parts{Log: slog.New(slog.DiscardHandler), Stock: tokentest.Stock()})
			if err == nil {
				_ = s.Close()
			}
			var field *config.FieldError
			if !errors.As(err, &field) || field.Field != c.field || !strings.Contains(field.Problem, c.want) ||
				field.Cure == "" {
				t.Errorf("%v", err)
			}
		})
	}
}
