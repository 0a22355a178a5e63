package account

import (
	"lifeguard/internal/fault"
	"lifeguard/internal/userpool"
)

// trigger is one that a flow would have to run.
type trigger struct {
	name       string
	configured func(userpool.LambdaConfig) bool
}

var (
	preSignUp        = trigger{"PreSignUp", func(l userpool.LambdaConfig) bool { return set(l.PreSignUp) }}
	postConfirmation = trigger{"PostConfirmation", func(l userpool.LambdaConfig) bool { return set(l.PostConfirmation) }}
	userMigration    = trigger{"UserMigration", func(l userpool.LambdaConfig) bool { return set(l.UserMigration) }}
	customMessage    = trigger{"CustomMessage", func(l userpool.LambdaConfig) bool { return set(l.CustomMessage) }}
	customEmail      = trigger{"CustomEmailSender", func(l userpool.LambdaConfig) bool { return l.CustomEmailSender != nil }}
	customSMS        = trigger{"CustomSMSSender", func(l userpool.LambdaConfig) bool { return l.CustomSMSSender != nil }}
)

func set(arn *string) bool { return arn != nil && *arn != "" }

// messageTriggers are those that a message through the medium runs.
func messageTriggers(m userpool.Medium) []trigger {
	if m == userpool.SMS {
		return []trigger{customMessage, customSMS}
	}
	return []trigger{customMessage, customEmail}
}

// requireNoTrigger refuses a flow of a pool that has a trigger for it: a gate
// that cannot be asked must not stand open.
func requireNoTrigger(p *userpool.Pool, triggers ...trigger) error {
	for _, t := range triggers {
		if t.configured(p.LambdaConfig) {
			return fault.Newf(fault.UnexpectedLambda,
				"The user pool has a %s trigger, and this server has nothing configured to run it.", t.name)
		}
	}
	return nil
}
