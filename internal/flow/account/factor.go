package account

import (
	"context"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/totp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// NewSoftwareToken returns a random secret for an authenticator app. The caller
// stores it (store.Tx.PutPendingSoftwareToken). A pool that does not offer the
// factor is fault.SoftwareTokenOff. Source: guide page
// user-pool-settings-mfa-totp.
func (f *Flow) NewSoftwareToken(p *userpool.Pool) (*userpool.SoftwareToken, error) {
	if !p.Offers(userpool.SoftwareTokenMFA) {
		return nil, fault.SoftwareTokenOff
	}
	secret, err := totp.NewSecret(f.Entropy)
	if err != nil {
		return nil, wrap("making a secret", err)
	}
	return &userpool.SoftwareToken{ID: f.Entropy.UUID(), Secret: userpool.Secret(secret.Text())}, nil
}

// AssociateSoftwareToken gives a signed-in user a pending secret, which its
// first code verifies. A verified secret stays valid until then. Source:
// API_AssociateSoftwareToken.
func (f *Flow) AssociateSoftwareToken(
	ctx context.Context, p *userpool.Pool, u *userpool.User,
) (userpool.Secret, error) {
	t, err := f.NewSoftwareToken(p)
	if err != nil {
		return "", err
	}
	err = f.Store.Update(ctx, func(tx *store.Tx) error {
		now, err := requireEnabled(tx, p, u)
		if err != nil {
			return err
		}
		return tx.PutPendingSoftwareToken(p.ID, now.Username, t)
	})
	return t.Secret, err
}

// FirstCode is the first code of a user's authenticator app.
type FirstCode struct {
	Code string
	// DeviceName is the user's name for the device of the app; empty means
	// none.
	DeviceName string
}

// VerifySoftwareToken makes the pending secret of a signed-in user the one that
// the user signs in with. It does not turn on the factor. It consumes the code.
// Source: API_VerifySoftwareToken.
func (f *Flow) VerifySoftwareToken(ctx context.Context, p *userpool.Pool, u *userpool.User, c FirstCode) error {
	if !p.Offers(userpool.SoftwareTokenMFA) {
		return fault.SoftwareTokenOff
	}
	var t *userpool.SoftwareToken
	var step int64
	err := f.Store.View(ctx, func(tx *store.Tx) (err error) {
		t, step, err = CheckFirstCode(tx, u, c)
		return err
	})
	if err != nil {
		return err
	}
	return f.change(ctx, p, Self(u), func(tx *store.Tx, now *userpool.User) error {
		if !now.Enabled {
			return fault.UserIsDisabled
		}
		return AdoptSoftwareToken(tx, now, t, step, c)
	})
}

// CheckFirstCode verifies the first code of the pending secret, and returns the
// secret and the time step of the code. It needs no limit of attempts: the
// caller has received the secret.
func CheckFirstCode(tx *store.Tx, u *userpool.User, c FirstCode) (*userpool.SoftwareToken, int64, error) {
	t, err := tx.PendingSoftwareToken(u.PoolID, u.Username)
	if err != nil {
		return nil, 0, err
	}
	if t == nil {
		return nil, 0, nothingPending(tx, u)
	}
	secret, err := totp.ParseSecret(t.Secret.Reveal())
	if err != nil {
		return nil, 0, wrap("reading a secret", err)
	}
	step, right := secret.Verify(c.Code, tx.Now)
	if !right {
		return nil, 0, fault.WrongFirstTokenCode
	}
	return t, step, nil
}

// nothingPending returns the error for a code if no secret is pending. A
// verified secret is never compared, since that would let a caller guess its
// codes.
func nothingPending(tx *store.Tx, u *userpool.User) error {
	verified, err := tx.SoftwareToken(u.PoolID, u.Username)
	if err != nil {
		return err
	}
	if verified != nil {
		return fault.WrongFirstTokenCode
	}
	return fault.NoSoftwareToken
}

// AdoptSoftwareToken consumes a secret and code that CheckFirstCode has
// verified, and makes the secret that of u. The caller writes u.
func AdoptSoftwareToken(tx *store.Tx, u *userpool.User, t *userpool.SoftwareToken, step int64, c FirstCode) error {
	first, err := tx.AdoptSoftwareToken(u.PoolID, u.Username, t, step)
	if err != nil {
		return err
	}
	if !first {
		return nothingPending(tx, u)
	}
	u.AdoptSoftwareToken(c.DeviceName)
	return nil
}

var noSoftwareToken = fault.New(fault.ResourceNotFound, "The user has no software token.")

// DeleteSoftwareToken removes a user's authenticator app, the preference for
// it, and the recovery codes. Other factors stay. Source:
// API_AdminDeleteSoftwareToken.
func (f *Flow) DeleteSoftwareToken(ctx context.Context, p *userpool.Pool, r Ref) error {
	return f.change(ctx, p, r, func(tx *store.Tx, u *userpool.User) error {
		had, err := tx.DeleteSoftwareToken(p.ID, u.Username)
		if err != nil {
			return err
		}
		if !had {
			return noSoftwareToken
		}
		u.RemoveSoftwareToken()
		return tx.ReplaceRecoveryCodes(p.ID, u.Username, nil)
	})
}

// SetFactors is SetUserMFAPreference and AdminSetUserMFAPreference.
func (f *Flow) SetFactors(ctx context.Context, p *userpool.Pool, r Ref, s userpool.FactorSettings) error {
	return f.change(ctx, p, r, func(_ *store.Tx, u *userpool.User) error { return p.SetFactors(u, s) })
}

// AuthFactors returns a user and the authentication factors that the user has.
// Source: API_GetUserAuthFactors, API_AdminGetUserAuthFactors.
func (f *Flow) AuthFactors(ctx context.Context, p *userpool.Pool, r Ref) (u *userpool.User, kinds []string, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		if u, err = r.find(tx, p); err != nil {
			return err
		}
		cred, err := tx.Credential(p.ID, u.Username)
		if err != nil {
			return err
		}
		_, passkeys, err := f.signInPasskeys(tx, p, u)
		kinds = p.AuthFactors(u, cred != nil, len(passkeys) > 0)
		return err
	})
	return u, kinds, err
}
