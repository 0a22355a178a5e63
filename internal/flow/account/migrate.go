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

// MigrateRequest asks for a user that the pool does not have.
type MigrateRequest struct {
	Pool   *userpool.Pool
	Client *userpool.Client
	// Username is the name as it was typed.
	Username string
	// Password was typed; nil where it was forgotten.
	Password *userpool.Secret
	// ValidationData is the ClientMetadata of a call that begins a sign-in,
	// ClientMetadata that of any other.
	ValidationData, ClientMetadata map[string]string
}

// notMigrated is the answer about a user whom the pool's function does not
// know. Source: captured errors.
func notMigrated(clientID string) *fault.Fault {
	return fault.Newf(fault.UserNotFound, "Exception migrating user in app client %s", clientID)
}

// Migrate asks the pool's UserMigration function for the user and creates it.
// It returns nil and no error where the pool has no such function. A user whom
// the function does not know is fault.UserNotFound, and so is every failure
// where the client hides users; what becomes of it then is the caller's affair,
// as for any other unknown user. Whoever comes second gets the user that the
// first has made. Source: guide page user-pool-lambda-migrate-user.
func (f *Flow) Migrate(ctx context.Context, r MigrateRequest) (*userpool.User, error) {
	source := trigger.UserMigrationAuthentication
	if r.Password == nil {
		source = trigger.UserMigrationForgotPassword
	}
	if !trigger.Configured(r.Pool, source) {
		return nil, nil
	}
	call := trigger.Call{Pool: r.Pool, Source: source, Username: r.Username, ClientID: r.Client.ID}
	said, err := trigger.Run(ctx, f.Triggers, call, trigger.UserMigrationRequest{
		Password: r.Password, ValidationData: r.ValidationData, ClientMetadata: r.ClientMetadata,
	})
	switch {
	case err == nil && len(said.UserAttributes) == 0:
		return nil, notMigrated(r.Client.ID)
	case err == nil:
		u, err := f.createMigrated(ctx, r, said)
		if refused := fault.Of(err); refused != nil {
			f.Log.Warn("a user could not be migrated", "pool", r.Pool.ID, "kind", refused.Kind)
			return nil, notMigrated(r.Client.ID).Because(err)
		}
		return u, err
	}
	refused := fault.Of(err)
	if refused != nil && (refused.Kind == fault.UserLambdaValidation || r.Client.HidesUsers()) {
		f.Log.Warn("a user could not be migrated", "pool", r.Pool.ID, "kind", refused.Kind)
		return nil, notMigrated(r.Client.ID).Because(err)
	}
	return nil, err
}

// createMigrated makes the user that the function describes.
func (f *Flow) createMigrated(
	ctx context.Context, r MigrateRequest, said trigger.UserMigrationResponse,
) (*userpool.User, error) {
	u, err := f.migratedUser(r, said)
	if err != nil {
		return nil, err
	}
	c := creation{pool: r.Pool, user: u, request: CreateRequest{
		Username: u.Username, ForceAlias: said.ForceAliasCreation, Silent: said.MessageAction == "SUPPRESS",
	}}
	if len(r.Pool.UsernameAttributes) > 0 {
		c.request.Username = r.Username
	}
	for _, medium := range said.DesiredDeliveryMediums {
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
		return f.migratedMeanwhile(ctx, r, err)
	}
	return u, err
}

// migratedMeanwhile is the user whom somebody else has made since the name was
// found to be free.
func (f *Flow) migratedMeanwhile(ctx context.Context, r MigrateRequest, taken error) (*userpool.User, error) {
	u, err := f.User(ctx, r.Pool, Named(r.Username))
	if errors.Is(err, fault.UserNotFound) {
		return nil, taken
	}
	return u, err
}

// migratedUser is the user whom the function describes. Required attributes
// may be missing.
func (f *Flow) migratedUser(r MigrateRequest, said trigger.UserMigrationResponse) (*userpool.User, error) {
	values := maps.Clone(said.UserAttributes)
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
	if said.FinalUserStatus == string(userpool.Confirmed) {
		u.Status = userpool.Confirmed
	}
	if said.EnableSMSMFA {
		return u, enableSMS(r.Pool, u)
	}
	return u, nil
}

var (
	otherName = fault.New(fault.InvalidLambdaResponse, "The username of a migrated user must be the one that was typed.")
	noSMSMFA  = fault.New(fault.InvalidLambdaResponse, "SMS MFA needs a phone number, and MFA active in the user pool.")
)

// migratedName is the user's name: the typed one, or, where that is a value of
// one of the user's aliases, one that the function chooses.
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

// migrateForReset lets an unknown user who has forgotten the password come
// from elsewhere. What is wrong with the request is for ForgotPassword to say.
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
