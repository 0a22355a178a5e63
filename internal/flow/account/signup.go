package account

import (
	"context"
	"errors"
	"maps"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// SignUpRequest is a sign-up. An empty password requests a user without one.
type SignUpRequest struct {
	Request
	Password   string
	Attributes map[string]string
	// ValidationData is passed to the PreSignUp trigger.
	ValidationData map[string]string
}

// SignedUp is the result of a sign-up. Delivery is nil if no code was sent.
type SignedUp struct {
	User     *userpool.User
	Delivery *userpool.Delivery
}

// SignUp creates an UNCONFIRMED user and sends the code that confirms it, if
// the user has an attribute that the pool verifies. The PreSignUp trigger may
// return an error, or confirm the user, who then gets no code; if
// PostConfirmation fails after that, the user exists nevertheless. Source:
// API_SignUp and guide pages signing-up-users-in-your-app and
// user-pool-lambda-pre-sign-up.
func (f *Flow) SignUp(ctx context.Context, r SignUpRequest) (*SignedUp, error) {
	m := &resolved{typed: r.Username, metadata: r.ClientMetadata}
	err := f.Store.View(ctx, func(tx *store.Tx) (err error) {
		if m.pool, m.client, err = f.client(tx, r.Request); err != nil {
			return err
		}
		if err = f.requireSignUpAllowed(m, r); err != nil {
			return err
		}
		if m.user, err = f.newUser(m, r); err != nil {
			return err
		}
		if err = signUpPassword(m, r.Password); err != nil {
			return err
		}
		return requireSignUpNameFree(tx, m)
	})
	if err != nil {
		return nil, err
	}
	m.subject = m.user.Username
	if err := f.applyPreSignUp(ctx, m, r.ValidationData); err != nil {
		return nil, err
	}
	var cred *userpool.Credential
	if r.Password != "" {
		if cred, err = f.NewCredential(m.pool, m.user, r.Password, false); err != nil {
			return nil, err
		}
	}
	mail, err := f.confirmationLetter(ctx, m)
	if err != nil {
		return nil, err
	}
	if err := f.Store.Update(ctx, func(tx *store.Tx) error { return f.insertSignUp(tx, m, cred, mail) }); err != nil {
		return nil, fault.UserAlreadyExists.ReplacingKind(fault.AliasExists, err)
	}
	done := &SignedUp{User: m.user}
	if mail != nil {
		done.Delivery = &mail.delivery
	}
	if m.user.Status == userpool.Confirmed {
		return done, f.confirmed(ctx, m, trigger.PostConfirmationConfirmSignUp)
	}
	return done, nil
}

// preSignUp runs the PreSignUp trigger for a new user.
func (f *Flow) preSignUp(
	ctx context.Context, m *resolved, s trigger.Source, validation map[string]string,
) (trigger.PreSignUpResponse, error) {
	return trigger.Run(ctx, f.Triggers, m.call(s), trigger.PreSignUpRequest{
		UserAttributes: m.user.Attributes, ValidationData: validation, ClientMetadata: m.metadata,
	})
}

// nothingToAutoVerify is the error if the trigger verifies an attribute that
// the user lacks.
var nothingToAutoVerify = fault.New(fault.InvalidLambdaResponse, "Unrecognizable lambda output")

// applyPreSignUp runs the PreSignUp trigger of a sign-up and applies its output
// to the user.
func (f *Flow) applyPreSignUp(ctx context.Context, m *resolved, validation map[string]string) error {
	out, err := f.preSignUp(ctx, m, trigger.PreSignUpSignUp, validation)
	if err != nil {
		return err
	}
	var verified []string
	if out.AutoVerifyEmail {
		verified = append(verified, "email")
	}
	if out.AutoVerifyPhone {
		verified = append(verified, "phone_number")
	}
	for _, attribute := range verified {
		if m.user.Attributes[attribute] == "" {
			return nothingToAutoVerify.WithCause(errors.New("the trigger verifies an attribute that the user lacks: " +
				attribute))
		}
	}
	for _, attribute := range verified {
		m.user.Attributes[attribute+"_verified"] = "true"
	}
	if out.AutoConfirmUser {
		m.user.Status = userpool.Confirmed
	}
	return nil
}

// requireSignUpAllowed requires that the request may create a user, in the
// order of Amazon Cognito's errors.
func (f *Flow) requireSignUpAllowed(m *resolved, r SignUpRequest) error {
	if err := r.verifySecretHash(m.client); err != nil {
		return err
	}
	if m.pool.AdminCreateUserConfig.AllowAdminCreateUserOnly {
		return fault.SignUpNotPermitted
	}
	write := userpool.AttributeWrite{Pool: m.pool, Client: m.client, Values: r.Attributes}
	if err := write.Permitted(); err != nil {
		return err
	}
	return m.pool.CheckUsername(r.Username)
}

// newUser returns the user of a sign-up, or an error if the attributes are not
// valid. The attribute that the username sets needs no permission.
func (f *Flow) newUser(m *resolved, r SignUpRequest) (*userpool.User, error) {
	values, err := withUsernameAttribute(m.pool, r.Username, r.Attributes)
	if err != nil {
		return nil, err
	}
	write := userpool.AttributeWrite{Pool: m.pool, Client: m.client, Values: values, Complete: true}
	if values, err = write.Conform(); err != nil {
		return nil, err
	}
	u := f.userWithAttributes(m.pool, r.Username, values)
	u.Status, u.SelfRegistered = userpool.Unconfirmed, true
	return u, nil
}

// userWithAttributes returns a user with a username and a sub, which are equal
// in pools that sign in by an attribute. The form of the typed name selects the
// attribute.
func (f *Flow) userWithAttributes(p *userpool.Pool, typed string, values map[string]string) *userpool.User {
	u := &userpool.User{PoolID: p.ID, Sub: f.Entropy.UUID(), Username: p.Fold(typed), Enabled: true}
	if len(p.UsernameAttributes) > 0 {
		u.Username = u.Sub
	}
	if len(p.UsernameAttributes) > 1 {
		u.SignInAttribute = p.UsernameAttribute(typed)
	}
	u.Attributes = values
	return u
}

// withUsernameAttribute adds the attribute whose value the typed username is.
func withUsernameAttribute(p *userpool.Pool, typed string, values map[string]string) (map[string]string, error) {
	attribute := p.UsernameAttribute(typed)
	if attribute == "" {
		return values, nil
	}
	if given := values[attribute]; given != "" && p.Fold(given) != p.Fold(typed) {
		return nil, fault.Newf(fault.InvalidParameter,
			"User %[1]s should be empty or same as username, since username attribute is %[1]s", attribute)
	}
	values = maps.Clone(values)
	if values == nil {
		values = map[string]string{}
	}
	values[attribute] = typed
	return values, nil
}

// signUpPassword verifies the policy of the password or, without one, that the
// user can sign in without: one-time codes must be a first factor of pool and
// client, and the user must have an attribute that the pool verifies. Source:
// guide page signing-up-users-in-your-app.
func signUpPassword(m *resolved, password string) error {
	if password != "" {
		return CheckPolicy(m.pool, password, SelfWording)
	}
	attribute := m.pool.ConfirmationChannel(m.user)
	if m.client.Allows("USER_AUTH") && attribute != "" && m.pool.Permits(userpool.CodesTo(attribute)) {
		return nil
	}
	return fault.New(fault.InvalidParameter,
		"1 validation error detected: Value null at 'password' failed to satisfy constraint: Member must not be null")
}

// requireSignUpNameFree returns an error if the name is a username, alias or
// sub of another user: a new user must never take over the name of another.
func requireSignUpNameFree(tx *store.Tx, m *resolved) error {
	_, err := tx.User(m.pool, m.typed)
	if err == nil {
		return fault.UserAlreadyExists
	}
	if !errors.Is(err, fault.UserNotFound) {
		return err
	}
	attribute, err := takenAttribute(tx, m.pool, m.user)
	if err == nil && attribute != "" {
		return fault.AccountWithAttributeExists(attribute)
	}
	return err
}

// takenAttribute returns the first sign-in attribute of a new user whose value
// is taken, or "".
func takenAttribute(tx *store.Tx, p *userpool.Pool, u *userpool.User) (string, error) {
	for _, attribute := range p.SignInAttributes(u) {
		taken, err := tx.AliasTaken(p, u, attribute)
		if err != nil {
			return "", err
		}
		if taken {
			return attribute, nil
		}
	}
	return "", nil
}

// confirmationLetter returns the code of a sign-up, or nil if there is nothing
// to confirm or to verify.
func (f *Flow) confirmationLetter(ctx context.Context, m *resolved) (*letter, error) {
	attribute := m.pool.ConfirmationChannel(m.user)
	if attribute == "" || m.user.Status == userpool.Confirmed {
		return nil, nil
	}
	l, err := f.write(ctx, m, deliver.SignUp, attribute)
	return &l, err
}

// insertSignUp is the write of a sign-up.
func (f *Flow) insertSignUp(tx *store.Tx, m *resolved, cred *userpool.Credential, mail *letter) error {
	if _, err := tx.Pool(m.pool.ID); err != nil {
		return err
	}
	if err := requireSignUpNameFree(tx, m); err != nil {
		return err
	}
	if err := claimSignUp(tx, m); err != nil {
		return err
	}
	if err := tx.InsertUser(m.pool, m.user); err != nil {
		return err
	}
	if cred != nil {
		if err := tx.PutCredential(m.pool.ID, m.user.Username, cred); err != nil {
			return err
		}
	}
	if mail == nil {
		return nil
	}
	return mail.post(tx)
}

// claimSignUp makes the names that the trigger has verified available: aliases
// move to the new user. Source: guide page user-pool-lambda-pre-sign-up.
func claimSignUp(tx *store.Tx, m *resolved) error {
	if err := claimVerified(tx, m.pool, m.user, true); err != nil {
		return err
	}
	if m.user.Status != userpool.Confirmed {
		return nil
	}
	return requirePreferredNameFree(tx, m.pool, m.user)
}
