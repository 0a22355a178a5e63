package signin

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// proceed runs the step that next decides.
func (e *Engine) proceed(ctx context.Context, a *attempt) (Outcome, error) {
	if err := e.findDevice(ctx, a); err != nil {
		return Outcome{}, err
	}
	if a.functionsNext() {
		return e.defineNext(ctx, a)
	}
	switch next(a.situation()) {
	case stepUnconfirmed:
		return Outcome{}, fault.UserIsNotConfirmed
	case stepResetRequired:
		return Outcome{}, hide(a.client, fault.ResetRequired)
	case stepNewPassword:
		if err := requireUnexpiredPassword(a); err != nil {
			return Outcome{}, err
		}
		return e.promptNewPassword(ctx, a)
	case stepSecondFactor:
		return e.promptFactor(ctx, a)
	case stepDevice:
		return e.prompt(ctx, a, challengeDevice, nil)
	case stepTokens:
		return e.finish(ctx, a)
	default:
		return Outcome{}, fault.IncorrectUsernameOrPassword
	}
}

func (a *attempt) situation() situation {
	s := situation{
		First: a.first, Status: a.user.Status, MFA: a.pool.MfaConfiguration,
		FactorEnrolled: len(a.pool.SecondFactor(a.user).Factors) > 0, FactorVerified: a.factorVerified,
		Device: a.device, DeviceSuffices: a.pool.DeviceReplacesFactor(), Short: a.short(),
	}
	return s
}

// requireUnexpiredPassword returns an error if a temporary password has
// expired.
func requireUnexpiredPassword(a *attempt) error {
	if a.cred != nil && a.cred.Expired(a.pool.PasswordPolicy, a.at) {
		return fault.TemporaryPasswordExpired
	}
	return nil
}

// finish completes a sign-in. It commits first, so that single-use values are
// consumed even if a function refuses, then runs the functions and issues
// tokens.
func (e *Engine) finish(ctx context.Context, a *attempt) (Outcome, error) {
	if a.failures > 0 {
		a.writes = append(a.writes, func(tx *store.Tx) error {
			return tx.ClearLockout(a.pool.ID, a.subject())
		})
	}
	if err := e.commit(ctx, a); err != nil {
		return Outcome{}, err
	}
	newDevice := e.newDevice(a)
	if err := e.postAuthentication(ctx, a, newDevice != nil || a.remembers()); err != nil {
		return Outcome{}, err
	}
	if a.page {
		return e.finishPage(ctx, a)
	}
	g := token.Grant{
		Pool: a.pool, Client: a.client, User: a.user, At: a.at, EventID: a.eventID,
		DeviceKey: a.deviceKey, Source: a.source, ClientMetadata: a.metadata,
	}
	if a.target > 0 { // see docs/divergences SI-40
		g.ACR, g.AMR = a.pool.AcrName(userpool.LevelOf(a.methods)), userpool.AMR(a.methods)
	}
	set, err := e.Tokens.Issue(ctx, g)
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Tokens: &set, NewDevice: newDevice, Parameters: map[string]string{}}, nil
}
