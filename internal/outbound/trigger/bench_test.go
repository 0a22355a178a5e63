package trigger_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

const arn = "arn:aws:lambda:us-east-1:123456789012:function:gate"

// pool returns a pool with a function for every trigger; tokens is the version
// of the pre token generation event.
func pool(id, tokens string) *userpool.Pool {
	a := arn
	p := &userpool.Pool{ID: id, Region: "us-east-1", Account: "123456789012"}
	p.LambdaConfig = userpool.LambdaConfig{
		PreSignUp: &a, CustomMessage: &a, PostConfirmation: &a, PreAuthentication: &a, PostAuthentication: &a,
		DefineAuthChallenge: &a, CreateAuthChallenge: &a, VerifyAuthChallengeResponse: &a, PreTokenGeneration: &a,
		UserMigration:            &a,
		PreTokenGenerationConfig: &userpool.LambdaTarget{LambdaVersion: tokens, LambdaArn: arn},
		CustomSMSSender:          &userpool.LambdaTarget{LambdaVersion: "V1_0", LambdaArn: arn},
		CustomEmailSender:        &userpool.LambdaTarget{LambdaVersion: "V1_0", LambdaArn: arn},
		InboundFederation:        &userpool.LambdaTarget{LambdaVersion: "V1_0", LambdaArn: arn},
	}
	return p
}

func call(s trigger.Source) trigger.Call {
	return trigger.Call{
		Pool: pool("us-east-1_AbCdEf123", "V1_0"), Source: s, Username: "5f0c3c1e-7f0a-4d0e-9d1b-0c8f5b1a2b3c",
		ClientID: "1example23456789",
	}
}

// targets maps every function to the invoker.
func targets(t testing.TB, i trigger.Invoker) *trigger.Targets {
	t.Helper()
	found, err := trigger.NewTargets([]trigger.Rule{{Key: "arn:*"}},
		func(trigger.Target) (trigger.Invoker, error) { return i, nil })
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func runner(t testing.TB, f trigger.InvokerFunc, change ...func(*trigger.Options)) *trigger.Runner {
	o := trigger.Options{Targets: targets(t, f), Clock: clock.Frozen(noon), Entropy: entropy.Seeded(1)}
	for _, c := range change {
		c(&o)
	}
	return trigger.NewRunner(o)
}

// answering returns a function that returns the event with the response.
func answering(response string) trigger.InvokerFunc {
	return func(_ context.Context, _ string, event []byte) ([]byte, error) {
		return trigger.Complete(event, fmt.Appendf(nil, `{"response":%s}`, response)), nil
	}
}

// changing returns a function that returns the event with members replaced; an
// empty text removes one.
func changing(members map[string]string) trigger.InvokerFunc {
	return func(_ context.Context, _ string, event []byte) ([]byte, error) {
		var e map[string]json.RawMessage
		if err := json.Unmarshal(event, &e); err != nil {
			return nil, err
		}
		for name, text := range members {
			e[name] = json.RawMessage(text)
		}
		maps.DeleteFunc(e, func(_ string, text json.RawMessage) bool { return len(text) == 0 })
		return json.Marshal(e)
	}
}

func failing(err error) trigger.InvokerFunc {
	return func(context.Context, string, []byte) ([]byte, error) { return nil, err }
}

// alarms is a Timer that the test fires.
type alarms struct{ set chan alarm }

type alarm struct {
	after time.Duration
	fire  context.CancelFunc
}

func newAlarms() *alarms { return &alarms{make(chan alarm, 64)} }

func (a *alarms) timer(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	a.set <- alarm{d, cancel}
	return ctx, cancel
}

func (a *alarms) use(o *trigger.Options) { o.Timer = a.timer }

// hanging does not return until released, even if its context ends.
type hanging struct {
	entered chan struct{}
	release chan struct{}
	once    sync.Once
}

func newHanging() *hanging {
	return &hanging{entered: make(chan struct{}, 64), release: make(chan struct{})}
}

func (h *hanging) Invoke(_ context.Context, _ string, event []byte) ([]byte, error) {
	h.entered <- struct{}{}
	<-h.release
	return event, nil
}

func (h *hanging) free() { h.once.Do(func() { close(h.release) }) }

func signUp(r *trigger.Runner, c trigger.Call) error {
	_, err := trigger.Run(context.Background(), r, c, trigger.PreSignUpRequest{})
	return err
}

func ptr[T any](v T) *T { return &v }
