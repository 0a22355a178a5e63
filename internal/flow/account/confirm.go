package account

import (
	"context"
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ConfirmRequest is a request to confirm a sign-up by its code.
type ConfirmRequest struct {
	Request
	Code string
	// ForceAlias moves the verified address from the user who has it as an
	// alias.
	ForceAlias bool
	// Sub is the sub of the user in the Session of the sign-up; empty if none
	// was sent.
	Sub string
}

// ConfirmSignUp confirms a user and marks the attribute that the code was sent
// to as verified. It returns the user as confirmed. If the client hides users,
// a refused code is always fault.WrongVerificationCode, the error for a wrong
// guess about a user who has just signed up. If the PostConfirmation trigger
// fails, the user is confirmed nevertheless. Source: API_ConfirmSignUp.
func (f *Flow) ConfirmSignUp(ctx context.Context, r ConfirmRequest) (*userpool.User, error) {
	var m *resolved
	err := f.Store.View(ctx, func(tx *store.Tx) (err error) {
		m, err = f.resolveSignedUp(tx, r)
		return err
	})
	if err != nil {
		return nil, err
	}
	var refusal error
	err = f.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if m, err = f.resolveSignedUp(tx, r); err != nil {
			return err
		}
		if err = tx.CountAttempt(m.pool.ID, m.subject, userpool.AttemptConfirmSignUp); err != nil {
			return err
		}
		if refusal, err = f.verifyCode(tx, m, userpool.ConfirmSignUp, r.Code); refusal != nil || err != nil {
			return err
		}
		u, err := f.redeemProof(tx, m, userpool.ConfirmSignUp, r.Code, r.ForceAlias)
		if err != nil {
			return err
		}
		u.Status = userpool.Confirmed
		m.user = u
		return tx.UpdateUser(m.pool, u)
	})
	if err != nil {
		return nil, err
	}
	if refusal != nil && m.client.HidesUsers() {
		return nil, fault.WrongVerificationCode
	}
	if refusal != nil {
		return nil, refusal
	}
	return m.user, f.confirmed(ctx, m, trigger.PostConfirmationConfirmSignUp)
}

// resolveSignedUp is resolveUnconfirmed. It also requires that the Session, if
// one was sent, is that of the user.
func (f *Flow) resolveSignedUp(tx *store.Tx, r ConfirmRequest) (*resolved, error) {
	m, err := f.resolveUnconfirmed(tx, r.Request)
	if err == nil && r.Sub != "" && (m.user == nil || m.user.Sub != r.Sub) {
		return nil, fault.SessionInvalid
	}
	return m, err
}

// resolveUnconfirmed is resolve for operations on unconfirmed users.
func (f *Flow) resolveUnconfirmed(tx *store.Tx, r Request) (*resolved, error) {
	m, err := f.resolve(tx, r)
	if err != nil || m.user == nil {
		return m, err
	}
	switch {
	case !m.user.Enabled:
		err = f.hideUser(m, fault.UserIsDisabled)
	case m.user.Status != userpool.Unconfirmed:
		err = f.hideUser(m, fault.CannotConfirm(string(m.user.Status)))
	}
	return m, err
}

// claimAlias makes the attribute of u available as a verified alias. If another
// user has the alias, it is moved if force is set, else an error. Source: guide
// page user-pool-settings-attributes.
func claimAlias(tx *store.Tx, p *userpool.Pool, u *userpool.User, attribute string, force bool) error {
	if !slices.Contains(p.AliasAttributes, attribute) {
		return nil
	}
	holder, taken, err := tx.AliasHolder(p, attribute, u.Attributes[attribute])
	if err != nil || !taken || holder == u.Username {
		return err
	}
	if !force {
		if attribute == "email" {
			return fault.EmailAliasTaken
		}
		return fault.AliasTaken(attribute)
	}
	found, err := tx.User(p, holder)
	if err != nil {
		return err
	}
	other := found.Clone()
	other.Attributes[attribute+"_verified"] = "false"
	return tx.UpdateUser(p, other)
}

// claimVerified calls claimAlias for every verified address of u.
func claimVerified(tx *store.Tx, p *userpool.Pool, u *userpool.User, force bool) error {
	for _, attribute := range verifiableByCode {
		if !u.Verified(attribute) {
			continue
		}
		if err := claimAlias(tx, p, u, attribute, force); err != nil {
			return err
		}
	}
	return nil
}

// AdminConfirmSignUp confirms a self-registered user without a code. The user's
// attributes stay unverified. Source: API_AdminConfirmSignUp.
func (f *Flow) AdminConfirmSignUp(
	ctx context.Context, p *userpool.Pool, username string, metadata map[string]string,
) error {
	m := &resolved{pool: p, metadata: metadata}
	err := f.change(ctx, p, Named(username), func(tx *store.Tx, u *userpool.User) error {
		if u.Status != userpool.Unconfirmed {
			return fault.CannotConfirm(string(u.Status))
		}
		u.Status = userpool.Confirmed
		m.user = u
		return tx.DeleteCode(p.ID, u.Username, userpool.ConfirmSignUp)
	})
	if err != nil {
		return err
	}
	return f.confirmed(ctx, m, trigger.PostConfirmationConfirmSignUp)
}

// ResendConfirmationCode sends a new sign-up code, which replaces the old one.
// Source: API_ResendConfirmationCode.
func (f *Flow) ResendConfirmationCode(ctx context.Context, r Request) (userpool.Delivery, error) {
	return f.send(ctx, sendRequest{
		request: r, occasion: deliver.ResendCode, attempt: userpool.AttemptResendCode, find: f.findUnconfirmed,
	})
}

func (f *Flow) findUnconfirmed(tx *store.Tx, r Request) (*resolved, string, error) {
	m, err := f.resolve(tx, r)
	if err != nil {
		return nil, "", err
	}
	if len(m.pool.AutoVerifiedAttributes) == 0 {
		return nil, "", fault.AutoVerificationOff
	}
	if m.user == nil {
		return m, "", nil
	}
	attribute := m.pool.ConfirmationChannel(m.user)
	switch {
	case !m.user.Enabled:
		err = f.hideUser(m, fault.UserIsDisabled)
	case m.user.Status != userpool.Unconfirmed:
		err = f.hideUser(m, fault.AlreadyConfirmed)
	case attribute == "":
		err = f.hideUser(m, fault.AutoVerificationOff)
	}
	return m, attribute, err
}

// sendRequest is a request to send a code.
type sendRequest struct {
	request  Request
	occasion deliver.Occasion
	attempt  userpool.Attempt
	// find reads the user and the attribute to send to.
	find func(*store.Tx, Request) (*resolved, string, error)
}

// send sends the code of a request. A decoy takes the same steps, but its code
// is not sent.
func (f *Flow) send(ctx context.Context, req sendRequest) (userpool.Delivery, error) {
	var l letter
	err := retryStale(func() error {
		var m *resolved
		var attribute string
		err := f.Store.View(ctx, func(tx *store.Tx) (err error) {
			m, attribute, err = req.find(tx, req.request)
			return err
		})
		if err != nil {
			return err
		}
		if l, err = f.write(ctx, m, req.occasion, attribute); err != nil {
			return err
		}
		return f.Store.Update(ctx, func(tx *store.Tx) error {
			if err := tx.CountAttempt(m.pool.ID, m.subject, req.attempt); err != nil {
				return err
			}
			if m.user != nil {
				if _, err := rereadUnchanged(tx, m.pool, m.user); err != nil {
					return err
				}
			}
			return l.post(tx)
		})
	})
	return l.delivery, err
}
