package account

import (
	"context"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	// recoveryAlphabet has no letters that look like others. Each character has
	// 5 bits.
	recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	recoveryLength   = 12
	recoveryCodes    = 10
)

var (
	recoveryOff      = fault.New(fault.UnsupportedOperation, "Recovery codes are not enabled on this server.")
	nothingToRecover = fault.New(fault.InvalidParameter,
		"The user has no second factor that a recovery code could stand in for.")
)

// NewRecoveryCodes returns ten new recovery codes for a user with a second
// factor and replaces the previous ones. Each code replaces the second factor
// once. Amazon Cognito has no such codes; they are off unless the server is
// configured to have them.
func (f *Flow) NewRecoveryCodes(ctx context.Context, p *userpool.Pool, r Ref) ([]string, error) {
	if !f.RecoveryCodes {
		return nil, recoveryOff
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		c := f.Entropy.Pick(recoveryAlphabet, recoveryLength)
		codes[i] = c[:4] + "-" + c[4:8] + "-" + c[8:]
	}
	return codes, f.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := r.find(tx, p)
		if err != nil {
			return err
		}
		if !u.Enabled {
			return fault.UserIsDisabled
		}
		if len(p.SecondFactor(u).Factors) == 0 {
			return nothingToRecover
		}
		macs := make([][]byte, len(codes))
		for i, c := range codes {
			macs[i], _ = f.RecoveryCodeMAC(p, u, c)
		}
		return tx.ReplaceRecoveryCodes(p.ID, u.Username, macs)
	})
}

// RecoveryCodeMAC returns the keyed hash of a code, in any spelling; the code
// itself is not stored. ok is false if the server has no recovery codes, or if
// the code does not have their form: other codes are digits, and shorter.
func (f *Flow) RecoveryCodeMAC(p *userpool.Pool, u *userpool.User, code string) (mac []byte, ok bool) {
	plain := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	if !f.RecoveryCodes || len(plain) != recoveryLength || strings.Trim(plain, recoveryAlphabet) != "" {
		return nil, false
	}
	return f.codes.MAC(p.ID, u.Sub, "recovery", plain), true
}
