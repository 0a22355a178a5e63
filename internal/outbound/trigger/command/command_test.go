package command_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/logtest"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/command"
)

const arn = "arn:aws:lambda:us-east-1:123456789012:function:gate:live"

// start returns an invoker of one worker and its log.
func start(t *testing.T, target string, change ...func(*command.Options)) (*command.Invoker, *logtest.Buffer) {
	t.Helper()
	log := &logtest.Buffer{}
	o := command.Options{Workers: 1, Log: slog.New(slog.NewTextHandler(log, nil)), Clock: clock.System()}
	for _, c := range change {
		c(&o)
	}
	parsed, err := trigger.ParseTarget(target)
	if err != nil {
		t.Fatal(err)
	}
	i, err := command.New(parsed, o)
	if err != nil {
		t.Skipf("%s: %v", target, err)
	}
	t.Cleanup(func() {
		if err := i.Close(); err != nil {
			t.Error(err)
		}
	})
	return i, log
}

func event(user string) []byte {
	return fmt.Appendf(nil, `{"version":"1","region":"us-east-1","userPoolId":"us-east-1_Test","userName":%q,`+
		`"callerContext":{"awsSdkVersion":"aws-sdk-unknown-unknown","clientId":"c"},`+
		`"triggerSource":"PreSignUp_SignUp",`+
		`"request":{"userAttributes":{"email":"a@example.com"},"validationData":null},`+
		`"response":{"autoConfirmUser":false,"autoVerifyEmail":false,"autoVerifyPhone":false}}`, user)
}

// invoke returns the response of the returned event.
func invoke(t *testing.T, i trigger.Invoker, user string) (map[string]any, error) {
	t.Helper()
	answer, err := i.Invoke(trigger.WithCallID(t.Context(), "call-1"), arn, event(user))
	if err != nil {
		return nil, err
	}
	var returned struct {
		UserName string
		Response map[string]any
	}
	if err := json.Unmarshal(answer, &returned); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	if returned.UserName != user {
		t.Errorf("the event of %s was returned for %s", returned.UserName, user)
	}
	return returned.Response, nil
}

// throws fails the test unless the handler failed with this type and message.
func throws(t *testing.T, i trigger.Invoker, user, kind, message string) {
	t.Helper()
	_, err := invoke(t, i, user)
	var thrown *trigger.FunctionError
	if !errors.As(err, &thrown) || thrown.Type != kind || !strings.Contains(thrown.Message, message) {
		t.Errorf("%s: %v, want %s: %s", user, err, kind, message)
	}
}

func TestHandlers(t *testing.T) {
	for target, thrown := range map[string]string{
		"node:testdata/handler.mjs": "Error", "python:testdata/handler.py": "ValueError",
	} {
		t.Run(target, func(t *testing.T) {
			i, _ := start(t, target)
			response, err := invoke(t, i, "ann")
			if err != nil || response["autoConfirmUser"] != true || response["autoVerifyEmail"] != false {
				t.Fatalf("%v, %v", response, err)
			}
			response, err = invoke(t, i, "context")
			if err != nil || fmt.Sprint(response["context"]) != "["+arn+" gate true]" {
				t.Errorf("the context: %v, %v", response["context"], err)
			}
			throws(t, i, "thrown", thrown, "Not today")
			if _, err = invoke(t, i, "ann"); err != nil {
				t.Errorf("after an error: %v", err)
			}
		})
	}
}

func TestCallbackStyle(t *testing.T) {
	t.Setenv("LIFEGUARD_MASTER_KEY", "secret")
	i, log := start(t, "node:testdata/callback.cjs")
	response, err := invoke(t, i, "ann")
	if err != nil || response["calls"] != 1.0 || response["read"] != "function" {
		t.Fatalf("%v, %v", response, err)
	}
	if response["secret"] != "" {
		t.Errorf("the handler can read the server's settings: %v", response["secret"])
	}
	throws(t, i, "thrown", "Error", "Not today")
	throws(t, i, "sync", "Error", "at once")
	if response, err = invoke(t, i, "ann"); err != nil || response["calls"] != 4.0 {
		t.Errorf("the worker did not continue: %v, %v", response, err)
	}
	// A handler that finishes without a result returns null, as in Lambda.
	if answer, err := i.Invoke(t.Context(), arn, event("silent")); err != nil || string(answer) != "null" {
		t.Errorf("a silent handler: %s, %v", answer, err)
	}
	throws(t, i, "later", "Error", "uncaught")
	for _, want := range []string{"call 1 of ann", "to standard error", "function=gate:live"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, log)
		}
	}
}

// If a worker crashes, its call fails with Lambda's error text, and the next
// call gets a new worker.
func TestCrash(t *testing.T) {
	for target, kind := range map[string]string{
		"node:testdata/callback.cjs": "node", "python:testdata/handler.py": "python",
	} {
		t.Run(kind, func(t *testing.T) {
			i, _ := start(t, target)
			if response, err := invoke(t, i, "ann"); err != nil || response["calls"] != 1.0 {
				t.Fatalf("%v, %v", response, err)
			}
			throws(t, i, "exits", "Runtime.ExitError",
				"RequestId: call-1 Error: Runtime exited with error: exit status 3")
			if response, err := invoke(t, i, "ann"); err != nil || response["calls"] != 1.0 {
				t.Errorf("not a new worker: %v, %v", response, err)
			}
		})
	}
}

// A program that always crashes is not restarted for every call.
func TestCrashLoop(t *testing.T) {
	clk := clock.Frozen(time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC))
	i, _ := start(t, "exec:false", func(o *command.Options) { o.Clock = clk })
	throws(t, i, "ann", "Runtime.ExitError", "exit status 1")
	throws(t, i, "ann", "Runtime.ExitError", "exit status 1") // restarted at once
	var refused *trigger.InvokeError
	if _, err := invoke(t, i, "ann"); !errors.As(err, &refused) || refused.Code != trigger.CodeService {
		t.Errorf("the third time: %v", err)
	}
	clk.Advance(time.Second)
	throws(t, i, "ann", "Runtime.ExitError", "exit status 1")
}

// A handler that was killed at the limit does not affect later calls.
func TestKilledAtLimit(t *testing.T) {
	i, log := start(t, "node:testdata/callback.cjs")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := i.Invoke(ctx, arn, event("hangs"))
		done <- err
	}()
	for !strings.Contains(log.String(), "of hangs") { // the worker has the call
		select {
		case err := <-done:
			t.Fatal(err)
		case <-time.After(time.Millisecond):
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("at the limit: %v", err)
	}
	if response, err := invoke(t, i, "ann"); err != nil || response["calls"] != 1.0 {
		t.Errorf("not a new worker: %v, %v", response, err)
	}
}

func TestChangedFileIsLoaded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "h.mjs")
	write := func(n int, at time.Time) {
		t.Helper()
		text := fmt.Sprintf("export const handler = async (event) => { event.response.edition = %d; return event };", n)
		if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.Chtimes(file, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	then := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	write(1, then)
	i, _ := start(t, "node:"+file)
	for n := 1; n <= 2; n++ {
		write(n, then.Add(time.Duration(n)*time.Second))
		if response, err := invoke(t, i, "ann"); err != nil || response["edition"] != float64(n) {
			t.Errorf("edition %d: %v, %v", n, response, err)
		}
	}
}

func TestProgram(t *testing.T) {
	i, log := start(t, "exec:testdata/echo.sh")
	response, err := invoke(t, i, "ann")
	if err != nil || response["autoConfirmUser"] != true {
		t.Errorf("%v, %v", response, err)
	}
	if !strings.Contains(log.String(), "a line that is not a response") {
		t.Errorf("log: %s", log)
	}
}

func TestBrokenTargets(t *testing.T) {
	for target, want := range map[string]string{
		"node:testdata/none.mjs": "handler file", "exec:no-such-program-anywhere": "program",
		"python:testdata/none.py": "handler file",
	} {
		parsed, err := trigger.ParseTarget(target)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := command.New(parsed, command.Options{
			Log: slog.New(slog.DiscardHandler), Clock: clock.System(),
		}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", target, err)
		}
	}
	i, _ := start(t, "node:testdata/broken.mjs")
	throws(t, i, "ann", "Runtime.HandlerNotFound", "handler is undefined or not exported")
}

// Concurrent calls share the workers, and each gets its own result.
func TestConcurrentCalls(t *testing.T) {
	i, _ := start(t, "node:testdata/handler.mjs", func(o *command.Options) { o.Workers = 2 })
	var all sync.WaitGroup
	for n := range 40 {
		all.Go(func() {
			response, err := invoke(t, i, fmt.Sprintf("user-%d", n))
			if err != nil || response["autoConfirmUser"] != true {
				t.Errorf("%d: %v, %v", n, response, err)
			}
		})
	}
	all.Wait()
}

func TestClosed(t *testing.T) {
	i, _ := start(t, "node:testdata/handler.mjs")
	if _, err := invoke(t, i, "ann"); err != nil {
		t.Fatal(err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}
	var refused *trigger.InvokeError
	if _, err := invoke(t, i, "ann"); !errors.As(err, &refused) {
		t.Errorf("after the end: %v", err)
	}
}
