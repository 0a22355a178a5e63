package account

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// AdminSetUserPassword sets a user's password. A permanent one must not be in
// the history and makes the user CONFIRMED from any status; a temporary one
// must be changed at the next sign-in. Outstanding codes for a reset or a
// sign-up are deleted. Source: API_AdminSetUserPassword.
func (f *Flow) AdminSetUserPassword(
	ctx context.Context, p *userpool.Pool, username, password string, permanent bool,
) error {
	return retryStale(func() error {
		u, old, err := f.holder(ctx, p, username)
		if err != nil {
			return err
		}
		if err := CheckPolicy(p, password, AdminWording); err != nil {
			return err
		}
		replace, status := f.replaceTemporarily, userpool.ForceChangePassword
		if permanent {
			replace, status = f.replace, userpool.Confirmed
		}
		cred, err := replace(p, u, old, password)
		if err != nil {
			return err
		}
		return f.Store.Update(ctx, func(tx *store.Tx) error {
			return setPassword(tx, p, u, cred, status)
		})
	})
}

// holder reads a user and the user's credential, nil if there is no password.
func (f *Flow) holder(
	ctx context.Context, p *userpool.Pool, username string,
) (u *userpool.User, c *userpool.Credential, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		if u, err = tx.User(p, username); err != nil {
			return err
		}
		c, err = tx.Credential(p.ID, u.Username)
		return err
	})
	return u, c, err
}

// setPassword is the write of AdminSetUserPassword.
func setPassword(
	tx *store.Tx, p *userpool.Pool, read *userpool.User, cred *userpool.Credential, status userpool.Status,
) error {
	now, err := rereadUnchanged(tx, p, read)
	if err != nil {
		return err
	}
	u := now.Clone()
	u.Status = status
	if err := tx.UpdateUser(p, u); err != nil {
		return err
	}
	for _, purpose := range []userpool.Purpose{userpool.ResetPassword, userpool.ConfirmSignUp} {
		if err := tx.DeleteCode(p.ID, u.Username, purpose); err != nil {
			return err
		}
	}
	if err := tx.ClearLockout(p.ID, u.Username); err != nil {
		return err
	}
	return tx.ReplaceCredential(p.ID, u.Username, cred)
}

// ChangeRequest is a request of a signed-in user to change the password.
// Previous is nil for a user without a password.
type ChangeRequest struct {
	Previous *string
	Proposed string
}

// ChangePassword changes the password of a signed-in user. A wrong previous
// password counts towards the same lock-out as a failed sign-in. Tokens stay
// valid. Source: API_ChangePassword and guide page
// amazon-cognito-user-pools-authentication-flow-methods.
func (f *Flow) ChangePassword(ctx context.Context, p *userpool.Pool, u *userpool.User, r ChangeRequest) error {
	if err := CheckPolicy(p, r.Proposed, SelfWording); err != nil {
		return err
	}
	old, err := f.requireChangeable(ctx, p, u)
	if err != nil {
		return err
	}
	if err := f.verifyPrevious(ctx, p, u, old, r.Previous); err != nil {
		return err
	}
	cred, err := f.replace(p, u, old, r.Proposed)
	if err != nil {
		return err
	}
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		now, err := tx.UserBySub(p, u.Sub)
		if err != nil {
			return err
		}
		if !now.Enabled {
			return fault.UserIsDisabled
		}
		current, err := tx.Credential(p.ID, now.Username)
		if err != nil {
			return err
		}
		if !old.Same(current) {
			return fault.IncorrectUsernameOrPassword
		}
		if err := tx.ClearLockout(p.ID, now.Username); err != nil {
			return err
		}
		return tx.ReplaceCredential(p.ID, now.Username, cred)
	})
}

// requireChangeable counts the attempt, requires that the password can be
// changed now, and reads the credential that the previous password must match.
func (f *Flow) requireChangeable(
	ctx context.Context, p *userpool.Pool, u *userpool.User,
) (old *userpool.Credential, err error) {
	err = f.Store.Update(ctx, func(tx *store.Tx) error {
		if err := tx.CountAttempt(p.ID, u.Username, userpool.AttemptChangePassword); err != nil {
			return err
		}
		lock, err := tx.Lockout(p.ID, u.Username)
		if err != nil {
			return err
		}
		if lock.Locked(tx.Now) {
			return fault.PasswordAttemptsExceeded
		}
		if old, err = tx.Credential(p.ID, u.Username); err != nil || old == nil {
			return err
		}
		if old.Expired(p.PasswordPolicy, tx.Now) {
			return fault.TemporaryPasswordExpired
		}
		return nil
	})
	return old, err
}

// verifyPrevious verifies the previous password and counts a wrong one.
func (f *Flow) verifyPrevious(
	ctx context.Context, p *userpool.Pool, u *userpool.User, old *userpool.Credential, previous *string,
) error {
	if previous == nil {
		if old != nil {
			return fault.MissingParameter("PreviousPassword")
		}
		return nil
	}
	if f.CheckPassword(p, u.Username, old, *previous) {
		return nil
	}
	err := f.Store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.RecordFailure(p.ID, u.Username)
		return err
	})
	if err != nil {
		return err
	}
	return fault.IncorrectUsernameOrPassword
}
