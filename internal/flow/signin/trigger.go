package signin

import (
	"context"
	"errors"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// call is a question about the user of a sign-in.
func (a *attempt) call(s trigger.Source) trigger.Call {
	c := trigger.Call{Pool: a.pool, Source: s, Username: a.typed, ClientID: a.client.ID}
	if a.user != nil {
		c.Username = a.user.Username
	}
	return c
}

// migrate asks the pool's UserMigration function for an unknown user, in the
// flows that send the password. unknown is what is to be answered otherwise:
// nil where the client hides users. Source: guide page
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

// preAuthentication asks the pool's function before anything is judged; about
// users that do not exist only where the client hides them. Source: guide page
// user-pool-lambda-pre-authentication.
func (e *Engine) preAuthentication(ctx context.Context, a *attempt, validation map[string]string) error {
	_, err := trigger.Run(ctx, e.Triggers, a.call(trigger.PreAuthenticationAuthentication),
		trigger.PreAuthenticationRequest{
			UserAttributes: a.attributes(), ValidationData: validation, UserNotFound: a.notFound(),
		})
	return err
}

// attributes are what functions hear of the user; nil for an unknown one.
func (a *attempt) attributes() map[string]string {
	if a.user == nil {
		return nil
	}
	return trigger.UserAttributes(a.pool, a.user)
}

// notFound says, where the client hides users, whether there is none.
func (a *attempt) notFound() *bool {
	if !a.client.HidesUsers() {
		return nil
	}
	unknown := a.user == nil
	return &unknown
}

// postAuthentication asks the pool's function before the tokens are made.
// newDevice: the pool tracks devices and does not know the one in use.
// Source: guide page user-pool-lambda-post-authentication.
func (e *Engine) postAuthentication(ctx context.Context, a *attempt, newDevice bool) error {
	_, err := trigger.Run(ctx, e.Triggers, a.call(trigger.PostAuthenticationAuthentication),
		trigger.PostAuthenticationRequest{
			UserAttributes: trigger.UserAttributes(a.pool, a.user), NewDeviceUsed: newDevice, ClientMetadata: a.metadata,
		})
	return err
}

// postConfirmation tells the pool's function of a user whom a sign-in has
// confirmed, after the fact. Source: guide page
// user-pool-lambda-post-confirmation.
func (e *Engine) postConfirmation(ctx context.Context, a *attempt) error {
	_, err := trigger.Run(ctx, e.Triggers, a.call(trigger.PostConfirmationConfirmSignUp), trigger.PostConfirmationRequest{
		UserAttributes: trigger.UserAttributes(a.pool, a.user), ClientMetadata: a.metadata,
	})
	return err
}
