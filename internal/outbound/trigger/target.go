package trigger

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Target is how a function is run: the right side of
// PreSignUp=node:./handler.mjs.
type Target struct{ Kind, Argument string }

// The kinds of targets.
const (
	Node    = "node"    // a handler file for Node: a path
	Python  = "python"  // a handler file for Python: a path
	Exec    = "exec"    // any program: a command line without a shell
	Lambda  = "lambda"  // the Invoke API: an endpoint, or nothing for AWS itself
	Webhook = "webhook" // an HTTP server: a URL; the prefix webhook: is optional
)

// kinds are the kinds of targets, in the order of texts. Package server creates
// their invokers.
var kinds = []struct {
	name string
	// form is the syntax of a target.
	form string
	// check refuses an argument.
	check func(argument string) error
}{
	{Node, "node:FILE", nonEmpty},
	{Python, "python:FILE", nonEmpty},
	{Exec, "exec:COMMAND", nonEmpty},
	{Lambda, "lambda:URL", checkEndpoint},
	{Webhook, "a webhook's URL", checkURL},
}

// Kinds returns the names of the kinds of targets.
func Kinds() (names []string) {
	for _, k := range kinds {
		names = append(names, k.name)
	}
	return names
}

// Forms returns the syntax of a target of each kind.
func Forms() (forms []string) {
	for _, k := range kinds {
		forms = append(forms, k.form)
	}
	return forms
}

func (t Target) String() string { return t.Kind + ":" + t.Argument }

// Rule maps functions to a target. Key is an ARN, a function's name with or
// without its alias, a prefix of an ARN followed by an asterisk, the name of a
// trigger, which matches every function of that trigger, or an asterisk alone,
// which matches all functions without another rule.
type Rule struct {
	Key    string
	Target Target
}

// LocalARN returns the ARN of a function that exists on this server only, named
// after its trigger.
func LocalARN(t userpool.Trigger) string { return localPrefix + string(t) }

const localPrefix = "arn:aws:lambda:local:000000000000:function:"

// SetLocal sets the local functions of the named triggers in a pool, unless it
// has others, and removes those of triggers that are not named. Custom senders
// are set by SetLocalSenders, because they also need a key.
func SetLocal(l *userpool.LambdaConfig, named []userpool.Trigger) {
	for t, arn := range plain(l) {
		if *arn != nil && strings.HasPrefix(**arn, localPrefix) {
			*arn = nil
		}
		if *arn == nil && slices.Contains(named, t) {
			local := LocalARN(t)
			*arn = &local
		}
	}
}

// SetLocalSenders is SetLocal for custom senders, with the key that encrypts
// their codes.
func SetLocalSenders(l *userpool.LambdaConfig, named []userpool.Trigger, key string) {
	for t, target := range map[userpool.Trigger]**userpool.LambdaTarget{
		userpool.CustomEmailSender: &l.CustomEmailSender, userpool.CustomSMSSender: &l.CustomSMSSender,
	} {
		wanted := slices.Contains(named, t)
		if *target != nil && strings.HasPrefix((*target).LambdaArn, localPrefix) && !wanted {
			*target = nil
		}
		if *target == nil && wanted {
			*target = &userpool.LambdaTarget{LambdaVersion: "V1_0", LambdaArn: LocalARN(t)}
		}
	}
	if l.KMSKeyID == nil && (l.CustomEmailSender != nil || l.CustomSMSSender != nil) {
		l.KMSKeyID = &key
	}
}

// plain returns the members of LambdaConfig that are a plain ARN.
func plain(l *userpool.LambdaConfig) map[userpool.Trigger]**string {
	return map[userpool.Trigger]**string{
		userpool.PreSignUp:          &l.PreSignUp,
		userpool.CustomMessage:      &l.CustomMessage,
		userpool.UserMigration:      &l.UserMigration,
		userpool.PostConfirmation:   &l.PostConfirmation,
		userpool.PreAuthentication:  &l.PreAuthentication,
		userpool.PostAuthentication: &l.PostAuthentication,
		userpool.PreTokenGeneration: &l.PreTokenGeneration,
		DefineAuthChallenge:         &l.DefineAuthChallenge,
		CreateAuthChallenge:         &l.CreateAuthChallenge,
		VerifyAuthChallenge:         &l.VerifyAuthChallengeResponse,
	}
}

// Triggers returns the names of all triggers, as in LambdaConfig.
func Triggers() []userpool.Trigger {
	seen := map[userpool.Trigger]bool{}
	for _, t := range triggers {
		seen[t] = true
	}
	var names []userpool.Trigger
	for t := range seen {
		names = append(names, t)
	}
	slices.Sort(names)
	return names
}

// ParseRule parses key=kind:argument. Errors describe the correct form.
func ParseRule(s string) (Rule, error) {
	key, right, ok := strings.Cut(s, "=")
	if key = strings.TrimSpace(key); !ok || key == "" {
		return Rule{}, fmt.Errorf("%q: write Trigger=kind:argument, such as PreSignUp=node:./handler.mjs", s)
	}
	target, err := ParseTarget(strings.TrimSpace(right))
	if err != nil {
		return Rule{}, fmt.Errorf("%s: %w", key, err)
	}
	if err := checkKey(key); err != nil {
		return Rule{}, err
	}
	return Rule{key, target}, nil
}

func checkKey(key string) error {
	if at := strings.IndexByte(key, '*'); at >= 0 && at != len(key)-1 {
		return fmt.Errorf("%q: an asterisk is allowed at the end only", key)
	}
	for _, t := range Triggers() {
		if strings.EqualFold(key, string(t)) && key != string(t) {
			return fmt.Errorf("%q: the trigger is written %s", key, t)
		}
	}
	return nil
}

// ParseTarget parses kind:argument.
func ParseTarget(s string) (Target, error) {
	kind, argument, ok := strings.Cut(s, ":")
	if !ok {
		return Target{}, fmt.Errorf("%q: write kind:argument, with one of the kinds %s", s, strings.Join(Kinds(), ", "))
	}
	t := Target{kind, strings.TrimSpace(argument)}
	if kind == "http" || kind == "https" {
		t = Target{Webhook, s}
	}
	for _, k := range kinds {
		if k.name == t.Kind {
			return t, k.check(t.Argument)
		}
	}
	return Target{}, fmt.Errorf("%q: the kinds are %s", kind, strings.Join(Kinds(), ", "))
}

func nonEmpty(argument string) error {
	if argument == "" {
		return errors.New("the argument is missing")
	}
	return nil
}

func checkEndpoint(s string) error {
	if s == "" {
		return nil
	}
	return checkURL(s)
}

func checkURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is not an http or https URL", s)
	}
	return nil
}

// Targets maps functions to invokers.
type Targets struct{ rules []binding }

type binding struct {
	key     string
	prefix  bool
	invoker Invoker
}

// NewTargets creates an invoker for each distinct target with build: triggers
// that share a handler file share its processes.
func NewTargets(rules []Rule, build func(Target) (Invoker, error)) (*Targets, error) {
	made, found := map[Target]Invoker{}, &Targets{}
	for _, rule := range rules {
		if slices.ContainsFunc(found.rules, func(b binding) bool { return b.name() == rule.Key }) {
			return nil, fmt.Errorf("%s has two targets", rule.Key)
		}
		if made[rule.Target] == nil {
			invoker, err := build(rule.Target)
			if err != nil {
				return nil, fmt.Errorf("%s=%s: %w", rule.Key, rule.Target, err)
			}
			made[rule.Target] = invoker
		}
		key, prefix := strings.CutSuffix(rule.Key, "*")
		found.rules = append(found.rules, binding{key, prefix, made[rule.Target]})
	}
	// Longer prefixes have precedence.
	slices.SortStableFunc(found.rules, func(a, b binding) int { return cmp.Compare(len(b.key), len(a.key)) })
	return found, nil
}

func (b binding) name() string {
	if b.prefix {
		return b.key + "*"
	}
	return b.key
}

// Find returns the invoker of a trigger's function, or nil. The order of
// precedence is: the ARN, the function's name, a prefix of the ARN, the
// trigger's name, the asterisk.
func (t *Targets) Find(trigger userpool.Trigger, arn string) Invoker {
	if t == nil {
		return nil
	}
	qualified := FunctionName(arn)
	name, _, _ := strings.Cut(qualified, ":")
	for _, fits := range []func(binding) bool{
		func(b binding) bool { return !b.prefix && b.key == arn },
		func(b binding) bool { return !b.prefix && b.key == qualified },
		func(b binding) bool { return !b.prefix && b.key == name },
		func(b binding) bool { return b.prefix && b.key != "" && strings.HasPrefix(arn, b.key) },
		func(b binding) bool { return !b.prefix && b.key == string(trigger) },
		func(b binding) bool { return b.prefix && b.key == "" },
	} {
		if at := slices.IndexFunc(t.rules, fits); at >= 0 {
			return t.rules[at].invoker
		}
	}
	return nil
}

// FunctionName returns the name, with its version or alias, in a function's
// ARN. Any other text is returned unchanged.
func FunctionName(arn string) string {
	parts := strings.SplitN(arn, ":", 7)
	if len(parts) < 7 || parts[0] != "arn" {
		return arn
	}
	return parts[6]
}
