package signin

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// call is a call of a function about the attempt's user.
func (a *attempt) call(s trigger.Source) trigger.Call {
	c := trigger.Call{Pool: a.pool, Source: s, Username: a.typed, ClientID: a.client.ID}
	if a.user != nil {
		c.Username = a.user.Username
	}
	return c
}

// migrate calls the UserMigration function for an unknown user, in the flows
// that send the password. unknown is the error if the function returns no user;
// it is nil if the client hides users. Source: guide page
// user-pool-lambda-migrate-user.
func (e *Engine) migrate(ctx context.Context, s *Start, a *attempt, unknown error) (*attempt, error) {
	password := userpool.Secret(s.Params[paramPassword])
	if password == "" {
		return a, unknown
	}
	u, err := e.Account.Migrate(ctx, account.MigrateRequest{
		Pool: a.pool, Client: a.client, Username: a.typed, Password: &password, ValidationData: s.Metadata,
	})
	switch {
	case errors.Is(err, fault.UserNotFound) && a.client.HidesUsers():
		return a, nil
	case err != nil:
		return nil, err
	case u == nil:
		return a, unknown
	}
	return e.read(ctx, a.pool, a.client, u.Username)
}

// preAuthentication calls the PreAuthentication function before anything is
// verified. For unknown users it runs only if the client hides users. Source:
// guide page user-pool-lambda-pre-authentication.
func (e *Engine) preAuthentication(ctx context.Context, a *attempt, validation map[string]string) error {
	_, err := trigger.Run(ctx, e.Triggers, a.call(trigger.PreAuthenticationAuthentication),
		trigger.PreAuthenticationRequest{
			UserAttributes: a.attributes(), ValidationData: validation, UserNotFound: a.notFound(),
		})
	return err
}

// attributes are the userAttributes of trigger events; nil for an unknown user.
func (a *attempt) attributes() map[string]string {
	if a.user == nil {
		return nil
	}
	return trigger.UserAttributes(a.pool, a.user)
}

// notFound is the userNotFound of trigger events. It is nil unless the client
// hides users.
func (a *attempt) notFound() *bool {
	if !a.client.HidesUsers() {
		return nil
	}
	unknown := a.user == nil
	return &unknown
}

// postAuthentication calls the PostAuthentication function before tokens are
// issued. newDevice is whether the pool tracks devices and this one is unknown.
// Source: guide page user-pool-lambda-post-authentication.
func (e *Engine) postAuthentication(ctx context.Context, a *attempt, newDevice bool) error {
	_, err := trigger.Run(ctx, e.Triggers, a.call(trigger.PostAuthenticationAuthentication),
		trigger.PostAuthenticationRequest{
			UserAttributes: trigger.UserAttributes(a.pool, a.user), NewDeviceUsed: newDevice,
			ClientMetadata: a.metadata,
		})
	return err
}

// postConfirmation calls the PostConfirmation function for a user whom a
// sign-in has confirmed, after the commit. Source: guide page
// user-pool-lambda-post-confirmation.
func (e *Engine) postConfirmation(ctx context.Context, a *attempt) error {
	_, err := trigger.Run(ctx, e.Triggers, a.call(trigger.PostConfirmationConfirmSignUp),
		trigger.PostConfirmationRequest{
			UserAttributes: trigger.UserAttributes(a.pool, a.user), ClientMetadata: a.metadata,
		})
	return err
}
