package userpool

import (
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// AttributeChange is what an update of attributes does to a user.
type AttributeChange struct {
	// User is the user as it is stored at once.
	User *User
	// Addresses are those among email and phone_number that were written:
	// codes on their way to what they had no longer count.
	Addresses []string
	// Proofs are the values that codes are sent to.
	Proofs []Proof
}

var errLastSignInAttribute = fault.New(fault.InvalidParameter,
	"The only attribute that the user can sign in with cannot be removed.")

// ChangeAttributes writes values that AttributeWrite has conformed; a blank
// one removes the attribute. A new e-mail address or phone number is not
// verified, unless the values say so. Where the pool verifies the attribute a
// code goes to it, and where the pool wants that before an update the old
// value stays until the code comes back. Source: API references
// UpdateUserAttributes and AdminUpdateUserAttributes, guide page
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

// address settles what a written e-mail address or phone number becomes.
func (c *AttributeChange) address(p *Pool, before *User, written Proof, vouched bool) {
	flag := written.Attribute + "_verified"
	sends := slices.Contains(p.AutoVerifiedAttributes, written.Attribute)
	switch {
	case written.Value == "":
		c.User.set(flag, "")
		c.User.loseAddress(written.Attribute)
	case !written.Pending() || vouched:
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
