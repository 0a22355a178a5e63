package userpool

import (
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// AttributeChange is the effect of an update of attributes on a user.
type AttributeChange struct {
	// User is the user to store now.
	User *User
	// Addresses are those of email and phone_number that were written. Outstanding
	// codes for them become invalid.
	Addresses []string
	// Proofs are the values to which codes must be sent.
	Proofs []Proof
}

var errLastSignInAttribute = fault.New(fault.InvalidParameter,
	"The only attribute that the user can sign in with cannot be removed.")

// ChangeAttributes applies values that Conform returned; a blank one removes
// the attribute. A new e-mail address or phone number is unverified unless the
// values include its verified flag. If the pool verifies the attribute
// automatically, a code is sent to it. If the pool requires verification before
// an update, the old value stays until the code is redeemed. Source: API
// references UpdateUserAttributes and AdminUpdateUserAttributes, guide page
// user-pool-settings-email-phone-verification.
func (p *Pool) ChangeAttributes(u *User, values map[string]string) (AttributeChange, error) {
	c := AttributeChange{User: u.Clone()}
	if c.User.Attributes == nil {
		c.User.Attributes = map[string]string{}
	}
	for name, value := range values {
		c.User.set(name, value)
	}
	for _, attribute := range []string{"email", "phone_number"} {
		if value, written := values[attribute]; written {
			c.Addresses = append(c.Addresses, attribute)
			c.address(p, u, Proof{Attribute: attribute, Held: u.Attributes[attribute], Value: value},
				values[attribute+"_verified"] == "true")
		}
	}
	if p.hasSignInValue(u) && !p.hasSignInValue(c.User) {
		return c, errLastSignInAttribute
	}
	return c, nil
}

// address applies a written e-mail address or phone number. verified: the
// caller has marked it as verified.
func (c *AttributeChange) address(p *Pool, before *User, written Proof, verified bool) {
	flag := written.Attribute + "_verified"
	sends := slices.Contains(p.AutoVerifiedAttributes, written.Attribute)
	switch {
	case written.Value == "":
		c.User.set(flag, "")
		c.User.loseAddress(written.Attribute)
	case !written.Pending() || verified:
	case p.keepsUntilVerified(written.Attribute):
		c.User.set(written.Attribute, written.Held)
		c.User.set(flag, before.Attributes[flag])
		c.Proofs = append(c.Proofs, written)
	default:
		c.User.set(flag, "false")
		if sends {
			written.Held = written.Value
			c.Proofs = append(c.Proofs, written)
		}
	}
}

func (p *Pool) keepsUntilVerified(attribute string) bool {
	s := p.UserAttributeUpdateSettings
	return s != nil && slices.Contains(s.AttributesRequireVerificationBeforeUpdate, attribute)
}

// hasSignInValue reports whether the user has a value of a username attribute
// to sign in by.
func (p *Pool) hasSignInValue(u *User) bool {
	return slices.ContainsFunc(p.SignInAttributes(u), func(a string) bool { return u.Attributes[a] != "" })
}

// set gives an attribute a value; a blank one removes it.
func (u *User) set(name, value string) {
	if value == "" {
		delete(u.Attributes, name)
		return
	}
	u.Attributes[name] = value
}
