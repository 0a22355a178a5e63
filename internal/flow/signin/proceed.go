package signin

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// proceed asks next what follows and does it.
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
		if err := temporaryPasswordAlive(a); err != nil {
			return Outcome{}, err
		}
		return e.askNewPassword(ctx, a)
	case stepSecondFactor:
		return e.askFactor(ctx, a)
	case stepDevice:
		return e.ask(ctx, a, challengeDevice, nil)
	case stepTokens:
		return e.finish(ctx, a)
	default:
		return Outcome{}, fault.IncorrectUsernameOrPassword
	}
}

func (a *attempt) situation() situation {
	s := situation{
		First: a.first, Status: a.user.Status, MFA: a.pool.MfaConfiguration,
		FactorEnrolled: len(a.pool.SecondFactor(a.user).Factors) > 0, FactorProved: a.factorProved, Device: a.device,
	}
	if d := a.pool.DeviceConfiguration; d != nil {
		s.DeviceSuffices = d.ChallengeRequiredOnNewDevice != nil && *d.ChallengeRequiredOnNewDevice
	}
	return s
}

// temporaryPasswordAlive refuses a temporary password past its days.
func temporaryPasswordAlive(a *attempt) error {
	if a.cred != nil && a.cred.Expired(a.pool.PasswordPolicy, a.at) {
		return fault.TemporaryPasswordExpired
	}
	return nil
}

// finish ends a sign-in: beat three, so that what is used once is used even
// when a function refuses, then the pool's functions and the tokens.
func (e *Engine) finish(ctx context.Context, a *attempt) (Outcome, error) {
	if a.failures > 0 {
		a.writes = append(a.writes, func(tx *store.Tx) error {
			return tx.ClearLockout(a.pool.ID, a.subject())
		})
	}
	if err := e.commit(ctx, a); err != nil {
		return Outcome{}, err
	}
	fresh := e.newDevice(a)
	if err := e.postAuthentication(ctx, a, fresh != nil); err != nil {
		return Outcome{}, err
	}
	if a.page {
		if a.eventID == "" {
			a.eventID = e.Entropy.UUID()
		}
		return Outcome{Proved: &Proof{User: a.user, At: a.at, EventID: a.eventID}}, nil
	}
	set, err := e.Tokens.Issue(ctx, token.Grant{
		Pool: a.pool, Client: a.client, User: a.user, At: a.at, EventID: a.eventID,
		DeviceKey: a.deviceKey, Source: a.source, ClientMetadata: a.metadata,
	})
	if err != nil {
		return Outcome{}, err
	}
	return Outcome{Tokens: &set, NewDevice: fresh, Parameters: map[string]string{}}, nil
}
