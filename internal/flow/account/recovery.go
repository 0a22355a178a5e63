package account

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ForgotPassword sends a password reset code to the verified attribute that the
// pool prefers. An unknown user may be migrated by the UserMigration trigger.
// Source: API_ForgotPassword and guide page managing-users-passwords.
func (f *Flow) ForgotPassword(ctx context.Context, r Request) (userpool.Delivery, error) {
	if err := f.migrateForReset(ctx, r); err != nil {
		return userpool.Delivery{}, err
	}
	return f.send(ctx, sendRequest{
		request: r, occasion: deliver.ForgotPassword, attempt: userpool.AttemptForgotPassword, find: f.findForReset,
	})
}

func (f *Flow) findForReset(tx *store.Tx, r Request) (*resolved, string, error) {
	m, err := f.resolveForReset(tx, r)
	if err != nil || m.user == nil {
		return m, "", err
	}
	attribute, err := m.pool.RecoveryChannel(m.user)
	if err != nil {
		err = f.hideUser(m, err)
	}
	return m, attribute, err
}

// resolveForReset is resolve for users who reset their password.
func (f *Flow) resolveForReset(tx *store.Tx, r Request) (*resolved, error) {
	m, err := f.resolve(tx, r)
	if err != nil {
		return nil, err
	}
	if m.pool.AdminOnlyRecovery() {
		return nil, fault.ContactAdministrator
	}
	if m.user == nil {
		return m, nil
	}
	if err := requireResettable(m.pool, m.user); err != nil {
		return m, f.hideUser(m, err)
	}
	return m, nil
}

// requireResettable returns an error if the password of the user cannot be
// reset by a code.
func requireResettable(p *userpool.Pool, u *userpool.User) error {
	if !u.Enabled {
		return fault.UserIsDisabled
	}
	switch u.Status {
	case userpool.Confirmed, userpool.ResetRequired:
		return nil
	case userpool.Unconfirmed:
		if _, err := p.RecoveryChannel(u); err != nil {
			return err
		}
	}
	return fault.CannotResetInThisState
}

// ResetRequest is a request to reset a password by a code.
type ResetRequest struct {
	Request
	Code, Password string
}

// ConfirmForgotPassword sets the new password of a user who has the code and
// makes the user CONFIRMED. If the PostConfirmation trigger fails, the password
// is changed nevertheless. Source: API_ConfirmForgotPassword.
func (f *Flow) ConfirmForgotPassword(ctx context.Context, r ResetRequest) error {
	m, old, err := f.verifyReset(ctx, r)
	if err != nil {
		return err
	}
	cred, err := f.replace(m.pool, m.user, old, r.Password)
	if err != nil {
		return err
	}
	sub := m.user.Sub
	err = f.Store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.UserBySub(m.pool, sub)
		if err != nil {
			return err
		}
		if err := requireResettable(m.pool, now); err != nil {
			return err
		}
		holder := &resolved{pool: m.pool, client: m.client, subject: m.subject, user: now}
		if _, err := f.redeemCode(tx, holder, userpool.ResetPassword, r.Code); err != nil {
			return err
		}
		u := now.Clone()
		u.Status = userpool.Confirmed
		if err := tx.UpdateUser(m.pool, u); err != nil {
			return err
		}
		m.user = u
		if err := tx.ClearLockout(m.pool.ID, u.Username); err != nil {
			return err
		}
		return tx.ReplaceCredential(m.pool.ID, u.Username, cred)
	})
	if err != nil {
		return err
	}
	return f.confirmed(ctx, m, trigger.PostConfirmationConfirmForgotPassword)
}

// verifyReset counts the attempt, then verifies the policy and the code.
// Passwords are hashed only after that.
func (f *Flow) verifyReset(ctx context.Context, r ResetRequest) (m *resolved, old *userpool.Credential, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		if m, err = f.resolveForReset(tx, r.Request); err != nil {
			return err
		}
		return CheckPolicy(m.pool, r.Password, SelfWording)
	})
	if err != nil {
		return nil, nil, err
	}
	var refusal error
	err = f.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CountAttempt(m.pool.ID, m.subject, userpool.AttemptForgotPassword); err != nil {
			return err
		}
		if refusal, err = f.verifyCode(tx, m, userpool.ResetPassword, r.Code); refusal != nil || err != nil {
			return err
		}
		old, err = tx.Credential(m.pool.ID, m.user.Username)
		return err
	})
	if err == nil {
		err = refusal
	}
	return m, old, err
}

// AdminResetUserPassword sets a confirmed user to RESET_REQUIRED, signs the
// user out and sends a reset code. Source: API_AdminResetUserPassword.
func (f *Flow) AdminResetUserPassword(
	ctx context.Context, p *userpool.Pool, username string, metadata map[string]string,
) error {
	return retryStale(func() error {
		m := &resolved{pool: p, typed: username, metadata: metadata}
		var attribute string
		err := f.Store.View(ctx, func(tx *store.Tx) (err error) {
			if m.user, err = tx.User(p, username); err != nil {
				return err
			}
			m.subject = m.user.Username
			attribute, err = resetChannel(p, m.user)
			return err
		})
		if err != nil {
			return err
		}
		l, err := f.write(ctx, m, deliver.ForgotPassword, attribute)
		if err != nil {
			return err
		}
		return f.Store.Update(ctx, func(tx *store.Tx) error {
			now, err := rereadUnchanged(tx, p, m.user)
			if err != nil {
				return err
			}
			u := now.Clone()
			u.Status = userpool.ResetRequired
			u.SignOut(tx.Now)
			if err := tx.UpdateUser(p, u); err != nil {
				return err
			}
			return l.post(tx)
		})
	})
}

// resetChannel returns the attribute that the code of an administrator's reset
// is sent to.
func resetChannel(p *userpool.Pool, u *userpool.User) (string, error) {
	if !u.Enabled {
		return "", fault.UserIsDisabled
	}
	if u.Status != userpool.Confirmed {
		return "", fault.CannotResetInThisState
	}
	return p.RecoveryChannel(u)
}
