package account

import (
	"context"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const (
	// recoveryAlphabet has no letters that are read as others: 5 bits each.
	recoveryAlphabet = "0123456789abcdefghjkmnpqrstvwxyz"
	recoveryLength   = 12
	recoveryCodes    = 10
)

var (
	recoveryOff      = fault.New(fault.UnsupportedOperation, "Recovery codes are not enabled on this server.")
	nothingToRecover = fault.New(fault.InvalidParameter,
		"The user has no second factor that a recovery code could stand in for.")
)

// NewRecoveryCodes gives a user with a second factor ten codes, each of which
// stands in for it once; they replace the ones from before. This is beyond
// Amazon Cognito, and off unless the server is told otherwise.
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

// RecoveryCodeMAC is what is kept of a user's code, however it was typed; ok is
// false where the server has no such codes, or for what is none by its form:
// the codes that are sent and that apps show are digits, and fewer.
func (f *Flow) RecoveryCodeMAC(p *userpool.Pool, u *userpool.User, code string) (mac []byte, ok bool) {
	plain := strings.ToLower(strings.NewReplacer("-", "", " ", "").Replace(code))
	if !f.RecoveryCodes || len(plain) != recoveryLength || strings.Trim(plain, recoveryAlphabet) != "" {
		return nil, false
	}
	return f.codes.MAC(p.ID, u.Sub, "recovery", plain), true
}
