package account

import (
	"context"
	"crypto/hmac"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The lengths of codes, in digits. That of choice-based sign-in was observed.
const (
	codeDigits       = 6
	signInCodeDigits = 8
)

// newCode returns a random code, or FixedCode.
func (f *Flow) newCode(digits int) string {
	if f.FixedCode != "" {
		return f.FixedCode
	}
	return f.Entropy.Digits(digits)
}

// codeMAC is the keyed hash of a code; the code itself is not stored. The hash
// covers pool, subject and purpose, so that a code is valid for these only.
func (f *Flow) codeMAC(poolID, subject string, purpose userpool.Purpose, code string) []byte {
	return f.codes.MAC(poolID, subject, string(purpose), code)
}

// letter is a new code, the message that carries it, and where it is sent. A
// decoy has no message.
type letter struct {
	code     userpool.Code
	message  *userpool.Message
	delivery userpool.Delivery
}

// write makes a new code and composes the message that carries it to the
// attribute's value.
func (f *Flow) write(ctx context.Context, m *resolved, o deliver.Occasion, attribute string) (letter, error) {
	var value string
	if m.user != nil {
		value = m.user.Attributes[attribute]
	}
	return f.writeTo(ctx, m, o, userpool.Proof{Attribute: attribute, Held: value, Value: value})
}

// writeTo is write for the value of a proof.
func (f *Flow) writeTo(ctx context.Context, m *resolved, o deliver.Occasion, proof userpool.Proof) (letter, error) {
	code, purpose := f.newCode(codeDigits), purposeOf(o, proof.Attribute)
	l := letter{code: userpool.Code{
		PoolID: m.pool.ID, Username: m.subject, Purpose: purpose,
		MAC: f.codeMAC(m.pool.ID, m.subject, purpose, code),
	}}
	if m.user == nil {
		l.delivery = deliver.DecoyDelivery(m.pool, m.typed, f.masks)
		return l, f.requireDelivery(m, o, l.delivery.Medium)
	}
	l.code.Proof = proof
	to := deliver.Recipient{Username: m.user.Username, Medium: userpool.MediumOf(proof.Attribute), Address: proof.Value}
	link, err := f.link(ctx, m, purpose)
	if err != nil {
		return l, err
	}
	message, err := f.compose(ctx, m, deliver.Draft{Occasion: o, To: to, Code: code, Link: link})
	l.message, l.delivery = &message, deliver.DeliveryOf(message, proof.Attribute)
	return l, err
}

// purposeOf returns the purpose of a code that is sent on an occasion.
func purposeOf(o deliver.Occasion, attribute string) userpool.Purpose {
	switch o {
	case deliver.SignUp, deliver.ResendCode:
		return userpool.ConfirmSignUp
	case deliver.ForgotPassword:
		return userpool.ResetPassword
	}
	return userpool.VerifyPurpose(attribute)
}

// link returns a function that makes confirmation links, or nil for codes that
// have none.
func (f *Flow) link(ctx context.Context, m *resolved, purpose userpool.Purpose) (func(string) string, error) {
	if purpose != userpool.ConfirmSignUp || m.client == nil {
		return nil, nil
	}
	var home string
	err := f.Store.View(ctx, func(tx *store.Tx) error {
		domains, err := tx.Domains(m.pool.ID)
		home = f.Addresses.Home(domains)
		return err
	})
	return func(code string) string { return deliver.ConfirmLink(home, m.client.ID, m.user.Username, code) }, err
}

// post stores the code, which replaces an older one of its purpose, and
// enqueues the message.
func (l letter) post(tx *store.Tx) error {
	l.code.Created, l.code.Expires = tx.Now, tx.Now.Add(l.code.Purpose.Lifetime())
	if err := tx.PutCode(&l.code); err != nil {
		return err
	}
	if l.message == nil {
		return nil
	}
	return tx.Enqueue(l.message)
}

// verifyCode compares a code with the outstanding one, without consuming it.
// The refusal is nil when the code is right.
func (f *Flow) verifyCode(tx *store.Tx, m *resolved, purpose userpool.Purpose, code string) (refusal, err error) {
	c, err := tx.Code(m.pool.ID, m.subject, purpose)
	if err != nil {
		return nil, err
	}
	switch {
	case c == nil || !tx.Now.Before(c.Expires):
		return fault.NoSuchCode, nil
	case !hmac.Equal(c.MAC, f.codeMAC(m.pool.ID, m.subject, purpose, code)):
		return fault.WrongVerificationCode, nil
	case m.user == nil:
		// A decoy has no right code, even if a guess matches.
		return fault.WrongVerificationCode, nil
	case outdated(c, m.user):
		return fault.NoSuchCode, nil
	}
	return nil, nil
}

// outdated reports whether the attribute has changed since the code was sent
// or, for a password reset, is no longer verified because another user has
// verified the same address.
func outdated(c *userpool.Code, u *userpool.User) bool {
	return c.Held != u.Attributes[c.Attribute] || c.Purpose == userpool.ResetPassword && !u.Verified(c.Attribute)
}

// redeemCode consumes a code after verifyCode. Of several concurrent calls one
// succeeds.
func (f *Flow) redeemCode(tx *store.Tx, m *resolved, purpose userpool.Purpose, code string) (*userpool.Code, error) {
	c, err := tx.RedeemCode(m.pool.ID, m.subject, purpose, f.codeMAC(m.pool.ID, m.subject, purpose, code))
	if err != nil {
		return nil, err
	}
	if c == nil || outdated(c, m.user) {
		return nil, fault.NoSuchCode
	}
	return c, nil
}

// redeemProof consumes a code after verifyCode, and returns the user with the
// attribute set to the value that the code was sent to, and verified. If the
// value is an alias of another user, force moves the alias.
func (f *Flow) redeemProof(
	tx *store.Tx, m *resolved, purpose userpool.Purpose, code string, force bool,
) (*userpool.User, error) {
	c, err := f.redeemCode(tx, m, purpose, code)
	if err != nil {
		return nil, err
	}
	u := m.user.Clone()
	u.Attributes[c.Attribute], u.Attributes[c.Attribute+"_verified"] = c.Value, "true"
	return u, claimAlias(tx, m.pool, u, c.Attribute, force)
}
