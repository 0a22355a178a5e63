package userpool

import "github.com/lifeguard-auth/lifeguard/internal/fault"

// Trigger names a Lambda trigger as LambdaConfig does.
type Trigger string

// The triggers. Source: API reference LambdaConfigType.
const (
	PreSignUp          Trigger = "PreSignUp"
	PostConfirmation   Trigger = "PostConfirmation"
	PreAuthentication  Trigger = "PreAuthentication"
	PostAuthentication Trigger = "PostAuthentication"
	PreTokenGeneration Trigger = "PreTokenGeneration"
	UserMigration      Trigger = "UserMigration"
	CustomMessage      Trigger = "CustomMessage"
	CustomEmailSender  Trigger = "CustomEmailSender"
	CustomSMSSender    Trigger = "CustomSMSSender"
)

// Has reports whether the pool has the trigger.
func (l LambdaConfig) Has(t Trigger) bool {
	named := func(arn *string) bool { return arn != nil && *arn != "" }
	switch t {
	case PreSignUp:
		return named(l.PreSignUp)
	case PostConfirmation:
		return named(l.PostConfirmation)
	case PreAuthentication:
		return named(l.PreAuthentication)
	case PostAuthentication:
		return named(l.PostAuthentication)
	case PreTokenGeneration:
		return named(l.PreTokenGeneration) || l.PreTokenGenerationConfig != nil
	case UserMigration:
		return named(l.UserMigration)
	case CustomMessage:
		return named(l.CustomMessage)
	case CustomEmailSender:
		return l.CustomEmailSender != nil
	case CustomSMSSender:
		return l.CustomSMSSender != nil
	}
	return false
}

// SenderARN returns the function's ARN of a custom sender trigger, or "".
func (l LambdaConfig) SenderARN(t Trigger) string {
	target := l.CustomEmailSender
	if t == CustomSMSSender {
		target = l.CustomSMSSender
	}
	if target == nil {
		return ""
	}
	return target.LambdaArn
}

// RequireNoTrigger refuses a flow if the pool has one of its triggers, for
// servers that cannot run triggers: the flow must not skip them.
func (p *Pool) RequireNoTrigger(triggers ...Trigger) error {
	for _, t := range triggers {
		if p.LambdaConfig.Has(t) {
			return fault.Newf(fault.UnexpectedLambda,
				"The user pool has a %s trigger, and this server has nothing configured to run it.", t)
		}
	}
	return nil
}
