package userpool

import (
	"slices"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// MediumOf is how the holder of an attribute is reached: by SMS at a
// phone_number, otherwise by e-mail.
func MediumOf(attribute string) Medium {
	if attribute == "phone_number" {
		return SMS
	}
	return Email
}

// AttributeOf is where users keep their address of a medium.
func AttributeOf(m Medium) string {
	if m == SMS {
		return "phone_number"
	}
	return "email"
}

// ConfirmationChannel is the attribute that a sign-up code for u goes to, ""
// when the pool verifies nothing that u has. Of two, the phone gets it.
// Source: guide page signing-up-users-in-your-app.
func (p *Pool) ConfirmationChannel(u *User) string {
	for _, a := range []string{"phone_number", "email"} {
		if slices.Contains(p.AutoVerifiedAttributes, a) && u.Attributes[a] != "" {
			return a
		}
	}
	return ""
}

// AdminOnlyRecovery reports whether users of the pool cannot reset their own
// passwords.
func (p *Pool) AdminOnlyRecovery() bool {
	return slices.ContainsFunc(p.RecoveryMechanisms, func(o RecoveryOption) bool { return o.Name == "admin_only" })
}

// legacyRecovery holds for pools without the setting. Source:
// API_CreateUserPool, AccountRecoverySetting.
var legacyRecovery = []RecoveryOption{{1, "verified_phone_number"}, {2, "verified_email"}}

// RecoveryChannel is the attribute that a password reset code for u goes to:
// the verified one that the pool prefers, unless the codes of the user's
// second factor go there: one address must not open both doors. The fault is
// fault.NoRecoveryContact. Source: guide page managing-users-passwords.
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

// attribute is where the mechanism sends its codes.
func (o RecoveryOption) attribute() string {
	if o.Name == "verified_phone_number" {
		return "phone_number"
	}
	return "email"
}
