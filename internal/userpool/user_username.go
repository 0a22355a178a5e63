package userpool

import (
	"regexp"
	"slices"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// usernameForm is the API's pattern: no spaces, no control characters.
var usernameForm = regexp.MustCompile(`^[\p{L}\p{M}\p{S}\p{N}\p{P}]+$`)

const maxUsername = 128

// CheckUsername checks the form of a new username, as typed, which depends on
// the pool's username and alias attributes. Source: guide page
// user-pool-settings-attributes.
func (p *Pool) CheckUsername(name string) error {
	if !usernameForm.MatchString(name) {
		return fault.Invalid(
			"1 validation error detected: Value '%s' at 'username' failed to satisfy constraint: "+
				"Member must satisfy regular expression pattern: [\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+",
			name)
	}
	if utf8.RuneCountInString(name) > maxUsername {
		return fault.Invalid(
			"1 validation error detected: Value '%s' at 'username' failed to satisfy constraint: "+
				"Member must have length less than or equal to %d",
			name, maxUsername)
	}
	if len(p.UsernameAttributes) > 0 {
		return p.checkUsernameAttribute(name)
	}
	switch {
	case slices.Contains(p.AliasAttributes, "email") && validEmail(name):
		return fault.New(fault.InvalidParameter,
			"Username cannot be of email format, since user pool is configured for email alias.")
	case slices.Contains(p.AliasAttributes, "phone_number") && validPhone(name):
		return fault.New(fault.InvalidParameter,
			"Username cannot be of phone number format, since user pool is configured for phone number alias.")
	}
	return nil
}

func (p *Pool) checkUsernameAttribute(name string) error {
	if p.UsernameAttribute(name) != "" {
		return nil
	}
	switch {
	case !p.SignsInBy("phone_number"):
		return fault.New(fault.InvalidParameter, "Username should be an email.")
	case !p.SignsInBy("email"):
		return fault.New(fault.InvalidParameter, "Username should be a phone number.")
	default:
		return fault.New(fault.InvalidParameter, "Username should be either an email or a phone number.")
	}
}

// UsernameAttribute returns the attribute that a typed username is stored in:
// email or phone_number in a pool with such username attributes. It returns ""
// in other pools, and if the form matches neither.
func (p *Pool) UsernameAttribute(name string) string {
	switch {
	case p.SignsInBy("email") && validEmail(name):
		return "email"
	case p.SignsInBy("phone_number") && validPhone(name):
		return "phone_number"
	}
	return ""
}
