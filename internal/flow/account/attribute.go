package account

import (
	"context"
	"errors"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// AttributeRequest is a request to change attributes of a user.
type AttributeRequest struct {
	Pool *userpool.Pool
	// Client is that of the signed-in user; nil for an administrator.
	Client *userpool.Client
	User   Ref
	// Values are the new values by full name; an empty one removes the
	// attribute.
	Values map[string]string
	// ClientMetadata is passed to the triggers of the pool.
	ClientMetadata map[string]string
}

// Removal returns the values that remove attributes.
func Removal(names []string) map[string]string {
	values := make(map[string]string, len(names))
	for _, name := range names {
		values[name] = ""
	}
	return values
}

// UpdateAttributes changes attributes of a user and sends codes to new
// addresses that the pool verifies. It returns where the codes were sent.
// Source: API_UpdateUserAttributes, API_AdminUpdateUserAttributes,
// API_DeleteUserAttributes, API_AdminDeleteUserAttributes.
func (f *Flow) UpdateAttributes(ctx context.Context, r AttributeRequest) (sent []userpool.Delivery, err error) {
	err = retryStale(func() error {
		u, err := f.User(ctx, r.Pool, r.User)
		if err != nil {
			return err
		}
		if r.Client != nil && !u.Enabled {
			return fault.UserIsDisabled
		}
		change, err := r.change(u)
		if err != nil {
			return err
		}
		letters, err := f.verificationLetters(ctx, r, change)
		if err != nil {
			return err
		}
		sent = make([]userpool.Delivery, len(letters))
		for i, l := range letters {
			sent[i] = l.delivery
		}
		return f.Store.Update(ctx, func(tx *store.Tx) error {
			if _, err := rereadUnchanged(tx, r.Pool, u); err != nil {
				return err
			}
			return writeAttributes(tx, r.Pool, u, change, letters)
		})
	})
	return sent, err
}

// change returns the changes to the user, or an error if one is not permitted
// or not valid.
func (r AttributeRequest) change(u *userpool.User) (userpool.AttributeChange, error) {
	write := userpool.AttributeWrite{
		Pool: r.Pool, Client: r.Client, User: u, Values: r.Values, Complete: r.Client != nil && r.sets(),
	}
	if err := write.Permitted(); err != nil {
		return userpool.AttributeChange{}, err
	}
	values, err := write.Conform()
	if err != nil {
		return userpool.AttributeChange{}, err
	}
	return r.Pool.ChangeAttributes(u, values)
}

// sets reports whether the request sets an attribute, rather than only removing
// some.
func (r AttributeRequest) sets() bool {
	for _, value := range r.Values {
		if value != "" {
			return true
		}
	}
	return false
}

// verificationLetters composes the codes for new values.
func (f *Flow) verificationLetters(
	ctx context.Context, r AttributeRequest, change userpool.AttributeChange,
) ([]letter, error) {
	m := &resolved{
		pool: r.Pool, client: r.Client, user: change.User, subject: change.User.Username, metadata: r.ClientMetadata,
	}
	var letters []letter
	for _, proof := range change.Proofs {
		l, err := f.writeTo(ctx, m, deliver.UpdateAttribute, proof)
		if err != nil {
			return nil, err
		}
		letters = append(letters, l)
	}
	return letters, nil
}

// writeAttributes is the write of UpdateAttributes. It writes the user even if
// every change waits for a code, so that concurrent changes conflict. Aliases
// that an administrator marks as verified move to this user.
func writeAttributes(
	tx *store.Tx, p *userpool.Pool, before *userpool.User, change userpool.AttributeChange, letters []letter,
) error {
	for _, attribute := range change.Addresses {
		if err := tx.DeleteCode(p.ID, change.User.Username, userpool.VerifyPurpose(attribute)); err != nil {
			return err
		}
	}
	for _, proof := range change.Proofs {
		if err := requirePendingNameFree(tx, p, change.User, proof); err != nil {
			return err
		}
	}
	if change.User.Attributes["preferred_username"] != before.Attributes["preferred_username"] {
		if err := requirePreferredNameFree(tx, p, change.User); err != nil {
			return err
		}
	}
	if err := claimVerified(tx, p, change.User, true); err != nil {
		return err
	}
	if err := tx.UpdateUser(p, change.User); err != nil {
		return err
	}
	for _, l := range letters {
		if err := l.post(tx); err != nil {
			return err
		}
	}
	return nil
}

// requirePendingNameFree returns an error if the value of a sign-in attribute
// is taken, so that it could not be verified later.
func requirePendingNameFree(tx *store.Tx, p *userpool.Pool, u *userpool.User, proof userpool.Proof) error {
	if !slices.Contains(p.SignInAttributes(u), proof.Attribute) {
		return nil
	}
	holder, taken, err := tx.AliasHolder(p, proof.Attribute, proof.Value)
	if err == nil && taken && holder != u.Username {
		return fault.AliasTaken(proof.Attribute)
	}
	return err
}

// requirePreferredNameFree returns an error if the preferred_username already
// names another user, as any kind of name.
func requirePreferredNameFree(tx *store.Tx, p *userpool.Pool, u *userpool.User) error {
	name := u.Attributes["preferred_username"]
	if name == "" || !slices.Contains(p.AliasAttributes, "preferred_username") {
		return nil
	}
	found, err := tx.User(p, name)
	switch {
	case errors.Is(err, fault.UserNotFound):
		return nil
	case err != nil:
		return err
	case found.Username != u.Username:
		return fault.AliasTaken("preferred_username")
	}
	return nil
}

var verifiableByCode = []string{"email", "phone_number"}

var (
	notVerifiable = fault.New(fault.InvalidParameter,
		"Invalid attribute name. Only phone_number and email can be verified.")
	nothingToVerify = "User does not have the attribute %s to verify."
)

// Requester is the caller of an operation, as the triggers of the pool receive it.
type Requester struct {
	Client         *userpool.Client
	ClientMetadata map[string]string
}

// SendAttributeCode sends a signed-in user a code that verifies the attribute:
// its pending value if there is one, else its current value. Source:
// API_GetUserAttributeVerificationCode.
func (f *Flow) SendAttributeCode(
	ctx context.Context, p *userpool.Pool, u *userpool.User, attribute string, by Requester,
) (userpool.Delivery, error) {
	if !slices.Contains(verifiableByCode, attribute) {
		return userpool.Delivery{}, notVerifiable
	}
	var l letter
	err := retryStale(func() error {
		var m *resolved
		var proof userpool.Proof
		err := f.Store.View(ctx, func(tx *store.Tx) (err error) {
			m, proof, err = attributeProof(tx, p, u, attribute)
			return err
		})
		if err != nil {
			return err
		}
		m.client, m.metadata = by.Client, by.ClientMetadata
		if l, err = f.writeTo(ctx, m, deliver.VerifyAttribute, proof); err != nil {
			return err
		}
		return f.Store.Update(ctx, func(tx *store.Tx) error {
			if err := tx.CountAttempt(p.ID, m.subject, userpool.AttemptAttributeCode); err != nil {
				return err
			}
			if _, err := rereadUnchanged(tx, p, m.user); err != nil {
				return err
			}
			return l.post(tx)
		})
	})
	return l.delivery, err
}

// requireEnabled reads a signed-in user again. A user who has been disabled is
// fault.UserIsDisabled.
func requireEnabled(tx *store.Tx, p *userpool.Pool, u *userpool.User) (*userpool.User, error) {
	now, err := tx.UserBySub(p, u.Sub)
	if err == nil && !now.Enabled {
		return nil, fault.UserIsDisabled
	}
	return now, err
}

// attributeProof returns the value of the attribute that a code is sent to.
func attributeProof(
	tx *store.Tx, p *userpool.Pool, u *userpool.User, attribute string,
) (*resolved, userpool.Proof, error) {
	now, err := requireEnabled(tx, p, u)
	if err != nil {
		return nil, userpool.Proof{}, err
	}
	held := now.Attributes[attribute]
	proof := userpool.Proof{Attribute: attribute, Held: held, Value: held}
	waiting, err := tx.Code(p.ID, now.Username, userpool.VerifyPurpose(attribute))
	if err != nil {
		return nil, userpool.Proof{}, err
	}
	if waiting != nil && waiting.Held == held {
		proof = waiting.Proof
	}
	if proof.Value == "" {
		return nil, userpool.Proof{}, fault.Invalid(nothingToVerify, attribute)
	}
	return &resolved{pool: p, user: now, subject: now.Username}, proof, nil
}

// VerifyAttribute verifies an attribute of a signed-in user by the code that
// was sent to it. A pending value becomes the attribute's value. An alias that
// another user has verified moves to this user. Source: API_VerifyUserAttribute
// and guide page user-pool-settings-attributes.
func (f *Flow) VerifyAttribute(ctx context.Context, p *userpool.Pool, u *userpool.User, attribute, code string) error {
	if !slices.Contains(verifiableByCode, attribute) {
		return notVerifiable
	}
	purpose := userpool.VerifyPurpose(attribute)
	var refusal error
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		now, err := requireEnabled(tx, p, u)
		if err != nil {
			return err
		}
		m := &resolved{pool: p, user: now, subject: now.Username}
		if err = tx.CountAttempt(p.ID, m.subject, userpool.AttemptVerifyAttribute); err != nil {
			return err
		}
		if refusal, err = f.verifyCode(tx, m, purpose, code); refusal != nil || err != nil {
			return err
		}
		verified, err := f.redeemProof(tx, m, purpose, code, true)
		if err != nil {
			return err
		}
		return tx.UpdateUser(p, verified)
	})
	if err != nil {
		return err
	}
	return refusal
}

// SetMFAOptions replaces the MFA options of the API that SetUserMFAPreference
// superseded. Source: API_SetUserSettings, API_AdminSetUserSettings.
func (f *Flow) SetMFAOptions(ctx context.Context, p *userpool.Pool, r Ref, options []userpool.MFAOption) error {
	return f.change(ctx, p, r, func(_ *store.Tx, u *userpool.User) error { return u.SetMFAOptions(options) })
}
