package userpool

import (
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// MediumOf returns the medium for messages to an attribute: SMS for
// phone_number, otherwise e-mail.
func MediumOf(attribute string) Medium {
	if attribute == "phone_number" {
		return SMS
	}
	return Email
}

// AttributeOf returns the attribute that is the address for a medium.
func AttributeOf(m Medium) string {
	if m == SMS {
		return "phone_number"
	}
	return "email"
}

// ConfirmationChannel returns the attribute that a sign-up code for u is sent
// to, or "" if the pool verifies none that u has. phone_number takes
// precedence. Source: guide page signing-up-users-in-your-app.
func (p *Pool) ConfirmationChannel(u *User) string {
	for _, a := range []string{"phone_number", "email"} {
		if slices.Contains(p.AutoVerifiedAttributes, a) && u.Attributes[a] != "" {
			return a
		}
	}
	return ""
}

// AdminOnlyRecovery reports whether only administrators can reset passwords.
func (p *Pool) AdminOnlyRecovery() bool {
	return slices.ContainsFunc(p.RecoveryMechanisms, func(o RecoveryOption) bool { return o.Name == "admin_only" })
}

// legacyRecovery applies to pools without the setting. Source:
// API_CreateUserPool, AccountRecoverySetting.
var legacyRecovery = []RecoveryOption{{1, "verified_phone_number"}, {2, "verified_email"}}

// RecoveryChannel returns the attribute that a password reset code for u is
// sent to: the first verified one in the pool's order. It excludes the address
// of the user's second factor, so that one address does not give access to
// both. The fault is fault.NoRecoveryContact. Source: guide page
// managing-users-passwords.
func (p *Pool) RecoveryChannel(u *User) (string, error) {
	options := slices.Clone(p.RecoveryMechanisms)
	if len(options) == 0 || p.AdminOnlyRecovery() {
		options = legacyRecovery
	}
	slices.SortStableFunc(options, func(a, b RecoveryOption) int { return int(a.Priority - b.Priority) })
	for _, o := range options {
		attribute := o.attribute()
		if u.Verified(attribute) && !p.secondFactorAt(u, attribute) {
			return attribute, nil
		}
	}
	return "", fault.NoRecoveryContact
}

// attribute is the attribute that the mechanism sends codes to.
func (o RecoveryOption) attribute() string {
	if o.Name == "verified_phone_number" {
		return "phone_number"
	}
	return "email"
}
