package account

import (
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Wording is how a family of operations begins the refusal of a password.
type Wording string

// The three wordings; clients match on each. Source: messages received from
// the service by many public clients.
const (
	SelfWording      Wording = "Password did not conform with policy: "
	AdminWording     Wording = "Password did not conform with password policy: "
	ChallengeWording Wording = "Password does not conform to policy: "
)

// CheckPolicy refuses a password that breaks the pool's policy with
// fault.InvalidPassword.
func CheckPolicy(p *userpool.Pool, password string, w Wording) error {
	if reason := p.PasswordPolicy.Violation(password); reason != "" {
		return fault.New(fault.InvalidPassword, string(w)+reason)
	}
	return nil
}

var passwordUsedBefore = fault.New(fault.PasswordHistoryPolicyViolation, "Password has previously been used.")

// NewCredential makes the proof of a user's first password. The policy is the
// caller's affair (CheckPolicy).
func (f *Flow) NewCredential(
	p *userpool.Pool, u *userpool.User, password string, temporary bool,
) (*userpool.Credential, error) {
	v, err := srp.NewVerifier(f.Entropy, p.SRPName(), u.Username, password)
	if err != nil {
		return nil, wrap("making a password verifier", err)
	}
	return &userpool.Credential{Salt: v.Salt, Verifier: v.V, SetAt: f.Clock.Now(), Temporary: temporary}, nil
}

// ReplacePassword is the new password of NEW_PASSWORD_REQUIRED: it checks the
// policy and the history and makes a permanent credential.
func (f *Flow) ReplacePassword(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	if err := CheckPolicy(p, password, ChallengeWording); err != nil {
		return nil, err
	}
	return f.replace(p, u, old, password)
}

// replace makes a permanent credential that remembers old, which may be nil.
// It refuses a remembered password with fault.PasswordHistoryPolicyViolation.
// Temporary passwords are not remembered: the user may keep one. Source: guide
// page managing-users-passwords.
func (f *Flow) replace(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	for _, one := range remembered(p, old, 1) {
		v := srp.Verifier{Salt: one.Salt, V: one.Verifier}
		if v.CheckPassword(p.SRPName(), u.Username, password) {
			return nil, passwordUsedBefore
		}
	}
	return f.remembering(p, u, old, password)
}

// remembering makes a permanent credential that remembers old, whatever the
// password.
func (f *Flow) remembering(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	c, err := f.NewCredential(p, u, password, false)
	if err != nil {
		return nil, err
	}
	c.History = remembered(p, old, 0)
	return c, nil
}

// replaceTemporarily is replace for a temporary password, which may be one that
// was used before: the user has to replace it.
func (f *Flow) replaceTemporarily(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	c, err := f.remembering(p, u, old, password)
	if err != nil {
		return nil, err
	}
	c.Temporary = true
	return c, nil
}

// remembered are the proofs of the passwords that are in use or were, newest
// first: as many as the pool remembers besides the current one, and more. The
// pool's number counts the current password, so one more is compared than is
// kept beside a new one.
func remembered(p *userpool.Pool, old *userpool.Credential, more int) []userpool.PastPassword {
	limit := p.PasswordPolicy.RememberedPasswords()
	if old == nil || limit < 0 {
		return nil
	}
	past := old.History
	if !old.Temporary {
		past = append([]userpool.PastPassword{{Salt: old.Salt, Verifier: old.Verifier}}, past...)
	}
	return past[:min(len(past), limit+more)]
}

// CheckPassword reports whether password is the one that c proves. A nil c,
// for an unknown user or one without a password, takes the same work and is
// never right.
func (f *Flow) CheckPassword(p *userpool.Pool, username string, c *userpool.Credential, password string) bool {
	if c == nil {
		f.decoys.Verifier(p.ID, username).CheckPassword(p.SRPName(), username, password)
		return false
	}
	return srp.Verifier{Salt: c.Salt, V: c.Verifier}.CheckPassword(p.SRPName(), username, password)
}
