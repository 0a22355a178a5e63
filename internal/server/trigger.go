package server

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/command"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/lambda"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger/webhook"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Function runs as a trigger inside this process. It receives an event and
// returns the event with its response. The caller of the operation gets the text
// of its error.
type Function func(ctx context.Context, arn string, event []byte) ([]byte, error)

// inProcess is the kind of target of Parts.Functions.
const inProcess = "in-process"

// recordedCalls is how many calls of triggers dev mode records.
const recordedCalls = 200

// newRunner makes the runner of the functions of pools.
func (s *Server) newRunner(rand entropy.Source, functions map[string]Function) (*trigger.Runner, error) {
	rules, err := s.triggerRules(functions)
	if err != nil {
		return nil, err
	}
	s.targetKeys = map[string]bool{}
	for _, r := range rules {
		s.targetKeys[r.Key] = true
	}
	targets, err := trigger.NewTargets(rules,
		func(t trigger.Target) (trigger.Invoker, error) { return s.invoker(t, functions) })
	if err != nil {
		return nil, triggerField(err)
	}
	o := trigger.Options{
		Targets: targets, Clock: s.clock, Entropy: rand, Observe: s.metrics.observeTrigger,
		ReleaseSlot: gate.ReleaseSlot, Runs: s.runs,
	}
	if s.Config.Mode == config.Dev {
		s.recorder = trigger.NewRecorder(recordedCalls)
		o.Recorder = s.recorder
	}
	return trigger.NewRunner(o), nil
}

func triggerField(err error) error {
	return &config.FieldError{
		Field: "trigger", Problem: err.Error(), Cure: "write for example PreSignUp=node:./handler.mjs",
	}
}

// triggerRules returns the rules of the configuration. The rule for the Lambda
// endpoint comes last.
func (s *Server) triggerRules(functions map[string]Function) ([]trigger.Rule, error) {
	var rules []trigger.Rule
	for _, text := range s.Config.Triggers.Targets {
		rule, err := trigger.ParseRule(text)
		if err != nil {
			return nil, triggerField(err)
		}
		rules = append(rules, rule)
	}
	for _, key := range slices.Sorted(maps.Keys(functions)) {
		rules = append(rules, trigger.Rule{Key: key, Target: trigger.Target{Kind: inProcess, Argument: key}})
	}
	endpoint := s.Config.Triggers.LambdaEndpoint
	if endpoint == "" {
		return rules, nil
	}
	text := "lambda:" + endpoint
	if endpoint == "aws" {
		text = "lambda:"
	}
	target, err := trigger.ParseTarget(text)
	if err != nil {
		return nil, &config.FieldError{
			Field: "lambda-endpoint", Problem: err.Error(), Cure: "write for example http://localhost:4566, or aws",
		}
	}
	return append(rules, trigger.Rule{Key: "*", Target: target}), nil
}

// buildInvoker maps each of trigger.Kinds to the constructor of its invoker.
var buildInvoker = map[string]func(*Server, trigger.Target) (trigger.Invoker, error){
	trigger.Node:    (*Server).command,
	trigger.Python:  (*Server).command,
	trigger.Exec:    (*Server).command,
	trigger.Lambda:  (*Server).lambda,
	trigger.Webhook: (*Server).webhook,
}

// invoker makes the invoker of a target.
func (s *Server) invoker(t trigger.Target, functions map[string]Function) (trigger.Invoker, error) {
	if t.Kind == inProcess {
		return inThisProcess(functions[t.Argument]), nil
	}
	return buildInvoker[t.Kind](s, t)
}

// command makes an invoker that runs a program until the server stops.
func (s *Server) command(t trigger.Target) (trigger.Invoker, error) {
	worker, err := command.New(t, command.Options{Env: s.handlerEnvironment(), Log: s.log, Clock: s.clientClock()})
	if err != nil {
		return nil, err
	}
	s.workers = append(s.workers, worker)
	return worker, nil
}

func inThisProcess(f Function) trigger.InvokerFunc {
	return func(ctx context.Context, arn string, event []byte) ([]byte, error) {
		answer, err := f(ctx, arn, event)
		if err != nil && ctx.Err() == nil {
			return nil, &trigger.FunctionError{Type: "Error", Message: err.Error()}
		}
		if err != nil {
			return nil, err
		}
		return trigger.Complete(event, answer), nil
	}
}

// lambda makes an invoker that signs with the configured key. An emulator accepts
// any key.
func (s *Server) lambda(t trigger.Target) (trigger.Invoker, error) {
	c := s.Config.Triggers
	credentials := lambda.Credentials{
		AccessKeyID: c.AccessKeyID, SecretKey: userpool.Secret(c.SecretAccessKey),
		SessionToken: userpool.Secret(c.SessionToken),
	}
	switch missing := c.AccessKeyID == "" || c.SecretAccessKey == ""; {
	case missing && t.Argument == "":
		return nil, errors.New(
			"calling Lambda at AWS needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment")
	case missing:
		credentials = lambda.AnyCredentials
	}
	return lambda.New(lambda.Config{
		Client: trigger.NewClient(), Endpoint: t.Argument, Credentials: credentials, Clock: s.clientClock(),
	})
}

// webhook makes an invoker that signs with every secret. Serve mode requires a
// secret: the receiver could not authenticate unsigned events.
func (s *Server) webhook(t trigger.Target) (trigger.Invoker, error) {
	c := webhook.Config{URL: t.Argument, Client: trigger.NewClient(), Clock: s.clientClock()}
	for _, secret := range s.Config.Triggers.WebhookSecrets {
		key, err := webhook.ParseKey(userpool.Secret(secret))
		if err != nil {
			return nil, fmt.Errorf("LIFEGUARD_WEBHOOK_SECRET: %w", err)
		}
		c.Keys = append(c.Keys, key)
	}
	if len(c.Keys) == 0 && s.Config.Mode != config.Dev {
		return nil,
			errors.New("a webhook needs LIFEGUARD_WEBHOOK_SECRET, whsec_ and base64 of 24 bytes or more, to sign with")
	}
	return webhook.New(c), nil
}

// handlerEnvironment returns the environment of handlers that run as processes.
// If the keys of custom senders are local, it sets the endpoint of KMS to this
// server, unless the environment has one.
func (s *Server) handlerEnvironment() []string {
	environment := os.Environ()
	if s.Config.Mode != config.Dev || s.Config.Delivery.KMS != "local" || s.Config.PublicURL == "" ||
		os.Getenv("AWS_ENDPOINT_URL_KMS") != "" {
		return environment
	}
	environment = append(environment, "AWS_ENDPOINT_URL_KMS="+s.Config.PublicURL+"/_dev/kms")
	if os.Getenv("AWS_ACCESS_KEY_ID") == "" {
		environment = append(environment, "AWS_ACCESS_KEY_ID=dev", "AWS_SECRET_ACCESS_KEY=dev")
	}
	return environment
}

// closeWorkers stops the processes that run handlers.
func (s *Server) closeWorkers() (err error) {
	for _, w := range s.workers {
		err = errors.Join(err, w.Close())
	}
	return err
}

// namedTriggers returns the triggers that a rule has as its key.
func (s *Server) namedTriggers() (named []userpool.Trigger) {
	for _, t := range trigger.Triggers() {
		if s.targetKeys[string(t)] {
			named = append(named, t)
		}
	}
	return named
}

// seedTriggers configures a function in the demonstration pool for each trigger
// that is the key of a rule, so that `lifeguard dev --trigger` is enough.
func (s *Server) seedTriggers(ctx context.Context, poolID string) error {
	named := s.namedTriggers()
	return s.store.Configure(ctx, poolID, func(tx *store.Tx) error {
		p, err := tx.Pool(poolID)
		if err != nil {
			return err
		}
		changed := *p
		trigger.SetLocal(&changed.LambdaConfig, named)
		if s.devKeys != nil {
			trigger.SetLocalSenders(&changed.LambdaConfig, named, s.devKeys.ARN("lifeguard-dev"))
		}
		if changed.LambdaConfig == p.LambdaConfig {
			return nil
		}
		return tx.UpdatePool(&changed)
	})
}

// withSDK puts the SDK of a request into its context, for trigger events.
func withSDK(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sdk := trigger.SDKVersion(r.Header.Get("X-Amz-User-Agent"), r.UserAgent())
		next.ServeHTTP(w, r.WithContext(trigger.WithSDK(r.Context(), sdk)))
	})
}
