package account

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// MigrateRequest is a request to migrate a user whom the pool does not have.
type MigrateRequest struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	// Username is the name as it was typed.
	Username string
	// Password is the typed password; nil for a password reset.
	Password *userpool.Secret
	// ValidationData is the ClientMetadata of a call that starts a sign-in,
	// ClientMetadata that of any other call.
	ValidationData, ClientMetadata map[string]string
}

// notMigrated is the error for a user whom the trigger does not return. Source:
// captured errors.
func notMigrated(clientID string) *fault.Fault {
	return fault.Newf(fault.UserNotFound, "Exception migrating user in app client %s", clientID)
}

// Migrate runs the UserMigration trigger and creates the user that it returns.
// It returns nil without an error if the pool has no such trigger. A user whom
// the trigger does not return is fault.UserNotFound, and so is every failure if
// the client hides users; the caller handles it as any unknown user. Of
// concurrent calls each returns the one user. Source: guide page
// user-pool-lambda-migrate-user.
func (f *Flow) Migrate(ctx context.Context, r MigrateRequest) (*userpool.User, error) {
	source := trigger.UserMigrationAuthentication
	if r.Password == nil {
		source = trigger.UserMigrationForgotPassword
	}
	if !trigger.Configured(r.Pool, source) {
		return nil, nil
	}
	call := trigger.Call{Pool: r.Pool, Source: source, Username: r.Username, ClientID: r.Client.ID}
	out, err := trigger.Run(ctx, f.Triggers, call, trigger.UserMigrationRequest{
		Password: r.Password, ValidationData: r.ValidationData, ClientMetadata: r.ClientMetadata,
	})
	switch {
	case err == nil && len(out.UserAttributes) == 0:
		return nil, notMigrated(r.Client.ID)
	case err == nil:
		u, err := f.createMigrated(ctx, r, out)
		if refused := fault.Of(err); refused != nil {
			f.Log.Warn("user not migrated", "pool", r.Pool.ID, "kind", refused.Kind)
			return nil, notMigrated(r.Client.ID).WithCause(err)
		}
		return u, err
	}
	refused := fault.Of(err)
	if refused != nil && (refused.Kind == fault.UserLambdaValidation || r.Client.HidesUsers()) {
		f.Log.Warn("user not migrated", "pool", r.Pool.ID, "kind", refused.Kind)
		return nil, notMigrated(r.Client.ID).WithCause(err)
	}
	return nil, err
}

// createMigrated creates the user that the trigger describes.
func (f *Flow) createMigrated(
	ctx context.Context, r MigrateRequest, out trigger.UserMigrationResponse,
) (*userpool.User, error) {
	u, err := f.migratedUser(r, out)
	if err != nil {
		return nil, err
	}
	c := creation{pool: r.Pool, user: u, request: CreateRequest{
		Username: u.Username, ForceAlias: out.ForceAliasCreation, Silent: out.MessageAction == "SUPPRESS",
	}}
	if len(r.Pool.UsernameAttributes) > 0 {
		c.request.Username = r.Username
	}
	for _, medium := range out.DesiredDeliveryMediums {
		c.request.Mediums = append(c.request.Mediums, userpool.Medium(medium))
	}
	if r.Password != nil && u.Status == userpool.Confirmed {
		if c.cred, err = f.NewCredential(r.Pool, u, r.Password.Reveal(), false); err != nil {
			return nil, err
		}
	}
	m := &resolved{pool: r.Pool, client: r.Client, user: u, metadata: r.ClientMetadata}
	if c.invitations, err = f.invite(ctx, m, "", c.request); err != nil {
		return nil, err
	}
	err = f.Store.Update(ctx, c.insert)
	if errors.Is(err, fault.UsernameExists) {
		return f.existingUser(ctx, r, err)
	}
	return u, err
}

// existingUser returns the user that has been created since the name was found
// to be free, or taken if there is none.
func (f *Flow) existingUser(ctx context.Context, r MigrateRequest, taken error) (*userpool.User, error) {
	u, err := f.User(ctx, r.Pool, Named(r.Username))
	if errors.Is(err, fault.UserNotFound) {
		return nil, taken
	}
	return u, err
}

// migratedUser returns the user that the trigger describes. Required attributes
// may be missing.
func (f *Flow) migratedUser(r MigrateRequest, out trigger.UserMigrationResponse) (*userpool.User, error) {
	values := maps.Clone(out.UserAttributes)
	name, err := migratedName(r, values)
	if err != nil {
		return nil, err
	}
	delete(values, "username")
	if err := r.Pool.CheckUsername(name); err != nil {
		return nil, err
	}
	if values, err = withUsernameAttribute(r.Pool, name, values); err != nil {
		return nil, err
	}
	write := userpool.AttributeWrite{Pool: r.Pool, Values: values}
	if values, err = write.Conform(); err != nil {
		return nil, err
	}
	u := f.userWithAttributes(r.Pool, name, values)
	u.Status = userpool.ResetRequired
	if out.FinalUserStatus == string(userpool.Confirmed) {
		u.Status = userpool.Confirmed
	}
	if out.EnableSMSMFA {
		return u, enableSMS(r.Pool, u)
	}
	return u, nil
}

var (
	otherName = fault.New(fault.InvalidLambdaResponse,
		"The username of a migrated user must be the one that was typed.")
	noSMSMFA = fault.New(fault.InvalidLambdaResponse,
		"SMS MFA needs a phone number, and MFA active in the user pool.")
)

// migratedName returns the username: the typed name or, if that is an alias of
// the user, one that the trigger chooses.
func migratedName(r MigrateRequest, values map[string]string) (string, error) {
	name := values["username"]
	if name == "" || r.Pool.Fold(name) == r.Pool.Fold(r.Username) {
		return r.Username, nil
	}
	typed := func(attribute string) bool { return r.Pool.Fold(values[attribute]) == r.Pool.Fold(r.Username) }
	if slices.ContainsFunc(r.Pool.AliasAttributes, typed) {
		return name, nil
	}
	return "", otherName
}

func enableSMS(p *userpool.Pool, u *userpool.User) error {
	if u.Attributes["phone_number"] == "" || p.MfaConfiguration != "ON" && p.MfaConfiguration != "OPTIONAL" {
		return noSMSMFA
	}
	return u.SetMFAOptions([]userpool.MFAOption{{DeliveryMedium: "SMS", AttributeName: "phone_number"}})
}

// migrateForReset migrates an unknown user who resets the password. Errors of
// the request itself are left to ForgotPassword.
func (f *Flow) migrateForReset(ctx context.Context, r Request) error {
	var p *userpool.Pool
	var c *userpool.Client
	unknown := false
	err := f.Store.View(ctx, func(tx *store.Tx) (err error) {
		if p, c, err = f.client(tx, r); err != nil || !trigger.Configured(p, trigger.UserMigrationForgotPassword) {
			return err
		}
		_, err = tx.User(p, r.Username)
		unknown = errors.Is(err, fault.UserNotFound)
		if unknown {
			return nil
		}
		return err
	})
	if err != nil || !unknown || p.AdminOnlyRecovery() {
		return err
	}
	if r.verifySecretHash(c) != nil {
		return nil
	}
	_, err = f.Migrate(ctx, MigrateRequest{Pool: p, Client: c, Username: r.Username, ClientMetadata: r.ClientMetadata})
	if c.HidesUsers() && errors.Is(err, fault.UserNotFound) {
		return nil
	}
	return err
}
