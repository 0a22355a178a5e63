package trigger_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestParseRule(t *testing.T) {
	for s, want := range map[string]trigger.Rule{
		"PreSignUp=node:./handler.mjs": {
			Key: "PreSignUp", Target: trigger.Target{Kind: trigger.Node, Argument: "./handler.mjs"},
		},
		"PreSignUp = python:C:\\h.py": {
			Key: "PreSignUp", Target: trigger.Target{Kind: trigger.Python, Argument: "C:\\h.py"},
		},
		"gate=exec:./gate --mode=strict": {
			Key: "gate", Target: trigger.Target{Kind: trigger.Exec, Argument: "./gate --mode=strict"},
		},
		"arn:aws:lambda:*=lambda:": {Key: "arn:aws:lambda:*", Target: trigger.Target{Kind: trigger.Lambda}},
		arn + "=lambda:http://localhost:4566": {
			Key: arn, Target: trigger.Target{Kind: trigger.Lambda, Argument: "http://localhost:4566"},
		},
		"CustomMessage=https://h.test/x?y=1": {
			Key: "CustomMessage", Target: trigger.Target{Kind: trigger.Webhook, Argument: "https://h.test/x?y=1"},
		},
		"CustomMessage=webhook:http://h.test/x": {
			Key: "CustomMessage", Target: trigger.Target{Kind: trigger.Webhook, Argument: "http://h.test/x"},
		},
	} {
		got, err := trigger.ParseRule(s)
		if err != nil || got != want {
			t.Errorf("%s: %+v %v", s, got, err)
		}
	}
	for s, want := range map[string]string{
		"PreSignUp":                   "Trigger=kind:argument",
		"=node:./h.mjs":               "Trigger=kind:argument",
		"PreSignUp=./h.mjs":           "kind:argument",
		"PreSignUp=deno:./h.ts":       "the kinds are",
		"PreSignUp=node:":             "the argument is missing",
		"presignup=node:./h.mjs":      "written PreSignUp",
		"PreSignUp=webhook:h.test":    "not an http or https URL",
		"PreSignUp=lambda:localhost":  "not an http or https URL",
		"PreSignUp=webhook:ftp://h/x": "not an http or https URL",
		"arn:*:x=node:./h.mjs":        "at the end",
	} {
		if _, err := trigger.ParseRule(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", s, err, want)
		}
	}
}

func FuzzParseRule(f *testing.F) {
	f.Add("PreSignUp=node:./handler.mjs")
	f.Add("a*=https://x")
	f.Fuzz(func(t *testing.T, s string) {
		r, err := trigger.ParseRule(s)
		if err != nil {
			return
		}
		again, err := trigger.ParseRule(r.Key + "=" + r.Target.String())
		if err != nil || again != r {
			t.Fatalf("%+v becomes %+v, %v", r, again, err)
		}
	})
}

// named is an invoker with a name.
type named string

func (named) Invoke(context.Context, string, []byte) ([]byte, error) { return nil, nil }

func TestTargetsFind(t *testing.T) {
	made := 0
	var rules []trigger.Rule
	for _, key := range []string{
		"PreSignUp", "arn:aws:lambda:*", "arn:aws:lambda:eu-west-1:*", "gate", "gate:live", arn + ":pinned",
	} {
		rules = append(rules, trigger.Rule{Key: key, Target: trigger.Target{Kind: trigger.Node, Argument: key}})
	}
	targets, err := trigger.NewTargets(rules, func(x trigger.Target) (trigger.Invoker, error) {
		made++
		return named(x.Argument), nil
	})
	if err != nil || made != len(rules) {
		t.Fatal(err, made)
	}
	for arn, want := range map[string]named{
		arn + ":pinned": arn + ":pinned",
		arn + ":live":   "gate:live",
		arn + ":other":  "gate",
		arn:             "gate",
		"arn:aws:lambda:us-east-1:123456789012:function:gate2": "arn:aws:lambda:*",
		"arn:aws:lambda:eu-west-1:123456789012:function:other": "arn:aws:lambda:eu-west-1:*",
		"arn:aws-cn:lambda:cn-north-1:1:function:x":            "PreSignUp",
		"arn:aws-cn:lambda:cn-north-1:1:function:gate":         "gate",
	} {
		if got := targets.Find(userpool.PreSignUp, arn); got != want {
			t.Errorf("%s is run by %v, want %v", arn, got, want)
		}
	}
	if got := targets.Find(userpool.CustomMessage, "arn:aws-cn:lambda:cn-north-1:1:function:x"); got != nil {
		t.Errorf("run by %v", got)
	}
	if got := targets.Find(userpool.CustomMessage, trigger.LocalARN("gate")); got != named("gate") {
		t.Errorf("a local function is run by %v", got)
	}
}

func TestTargetsAreShared(t *testing.T) {
	same := trigger.Target{Kind: trigger.Node, Argument: "h.mjs"}
	made := 0
	build := func(trigger.Target) (trigger.Invoker, error) {
		made++
		return named("x"), nil
	}
	rules := []trigger.Rule{{"PreSignUp", same}, {"PostConfirmation", same}}
	if _, err := trigger.NewTargets(rules, build); err != nil || made != 1 {
		t.Errorf("%d invokers, %v", made, err)
	}
	if _, err := trigger.NewTargets(
		[]trigger.Rule{{"PreSignUp", same}, {"PreSignUp", trigger.Target{Kind: trigger.Lambda}}}, build); err == nil {
		t.Error("a trigger has two targets")
	}
	broken := errors.New("no such file")
	_, err := trigger.NewTargets([]trigger.Rule{{"PreSignUp", same}},
		func(trigger.Target) (trigger.Invoker, error) { return nil, broken })
	if !errors.Is(err, broken) || !strings.Contains(err.Error(), "PreSignUp=node:h.mjs") {
		t.Error(err)
	}
}

// docs/triggers.md has a row for each kind of target.
func TestKindsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../../../docs/triggers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| TARGET |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, kind := range trigger.Kinds() {
		if !strings.Contains(table, kind) {
			t.Errorf("the table of targets has no row for %s", kind)
		}
	}
}
