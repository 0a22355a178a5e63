package account

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// CreateRequest is a request of an administrator to create a user.
type CreateRequest struct {
	Username   string
	Attributes map[string]string
	// TemporaryPassword is generated if empty, unless the pool lets the user
	// sign in without a password.
	TemporaryPassword string
	// Mediums are those by which to send the invitation; none means SMS.
	Mediums []userpool.Medium
	// Silent is set to send no invitation.
	Silent bool
	// ForceAlias moves verified addresses from the users who have them as
	// aliases.
	ForceAlias bool
	// ClientMetadata and ValidationData are passed to the triggers of the pool.
	ClientMetadata, ValidationData map[string]string
}

// creation is a new user with all that is written with it.
type creation struct {
	pool        *userpool.Pool
	request     CreateRequest
	user        *userpool.User
	cred        *userpool.Credential
	invitations []userpool.Message
}

// AdminCreateUser creates a user with a temporary password, which the user must
// change. Without a given password, in a pool where one-time codes are a first
// factor, it creates a CONFIRMED user without a password. The PreSignUp trigger
// may return an error; its other output applies to sign-ups only. Source:
// API_AdminCreateUser and guide page how-to-create-user-accounts.
func (f *Flow) AdminCreateUser(ctx context.Context, p *userpool.Pool, r CreateRequest) (*userpool.User, error) {
	u, err := f.newAdminUser(p, r)
	if err != nil {
		return nil, err
	}
	c := creation{pool: p, request: r, user: u}
	// The write checks the name again; this check avoids the expensive hash.
	if err := f.Store.View(ctx, c.nameFree); err != nil {
		return nil, err
	}
	m := &resolved{pool: p, user: u, metadata: r.ClientMetadata}
	if _, err := f.preSignUp(ctx, m, trigger.PreSignUpAdminCreateUser, r.ValidationData); err != nil {
		return nil, err
	}
	password := r.TemporaryPassword
	if u.Status == userpool.ForceChangePassword {
		if password, c.cred, err = f.temporary(p, u, nil, password); err != nil {
			return nil, err
		}
	}
	if c.invitations, err = f.invite(ctx, m, password, r); err != nil {
		return nil, err
	}
	err = f.Store.Update(ctx, c.insert)
	if errors.Is(err, fault.UserAlreadyExists) {
		return nil, fault.UserAccountAlreadyExists
	}
	if err != nil {
		return nil, err
	}
	return u, nil
}

// newAdminUser returns the user that the request describes.
func (f *Flow) newAdminUser(p *userpool.Pool, r CreateRequest) (*userpool.User, error) {
	if err := p.CheckUsername(r.Username); err != nil {
		return nil, err
	}
	values, err := withUsernameAttribute(p, r.Username, r.Attributes)
	if err != nil {
		return nil, err
	}
	passwordless := r.TemporaryPassword == "" && sendsFirstFactor(p)
	write := userpool.AttributeWrite{Pool: p, Values: values, Complete: passwordless}
	if values, err = write.Conform(); err != nil {
		return nil, err
	}
	u := f.userWithAttributes(p, r.Username, values)
	u.Status = userpool.Confirmed
	if passwordless {
		return u, requireReachable(p, u)
	}
	u.Status = userpool.ForceChangePassword
	return u, requireCompletable(p, u)
}

func sendsFirstFactor(p *userpool.Pool) bool {
	return p.Permits(userpool.ChooseEmailCode) || p.Permits(userpool.ChooseSMSCode)
}

// requireReachable returns an error if a user without a password has no address
// for one-time codes.
func requireReachable(p *userpool.Pool, u *userpool.User) error {
	for _, attribute := range []string{"email", "phone_number"} {
		if u.Attributes[attribute] != "" && p.Permits(userpool.CodesTo(attribute)) {
			return nil
		}
	}
	return fault.New(fault.InvalidParameter,
		"A user without a password needs an attribute that one-time codes can be sent to.")
}

// requireCompletable returns an error if the user lacks a required attribute
// that cannot be set later.
func requireCompletable(p *userpool.Pool, u *userpool.User) error {
	var text strings.Builder
	for _, a := range p.MissingRequired(u.Attributes) {
		if !a.Mutable {
			text.WriteString(a.Name + ": The attribute is required\n")
		}
	}
	if text.Len() == 0 {
		return nil
	}
	return fault.New(fault.InvalidParameter, "Attributes did not conform to the schema: "+text.String())
}

// nameFree is requireSignUpNameFree with the errors of the admin operations.
func (c *creation) nameFree(tx *store.Tx) error {
	attribute, err := takenAttribute(tx, c.pool, c.user)
	if err != nil {
		return err
	}
	if attribute != "" {
		return fault.AccountWithAttributeExists(attribute)
	}
	_, err = tx.User(c.pool, c.request.Username)
	if err == nil {
		return fault.UserAccountAlreadyExists
	}
	if errors.Is(err, fault.UserNotFound) {
		return nil
	}
	return err
}

// temporary returns a temporary password, generated if none is given, and its
// credential.
func (f *Flow) temporary(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (string, *userpool.Credential, error) {
	if password == "" {
		password = userpool.GeneratePassword(f.Entropy, p.PasswordPolicy)
	}
	if err := CheckPolicy(p, password, AdminWording); err != nil {
		return "", nil, err
	}
	cred, err := f.replaceTemporarily(p, u, old, password)
	return password, cred, err
}

// invite composes the invitations of a user, one for each requested medium for
// which the user has an address.
func (f *Flow) invite(ctx context.Context, m *resolved, password string, r CreateRequest) ([]userpool.Message, error) {
	p, u := m.pool, m.user
	if r.Silent {
		return nil, nil
	}
	mediums := r.Mediums
	if len(mediums) == 0 {
		mediums = []userpool.Medium{userpool.SMS}
	}
	var invitations []userpool.Message
	for _, attribute := range []string{"email", "phone_number"} {
		medium := userpool.MediumOf(attribute)
		if u.Attributes[attribute] == "" || !slices.Contains(mediums, medium) {
			continue
		}
		to := deliver.Recipient{Username: invitedName(p, u), Medium: medium, Address: u.Attributes[attribute]}
		invitation, err := f.compose(ctx, m, deliver.Draft{Occasion: deliver.Invitation, To: to, Code: password})
		if err != nil {
			return nil, err
		}
		invitation.Owner = u.Username
		invitations = append(invitations, invitation)
	}
	return invitations, nil
}

// invitedName returns the name in an invitation: the one to sign in with.
func invitedName(p *userpool.Pool, u *userpool.User) string {
	for _, attribute := range p.SignInAttributes(u) {
		if v := u.Attributes[attribute]; v != "" {
			return v
		}
	}
	return u.Username
}

// insert is the write of AdminCreateUser.
func (c *creation) insert(tx *store.Tx) error {
	if _, err := tx.Pool(c.pool.ID); err != nil {
		return err
	}
	if err := c.nameFree(tx); err != nil {
		return err
	}
	if err := c.claimAliases(tx); err != nil {
		return err
	}
	if err := tx.InsertUser(c.pool, c.user); err != nil {
		return err
	}
	if c.cred != nil {
		if err := tx.PutCredential(c.pool.ID, c.user.Username, c.cred); err != nil {
			return err
		}
	}
	return enqueue(tx, c.invitations)
}

// claimAliases makes the aliases of the new user available.
func (c *creation) claimAliases(tx *store.Tx) error {
	if err := claimVerified(tx, c.pool, c.user, c.request.ForceAlias); err != nil {
		return err
	}
	return requirePreferredNameFree(tx, c.pool, c.user)
}

func enqueue(tx *store.Tx, messages []userpool.Message) error {
	for i := range messages {
		if err := tx.Enqueue(&messages[i]); err != nil {
			return err
		}
	}
	return nil
}

// ResendInvitation gives an invited user a new temporary password, whose
// validity starts again, and sends the invitation again. The user counts as
// modified. Source: API_AdminCreateUser, MessageAction RESEND.
func (f *Flow) ResendInvitation(ctx context.Context, p *userpool.Pool, r CreateRequest) (*userpool.User, error) {
	var u *userpool.User
	err := retryStale(func() error {
		read, old, err := f.holder(ctx, p, r.Username)
		if err != nil {
			return err
		}
		if read.Status != userpool.ForceChangePassword {
			return fault.ResendNotPossible(r.Username)
		}
		password, cred, err := f.temporary(p, read, old, r.TemporaryPassword)
		if err != nil {
			return err
		}
		m := &resolved{pool: p, user: read, metadata: r.ClientMetadata}
		invitations, err := f.invite(ctx, m, password, r)
		if err != nil {
			return err
		}
		return f.Store.Update(ctx, func(tx *store.Tx) error {
			if u, err = rereadUnchanged(tx, p, read); err != nil {
				return err
			}
			if err := tx.UpdateUser(p, u); err != nil {
				return err
			}
			if err := tx.ReplaceCredential(p.ID, read.Username, cred); err != nil {
				return err
			}
			return enqueue(tx, invitations)
		})
	})
	return u, err
}
