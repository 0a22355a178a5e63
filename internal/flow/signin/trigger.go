package signin

import (
	"lifeguard/internal/fault"
	"lifeguard/internal/userpool"
)

// requireNoSigninTrigger refuses sign-ins of a pool whose triggers would have
// to run around them: a gate that cannot be asked must not stand open.
func requireNoSigninTrigger(a *attempt) error {
	l := a.pool.LambdaConfig
	if a.user == nil && l.UserMigration != nil {
		return triggerUnavailable("UserMigration")
	}
	switch {
	case l.PreAuthentication != nil:
		return triggerUnavailable("PreAuthentication")
	case l.PostAuthentication != nil:
		return triggerUnavailable("PostAuthentication")
	}
	return requireNoTokenTrigger(a.pool)
}

// requireNoTokenTrigger refuses to issue tokens that a trigger would change.
func requireNoTokenTrigger(p *userpool.Pool) error {
	if l := p.LambdaConfig; l.PreTokenGeneration != nil || l.PreTokenGenerationConfig != nil {
		return triggerUnavailable("PreTokenGeneration")
	}
	return nil
}

func triggerUnavailable(name string) error {
	return fault.Newf(fault.UnexpectedLambda,
		"The user pool has a %s trigger, and this server has nothing configured to run it.", name)
}
