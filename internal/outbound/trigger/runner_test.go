package trigger_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const socketTimeout = "Socket timeout while invoking Lambda function"

func TestFailuresHaveCognitosTexts(t *testing.T) {
	for name, c := range map[string]struct {
		err      error
		kind     fault.Kind
		text     string
		attempts int
	}{
		"threw": {
			&trigger.FunctionError{Type: "Error", Message: "Not today"}, fault.UserLambdaValidation,
			"PreSignUp failed with error Not today.", 1,
		},
		"with a stop": {
			&trigger.FunctionError{Type: "Error", Message: "Not today."}, fault.UserLambdaValidation,
			"PreSignUp failed with error Not today..", 1,
		},
		"task timed out": {
			&trigger.FunctionError{Message: "2026-05-01T12:00:00Z 1 Task timed out after 3.00 seconds"},
			fault.UserLambdaValidation,
			"PreSignUp failed with error 2026-05-01T12:00:00Z 1 Task timed out after 3.00 seconds.", 1,
		},
		"denied": {
			&trigger.InvokeError{Code: "AccessDeniedException"}, fault.UnexpectedLambda,
			"PreSignUp invocation failed due to error AccessDeniedException.", 1,
		},
		"conflict": {
			&trigger.InvokeError{Code: "ResourceConflictException"}, fault.UnexpectedLambda,
			"PreSignUp invocation failed due to error ResourceConflictException.", 1,
		},
		"service": {
			&trigger.InvokeError{Code: "ServiceException"}, fault.UnexpectedLambda,
			"PreSignUp invocation failed due to error ServiceException.", 1,
		},
		"throttled": {
			&trigger.InvokeError{Code: "TooManyRequestsException"}, fault.UnexpectedLambda,
			"PreSignUp invocation failed due to error TooManyRequestsException.", 3,
		},
		"a time-out": {fmt.Errorf("read: %w", os.ErrDeadlineExceeded), fault.UnexpectedLambda, socketTimeout, 3},
		"wrapped": {
			&trigger.InvokeError{
				Code: "ServiceException", Cause: &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded},
			},
			fault.UnexpectedLambda, socketTimeout, 3,
		},
		"anything else": {
			io.ErrUnexpectedEOF, fault.UnexpectedLambda,
			"PreSignUp invocation failed due to error ServiceException.", 1,
		},
	} {
		made := 0
		r := runner(t, func(context.Context, string, []byte) ([]byte, error) {
			made++
			return nil, c.err
		}, func(o *trigger.Options) { o.Timer = instantly })
		err := signUp(r, call(trigger.PreSignUpSignUp))
		refusedAs(t, name, err, c.kind, c.text)
		if made != c.attempts {
			t.Errorf("%s: %d attempts, want %d", name, made, c.attempts)
		}
		if !errors.Is(err, c.err) {
			t.Errorf("%s: the error does not wrap its cause", name)
		}
	}
}

// instantly is a Timer whose pauses end at once and whose limits never do.
func instantly(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	if d < time.Second {
		cancel()
	}
	return ctx, cancel
}

// Error texts begin with the name of the trigger.
func TestEveryTriggerIsNamedInItsFailures(t *testing.T) {
	r := runner(t, failing(&trigger.FunctionError{Message: "no"}))
	for name, c := range cases() {
		_, err := runSource(r, c)
		refusedAs(t, name, err, fault.UserLambdaValidation, string(c.Source.Trigger())+" failed with error no.")
	}
}

func TestPanicsAndSizes(t *testing.T) {
	r := runner(t, func(context.Context, string, []byte) ([]byte, error) { panic("oh") })
	refusedAs(t, "panic", signUp(r, call(trigger.PreSignUpSignUp)), fault.UnexpectedLambda,
		"PreSignUp invocation failed due to error ServiceException.")
	padded := func(size int) trigger.InvokerFunc {
		return func(_ context.Context, _ string, event []byte) ([]byte, error) {
			return append(event, bytes.Repeat([]byte(" "), size-len(event))...), nil
		}
	}
	if err := signUp(runner(t, padded(trigger.MaxResponse)), call(trigger.PreSignUpSignUp)); err != nil {
		t.Errorf("six megabytes: %v", err)
	}
	refusedAs(t, "a byte more", signUp(runner(t, padded(trigger.MaxResponse+1)), call(trigger.PreSignUpSignUp)),
		fault.UserLambdaValidation,
		"PreSignUp failed with error Response payload size exceeded maximum allowed payload size (6291556 bytes).")
}

// A hanging function times out after five seconds, three times, even if the
// invoker ignores its context.
func TestHangingFunction(t *testing.T) {
	alarms, h := newAlarms(), newHanging()
	defer h.free()
	r := runner(t, h.Invoke, alarms.use)
	failed := make(chan error)
	go func() { failed <- signUp(r, call(trigger.PreSignUpSignUp)) }()
	for range 3 {
		a := <-alarms.set
		if a.after != 5*time.Second {
			t.Errorf("the limit is %v", a.after)
		}
		<-h.entered
		a.fire()
	}
	refusedAs(t, "hangs", <-failed, fault.UnexpectedLambda, socketTimeout)
}

// Throttled calls are retried after pauses that double.
func TestThrottled(t *testing.T) {
	alarms := newAlarms()
	left := 2
	r := runner(t, func(_ context.Context, _ string, event []byte) ([]byte, error) {
		if left--; left >= 0 {
			return nil, &trigger.InvokeError{Code: trigger.CodeTooManyRequests}
		}
		return event, nil
	}, alarms.use)
	failed := make(chan error)
	go func() { failed <- signUp(r, call(trigger.PreSignUpSignUp)) }()
	for _, want := range []time.Duration{
		5 * time.Second, 100 * time.Millisecond, 5 * time.Second, 200 * time.Millisecond, 5 * time.Second,
	} {
		a := <-alarms.set
		if a.after != want {
			t.Errorf("a timer of %v, want %v", a.after, want)
		}
		if want < time.Second {
			a.fire()
		}
	}
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

// All attempts of a call have the same id.
func TestAttemptsShareAnID(t *testing.T) {
	var ids []string
	r := runner(t, func(ctx context.Context, _ string, _ []byte) ([]byte, error) {
		ids = append(ids, trigger.CallID(ctx))
		return nil, os.ErrDeadlineExceeded
	})
	for range 2 {
		_ = signUp(r, call(trigger.PreSignUpSignUp))
	}
	if len(ids) != 6 || ids[0] == "" || ids[0] != ids[2] || ids[3] != ids[5] || ids[0] == ids[3] {
		t.Errorf("ids %v", ids)
	}
}

// The function of pool A hangs and occupies all of A's slots; pool B is not
// affected.
func TestBulkhead(t *testing.T) {
	alarms, h := newAlarms(), newHanging()
	defer h.free()
	var served atomic.Int32
	r := runner(t, func(ctx context.Context, arn string, event []byte) ([]byte, error) {
		if bytes.Contains(event, []byte(`"userPoolId":"A"`)) {
			return h.Invoke(ctx, arn, event)
		}
		served.Add(1)
		return event, nil
	}, alarms.use, func(o *trigger.Options) { o.Concurrency = 2 })
	of := func(id string) trigger.Call {
		c := call(trigger.PreSignUpSignUp)
		c.Pool = pool(id, "V1_0")
		return c
	}
	hung := make(chan error, 2)
	var limits []alarm
	for range 2 {
		go func() { hung <- signUp(r, of("A")) }()
		limits = append(limits, <-alarms.set)
		<-h.entered
	}
	third := make(chan error)
	go func() { third <- signUp(r, of("A")) }()
	waiting := <-alarms.set
	for range 5 {
		if err := signUp(r, of("B")); err != nil {
			t.Fatalf("pool B: %v", err)
		}
		<-alarms.set
	}
	if served.Load() != 5 {
		t.Errorf("B was served %d times", served.Load())
	}
	waiting.fire()
	refusedAs(t, "no slot", <-third, fault.UnexpectedLambda,
		"PreSignUp invocation failed due to error TooManyRequestsException.")

	// Calls that timed out keep their slot until their function returns, so the
	// next attempts get none either.
	for _, a := range limits {
		a.fire()
	}
	for range 2 {
		(<-alarms.set).fire()
		refusedAs(t, "no slot for the next attempt", <-hung, fault.UnexpectedLambda,
			"PreSignUp invocation failed due to error TooManyRequestsException.")
	}
	go func() { third <- signUp(r, of("A")) }()
	<-alarms.set
	h.free()
	if err := <-third; err != nil {
		t.Errorf("pool A after its function returned: %v", err)
	}
}

// If the caller's context ends, Run returns its error, which is not a fault.
func TestCallerCancels(t *testing.T) {
	h := newHanging()
	defer h.free()
	r := runner(t, h.Invoke)
	ctx, cancel := context.WithCancel(context.Background())
	failed := make(chan error)
	go func() {
		_, err := trigger.Run(ctx, r, call(trigger.PreSignUpSignUp), trigger.PreSignUpRequest{})
		failed <- err
	}()
	<-h.entered
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) || fault.Of(err) != nil {
		t.Errorf("%v", err)
	}
}

// Without a function the response is that of an unchanged event, or an error
// for triggers that require one.
func TestNotConfigured(t *testing.T) {
	r := runner(t, func(context.Context, string, []byte) ([]byte, error) {
		t.Error("the function was called")
		return nil, nil
	})
	only := []userpool.Trigger{
		trigger.DefineAuthChallenge, trigger.CreateAuthChallenge, trigger.VerifyAuthChallenge,
		userpool.CustomEmailSender, userpool.CustomSMSSender,
	}
	for name, c := range cases() {
		c.Pool = &userpool.Pool{ID: "p"}
		_, err := runSource(r, c)
		if needed := slices.Contains(only, c.Source.Trigger()); (err != nil) != needed || fault.Of(err) != nil {
			t.Errorf("%s: %v", name, err)
		}
		if trigger.Configured(c.Pool, c.Source) {
			t.Errorf("%s is configured", name)
		}
		c.Pool.LambdaConfig.PreSignUp = ptr("") // as UpdateUserPool leaves it
		if trigger.Configured(c.Pool, c.Source) {
			t.Errorf("%s is configured by an empty ARN", name)
		}
	}
	// The client credentials grant has a trigger in V3_0 only.
	c := call(trigger.TokenGenerationClientCredentials)
	for version, want := range map[string]bool{"V1_0": false, "V2_0": false, "V3_0": true} {
		if c.Pool = pool("p", version); trigger.Configured(c.Pool, c.Source) != want {
			t.Errorf("client credentials with %s: configured %v", version, !want)
		}
	}
}

// A trigger without a target is an error; it is not skipped.
func TestNoTarget(t *testing.T) {
	r := runner(t, nil, func(o *trigger.Options) { o.Targets = nil })
	err := signUp(r, call(trigger.PreSignUpSignUp))
	refusedAs(t, "no target", err, fault.UnexpectedLambda,
		"PreSignUp invocation failed due to error ResourceNotFoundException.")
	if !strings.Contains(err.Error(), arn) {
		t.Errorf("the error does not name the function: %v", err)
	}
}

func TestWrongRequestForASource(t *testing.T) {
	_, err := trigger.Run(context.Background(), runner(t, answering(`{}`)), call(trigger.PreSignUpSignUp),
		trigger.PostConfirmationRequest{})
	if err == nil || fault.Of(err) != nil {
		t.Errorf("%v", err)
	}
}

func TestRecorder(t *testing.T) {
	recorder := trigger.NewRecorder(2)
	record := func(o *trigger.Options) { o.Recorder = recorder }
	secretAnswer := `{"privateChallengeParameters":{"answer":"hunter2"},"publicChallengeParameters":{"hint":"kept"},` +
		`"challengeMetadata":"CODE-hunter2"}`
	var respond trigger.InvokerFunc
	recorded := runner(t,
		func(ctx context.Context, arn string, event []byte) ([]byte, error) { return respond(ctx, arn, event) }, record)
	for _, source := range []trigger.Source{
		trigger.PreSignUpSignUp, trigger.UserMigrationAuthentication, trigger.CreateAuthChallengeAuthentication,
	} {
		respond = answering(`{}`)
		if source == trigger.CreateAuthChallengeAuthentication {
			respond = answering(secretAnswer)
		}
		if _, err := runSource(recorded, call(source)); err != nil {
			t.Fatal(err)
		}
	}
	list := recorder.List()
	if len(list) != 2 || list[0].Source != trigger.CreateAuthChallengeAuthentication ||
		list[1].Source != trigger.UserMigrationAuthentication {
		t.Fatalf("recorded %v", list)
	}
	text := fmt.Sprintf("%s %s %s %s", list[0].Request, list[0].Response, list[1].Request, list[1].Response)
	for _, secret := range []string{"hunter2", "correct horse", "CAPTCHA"} {
		if strings.Contains(text, secret) {
			t.Errorf("%q was recorded: %s", secret, text)
		}
	}
	for _, kept := range []string{`"hint":"kept"`, `"password":"[redacted]"`, "a@example.com", "CUSTOM_CHALLENGE"} {
		if !strings.Contains(text, kept) {
			t.Errorf("%s was not recorded", kept)
		}
	}
	if e, ok := recorder.Get(list[1].ID); !ok || e.Source != list[1].Source || !e.Time.Equal(noon) || e.ARN != arn ||
		e.Attempts != 1 || e.PoolID != "us-east-1_AbCdEf123" {
		t.Errorf("found %+v", e)
	}
	if _, ok := recorder.Get("unknown"); ok {
		t.Error("Get returned an unknown entry")
	}
	// Failures and invalid JSON.
	r := runner(t, func(context.Context, string, []byte) ([]byte, error) {
		return []byte(`{"password":"hunter2"`), nil
	}, record)
	_ = signUp(r, call(trigger.PreSignUpSignUp))
	if e := recorder.List()[0]; string(e.Response) != `"[21 bytes]"` || !errors.Is(e.Err, fault.InvalidLambdaResponse) {
		t.Errorf("%s %v", e.Response, e.Err)
	}
	if (*trigger.Recorder)(nil).List() != nil {
		t.Error("a nil Recorder has entries")
	}
}
