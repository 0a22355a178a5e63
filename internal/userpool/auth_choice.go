package userpool

import "slices"

// Choice is a first factor of a choice-based sign-in, named as its challenge.
type Choice string

// The choices. Lists use this order; the service's own order varies between
// responses.
const (
	ChoosePasswordSRP Choice = "PASSWORD_SRP"
	ChoosePassword    Choice = "PASSWORD"
	ChooseEmailCode   Choice = "EMAIL_OTP"
	ChooseSMSCode     Choice = "SMS_OTP"
	ChoosePasskey     Choice = webAuthn
)

var allChoices = []Choice{ChoosePasswordSRP, ChoosePassword, ChooseEmailCode, ChooseSMSCode, ChoosePasskey}

// Known reports whether c is one of the choices.
func (c Choice) Known() bool { return slices.Contains(allChoices, c) }

// Attribute is the attribute that the choice sends codes to, "" if it sends
// none.
func (c Choice) Attribute() string {
	switch c {
	case ChooseEmailCode:
		return "email"
	case ChooseSMSCode:
		return "phone_number"
	}
	return ""
}

// CodesTo returns the choice that sends codes to the attribute.
func CodesTo(attribute string) Choice {
	if attribute == "phone_number" {
		return ChooseSMSCode
	}
	return ChooseEmailCode
}

// Permits reports whether the choice is among the pool's first factors. There
// PASSWORD also covers PASSWORD_SRP.
func (s *PoolSettings) Permits(c Choice) bool {
	if c == ChoosePasswordSRP {
		c = ChoosePassword
	}
	return slices.Contains(s.AllowedFirstAuthFactors, string(c))
}

// Means are the credentials of a user other than addresses.
type Means struct {
	Password bool
	// Passkey: the user has one, and it is sufficient by itself.
	Passkey bool
	// SecondFactor: the user has enabled one.
	SecondFactor bool
}

// Choices returns the first factors that u may use now. Codes are also sent to
// unverified addresses and to unconfirmed users: entering the code verifies and
// confirms them. With a second factor only passwords remain, and passkeys that
// count as two factors. Source: guide pages
// amazon-cognito-user-pools-authentication-flow-methods and
// user-pool-settings-mfa; measured on the live service for users with a
// temporary password.
func (p *Pool) Choices(u *User, m Means) []Choice {
	return p.permitted(func(c Choice) bool {
		switch c {
		case ChoosePassword, ChoosePasswordSRP:
			return m.Password && u.Status != ExternalProvider
		case ChoosePasskey:
			return m.Passkey && u.Status == Confirmed
		}
		return !m.SecondFactor && p.codeReaches(u, c.Attribute(), m.Password)
	})
}

// codeReaches reports whether u may sign in with a code. An imported user has
// no password and need not set one first; a user whose password was reset must.
// Source: guide page amazon-cognito-user-pools-authentication-flow-methods.
func (p *Pool) codeReaches(u *User, attribute string, password bool) bool {
	switch u.Status {
	case Confirmed, Unconfirmed:
		return u.Attributes[attribute] != ""
	case ResetRequired:
		return !password && u.Verified(attribute)
	}
	return false
}

// DecoyChoices returns decoy choices for an unknown user: those that the pool
// permits, but some decoys have no phone number and most have no passkey. draw
// is a byte derived from the name, so that the result is stable. passkeys: the
// pool has a relying party.
func (p *Pool) DecoyChoices(name string, draw byte, passkeys bool) []Choice {
	return p.permitted(func(c Choice) bool {
		switch c {
		case ChooseSMSCode:
			return !p.Permits(ChooseEmailCode) || len(name) > 0 && name[0] == '+' || draw&1 == 0
		case ChoosePasskey:
			return passkeys && p.PasskeySuffices(false) && draw&6 == 0
		}
		return true
	})
}

// permitted returns the choices that the pool permits and for which has is
// true. Codes are excluded where MFA is required.
func (p *Pool) permitted(has func(Choice) bool) (list []Choice) {
	for _, c := range allChoices {
		if c.Attribute() != "" && p.MfaConfiguration == MFAOn {
			continue
		}
		if p.Permits(c) && has(c) {
			list = append(list, c)
		}
	}
	return list
}
