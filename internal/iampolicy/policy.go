package iampolicy

import "strings"

// Decision is the result of evaluating a policy.
type Decision int

// The decisions: no statement allows the action, a statement denies it, or a
// statement allows it and none denies it.
const (
	NotAllowed Decision = iota
	Denied
	Allowed
)

// Policy is a valid policy, returned by Parse.
type Policy struct{ statements []statement }

type statement struct {
	sid                string
	deny               bool
	actions, resources []string
	exceptActions      bool // NotAction
	exceptResources    bool // NotResource
}

// Decide evaluates the policy. A statement that denies takes precedence, and
// without one that allows, the result is NotAllowed. Actions such as
// cognito-idp:GetGroup are compared without regard to case, resources byte by
// byte.
func (p *Policy) Decide(action, resource string) Decision {
	decision := NotAllowed
	for _, s := range p.statements {
		if !s.covers(action, resource) {
			continue
		}
		if s.deny {
			return Denied
		}
		decision = Allowed
	}
	return decision
}

func (s statement) covers(action, resource string) bool {
	return matchesAny(s.actions, strings.ToLower(action)) != s.exceptActions &&
		matchesAny(s.resources, resource) != s.exceptResources
}

func matchesAny(patterns []string, value string) bool {
	for _, p := range patterns {
		if match(p, value) {
			return true
		}
	}
	return false
}

// match matches value against a pattern in which * stands for any characters,
// colons included, and ? for one. It takes at most len(pattern)·len(value)
// steps.
func match(pattern, value string) bool {
	p, v := 0, 0
	star, resume := -1, 0
	for v < len(value) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, resume = p, v
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == value[v]):
			p++
			v++
		case star >= 0:
			// The last star matches one more character.
			resume++
			p, v = star+1, resume
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
