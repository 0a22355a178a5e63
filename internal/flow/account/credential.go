package account

import (
	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Wording is the start of the message for a password that breaks the policy.
type Wording string

// The wordings of the operations of users, of administrators, and of
// challenges. Clients match on each. Source: messages of the service in issues
// of public clients.
const (
	SelfWording      Wording = "Password did not conform with policy: "
	AdminWording     Wording = "Password did not conform with password policy: "
	ChallengeWording Wording = "Password does not conform to policy: "
)

// CheckPolicy returns fault.InvalidPassword if a password breaks the pool's
// policy.
func CheckPolicy(p *userpool.Pool, password string, w Wording) error {
	if reason := p.PasswordPolicy.Violation(password); reason != "" {
		return fault.New(fault.InvalidPassword, string(w)+reason)
	}
	return nil
}

var passwordUsedBefore = fault.New(fault.PasswordHistoryPolicyViolation, "Password has previously been used.")

// NewCredential returns the credential of a user's first password. The caller
// checks the policy (CheckPolicy).
func (f *Flow) NewCredential(
	p *userpool.Pool, u *userpool.User, password string, temporary bool,
) (*userpool.Credential, error) {
	v, err := srp.NewVerifier(f.Entropy, p.SRPName(), u.Username, password)
	if err != nil {
		return nil, wrap("making a password verifier", err)
	}
	return &userpool.Credential{Salt: v.Salt, Verifier: v.V, SetAt: f.Clock.Now(), Temporary: temporary}, nil
}

// ReplacePassword returns the permanent credential of the new password of
// NEW_PASSWORD_REQUIRED, after it has checked the policy and the history.
func (f *Flow) ReplacePassword(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	if err := CheckPolicy(p, password, ChallengeWording); err != nil {
		return nil, err
	}
	return f.replace(p, u, old, password)
}

// replace returns a permanent credential with old, which may be nil, in its
// history. A password in the history is fault.PasswordHistoryPolicyViolation.
// Temporary passwords are not in the history: the user may keep one. Source:
// guide page managing-users-passwords.
func (f *Flow) replace(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	for _, one := range history(p, old, 1) {
		v := srp.Verifier{Salt: one.Salt, V: one.Verifier}
		if v.CheckPassword(p.SRPName(), u.Username, password) {
			return nil, passwordUsedBefore
		}
	}
	return f.withHistory(p, u, old, password)
}

// withHistory returns a permanent credential with old in its history. It does
// not check the history.
func (f *Flow) withHistory(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	c, err := f.NewCredential(p, u, password, false)
	if err != nil {
		return nil, err
	}
	c.History = history(p, old, 0)
	return c, nil
}

// replaceTemporarily is replace for a temporary password, which may be in the
// history: the user has to change it.
func (f *Flow) replaceTemporarily(
	p *userpool.Pool, u *userpool.User, old *userpool.Credential, password string,
) (*userpool.Credential, error) {
	c, err := f.withHistory(p, u, old, password)
	if err != nil {
		return nil, err
	}
	c.Temporary = true
	return c, nil
}

// history returns the current and previous passwords of old, newest first: as
// many as the pool keeps besides a current one, and more. The pool's number
// counts the current password, so that one more is compared than is kept with a
// new one.
func history(p *userpool.Pool, old *userpool.Credential, more int) []userpool.PastPassword {
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

// CheckPassword reports whether password is that of c. With a nil c, for an
// unknown user or one without a password, it does the same work and returns
// false.
func (f *Flow) CheckPassword(p *userpool.Pool, username string, c *userpool.Credential, password string) bool {
	if c == nil {
		f.decoys.Verifier(p.ID, username).CheckPassword(p.SRPName(), username, password)
		return false
	}
	return srp.Verifier{Salt: c.Salt, V: c.Verifier}.CheckPassword(p.SRPName(), username, password)
}
