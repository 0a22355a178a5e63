package custom_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/esdk/esdktest"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver/custom"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/kms"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	arn    = "arn:aws:lambda:us-east-1:111122223333:function:sender"
	keyARN = "arn:aws:kms:us-east-1:111122223333:key/a6c4f8e2"
)

// bench is a pool with a function that the test controls, before a built-in
// sender.
type bench struct {
	t       *testing.T
	pool    *userpool.Pool
	poolErr error // returned when the pool is read
	keys    *kms.Local
	sender  *custom.Sender
	builtin []userpool.Message
	callErr error    // returned by the function
	calls   []string // ids of calls
	event   map[string]any
}

// Send is the built-in sender.
func (b *bench) Send(_ context.Context, m userpool.Message) error {
	b.builtin = append(b.builtin, m)
	return nil
}

// Invoke is the function.
func (b *bench) Invoke(ctx context.Context, _ string, event []byte) ([]byte, error) {
	b.calls, b.event = append(b.calls, trigger.CallID(ctx)), nil
	if err := json.Unmarshal(event, &b.event); err != nil {
		b.t.Error(err)
	}
	return []byte("ignored"), b.callErr
}

func newBench(t *testing.T) *bench {
	t.Helper()
	key, _, err := seal.GenerateKey(entropy.System())
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, keys: &kms.Local{Key: key, Random: entropy.System()}}
	b.pool = &userpool.Pool{ID: "us-east-1_AbCdEfGhI", Region: "us-east-1"}
	target, id := &userpool.LambdaTarget{LambdaVersion: "V1_0", LambdaArn: arn}, keyARN
	b.pool.LambdaConfig = userpool.LambdaConfig{CustomEmailSender: target, CustomSMSSender: target, KMSKeyID: &id}
	targets, err := trigger.NewTargets([]trigger.Rule{{Key: "sender"}},
		func(trigger.Target) (trigger.Invoker, error) { return b, nil })
	if err != nil {
		t.Fatal(err)
	}
	runner := trigger.NewRunner(trigger.Options{
		Targets: targets, Clock: clock.System(), Entropy: entropy.System(),
	})
	b.sender = custom.Before(b, custom.Config{
		Pool:     func(context.Context, string) (*userpool.Pool, error) { return b.pool, b.poolErr },
		Triggers: runner, Keys: b.keys, Random: entropy.System(),
	})
	return b
}

func message(medium userpool.Medium, o deliver.Occasion, code string) userpool.Message {
	return userpool.Message{
		ID: "m-1", PoolID: "us-east-1_AbCdEfGhI", Username: "ann", Medium: medium, To: "x",
		Body: "It is " + code, Code: code, TriggerSource: string(o), Attempts: 1,
		Handover: &userpool.Handover{
			ClientID: "client", SDK: "aws-sdk-js-3.1010.0", ClientMetadata: map[string]string{"k": "v"},
			UserAttributes: map[string]string{"sub": "s"},
		},
	}
}

// code decrypts the code of the last event as a handler does.
func (b *bench) code() string {
	b.t.Helper()
	text, _ := b.event["request"].(map[string]any)["code"].(string)
	sealed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		b.t.Fatal(err)
	}
	return string(esdktest.Open(b.t, sealed, func(m esdktest.Message) []byte {
		if m.Context["userpool-id"] != b.pool.ID || len(m.Context) != 2 || m.Info != keyARN {
			b.t.Errorf("context %v, key %s", m.Context, m.Info)
		}
		key, _, err := b.keys.Decrypt(m.Wrapped, m.Context)
		if err != nil {
			b.t.Fatal(err)
		}
		return key
	}).Plaintext)
}

func TestEvent(t *testing.T) {
	b := newBench(t)
	if err := b.sender.Send(t.Context(), message(userpool.Email, deliver.SignUp, "483920")); err != nil {
		t.Fatal(err)
	}
	if got := b.code(); got != "483920" {
		t.Errorf("the handler decrypts %q", got)
	}
	b.event["request"].(map[string]any)["code"] = "ciphertext"
	type object = map[string]any
	want := object{
		"version": "1", "region": "us-east-1", "userPoolId": "us-east-1_AbCdEfGhI", "userName": "ann",
		"triggerSource": "CustomEmailSender_SignUp",
		"callerContext": object{"awsSdkVersion": "aws-sdk-js-3.1010.0", "clientId": "client"},
		"request": object{
			"type": "customEmailSenderRequestV1", "code": "ciphertext", "clientMetadata": object{"k": "v"},
			"userAttributes": object{"sub": "s"},
		},
	}
	if diff := cmp.Diff(want, b.event); diff != "" {
		t.Error(diff)
	}
	if len(b.builtin) != 0 || b.calls[0] != "m-1" {
		t.Errorf("built-in sender: %d messages; call %q", len(b.builtin), b.calls[0])
	}
}

func TestSources(t *testing.T) {
	for _, c := range []struct {
		medium userpool.Medium
		o      deliver.Occasion
		source string
		kind   string
	}{
		{userpool.Email, deliver.ForgotPassword, "CustomEmailSender_ForgotPassword", "customEmailSenderRequestV1"},
		{userpool.Email, deliver.Invitation, "CustomEmailSender_AdminCreateUser", "customEmailSenderRequestV1"},
		{userpool.Email, deliver.AccountTakeOver, "CustomEmailSender_AccountTakeOverNotification",
			"customEmailSenderRequestV1"},
		{userpool.SMS, deliver.Authentication, "CustomSMSSender_Authentication", "customSMSSenderRequestV1"},
		{userpool.SMS, deliver.UpdateAttribute, "CustomSMSSender_UpdateUserAttribute", "customSMSSenderRequestV1"},
		{userpool.SMS, deliver.VerifyAttribute, "CustomSMSSender_VerifyUserAttribute", "customSMSSenderRequestV1"},
		{userpool.SMS, deliver.ResendCode, "CustomSMSSender_ResendCode", "customSMSSenderRequestV1"},
	} {
		b := newBench(t)
		if err := b.sender.Send(t.Context(), message(c.medium, c.o, "483920")); err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		if b.event["triggerSource"] != c.source || b.event["request"].(map[string]any)["type"] != c.kind {
			t.Errorf("%s: %v", c.source, b.event)
		}
	}
}

func TestCodes(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		o          deliver.Occasion
		code, want string
	}{
		{deliver.Invitation, `a<b>&"c'1`, `a&lt;b&gt;&amp;"c'1`},
		{deliver.SignUp, "<>", "<>"}, // only temporary passwords are escaped
	} {
		if err := b.sender.Send(t.Context(), message(userpool.Email, c.o, c.code)); err != nil {
			t.Fatal(err)
		}
		if got := b.code(); got != c.want {
			t.Errorf("%s becomes %s", c.code, got)
		}
	}
	if err := b.sender.Send(t.Context(), message(userpool.Email, deliver.AccountTakeOver, "")); err != nil {
		t.Fatal(err)
	}
	if code, there := b.event["request"].(map[string]any)["code"]; !there || code != nil {
		t.Errorf("a notice has the code %v", code)
	}
}

func TestChoiceOfSender(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(*bench, *userpool.Message)
		builtin bool
	}{
		"the function":                      {func(*bench, *userpool.Message) {}, false},
		"composed before it was configured": {func(_ *bench, m *userpool.Message) { m.Handover = nil }, true},
		"removed from the pool": {
			func(b *bench, _ *userpool.Message) { b.pool.LambdaConfig.CustomEmailSender = nil }, true,
		},
		"the pool has one for e-mail only": {
			func(b *bench, _ *userpool.Message) { b.pool.LambdaConfig.CustomSMSSender = nil }, false,
		},
	} {
		b := newBench(t)
		m := message(userpool.Email, deliver.SignUp, "483920")
		c.change(b, &m)
		if err := b.sender.Send(t.Context(), m); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if (len(b.builtin) == 1) != c.builtin || (len(b.calls) == 1) == c.builtin {
			t.Errorf("%s: built-in %d, function %d", name, len(b.builtin), len(b.calls))
		}
	}
}

func TestNoSender(t *testing.T) {
	s := custom.Before(nil, custom.Config{})
	if err := s.Send(t.Context(), userpool.Message{Medium: userpool.SMS}); !errors.Is(err, deliver.ErrPermanent) {
		t.Error(err)
	}
}

func TestFailures(t *testing.T) {
	thrown := &trigger.FunctionError{Type: "Error", Message: "provider down"}
	for name, c := range map[string]struct {
		callErr, poolErr error
		attempts         int
		permanent        bool
	}{
		"thrown":              {thrown, nil, 1, false},
		"thrown twice":        {thrown, nil, 2, false},
		"thrown three times":  {thrown, nil, 3, true},
		"cannot be called":    {&trigger.InvokeError{Code: trigger.CodeAccessDenied}, nil, 9, false},
		"the pool is deleted": {nil, fault.PoolDoesNotExist("p"), 1, true},
		"the store fails":     {nil, errors.New("disk failure"), 1, false},
	} {
		b := newBench(t)
		b.callErr, b.poolErr = c.callErr, c.poolErr
		m := message(userpool.Email, deliver.SignUp, "483920")
		m.Attempts = c.attempts
		if err := b.sender.Send(t.Context(), m); err == nil || errors.Is(err, deliver.ErrPermanent) != c.permanent {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// failing is a Keys that always fails.
type failing struct{}

func (failing) GenerateDataKey(context.Context, string, map[string]string) (esdk.DataKey, error) {
	return esdk.DataKey{}, errors.New("AccessDeniedException")
}

// A code that cannot be encrypted must not be sent.
func TestCodesAreNotSentInClear(t *testing.T) {
	for name, keys := range map[string]kms.Keys{"no keys": nil, "KMS refuses": failing{}} {
		b := newBench(t)
		b.sender.Keys = keys
		err := b.sender.Send(t.Context(), message(userpool.Email, deliver.SignUp, "483920"))
		if err == nil || errors.Is(err, deliver.ErrPermanent) || len(b.calls)+len(b.builtin) != 0 {
			t.Errorf("%s: %v, function called %d times, built-in %d", name, err, len(b.calls), len(b.builtin))
		}
	}
	b := newBench(t)
	b.pool.LambdaConfig.KMSKeyID = nil
	if err := b.sender.Send(t.Context(), message(userpool.Email, deliver.SignUp, "483920")); err == nil ||
		len(b.calls) != 0 {
		t.Errorf("no key id: %v", err)
	}
}
