package userpool

import "slices"

// Choice is a way to begin a choice-based sign-in, by the name of the challenge
// that it leads to.
type Choice string

// The choices. Lists of them stand in this order; the service's own order
// changes from answer to answer.
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

// Attribute is where the codes of a choice go, "" for one that sends none.
func (c Choice) Attribute() string {
	switch c {
	case ChooseEmailCode:
		return "email"
	case ChooseSMSCode:
		return "phone_number"
	}
	return ""
}

// CodesTo is the choice whose codes go to the attribute.
func CodesTo(attribute string) Choice {
	if attribute == "phone_number" {
		return ChooseSMSCode
	}
	return ChooseEmailCode
}

// Permits reports whether the choice is among the pool's first factors, of
// which PASSWORD stands for both forms of password.
func (s *PoolSettings) Permits(c Choice) bool {
	if c == ChoosePasswordSRP {
		c = ChoosePassword
	}
	return slices.Contains(s.AllowedFirstAuthFactors, string(c))
}

// Means are what a user could sign in by, beside an address.
type Means struct {
	Password bool
	// Passkey: there is one, and it suffices now.
	Passkey bool
	// SecondFactor: the user has one switched on.
	SecondFactor bool
}

// Choices are the ways in which u may begin a sign-in now. Codes also go to
// addresses that are not verified, and to users who have yet to confirm: the
// right one does both. A second factor leaves passwords, and passkeys that
// count for two. Source: guide pages
// amazon-cognito-user-pools-authentication-flow-methods and
// user-pool-settings-mfa; measured for users with a temporary password.
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

// codeReaches reports whether a code may sign u in. A user who was imported has
// no password and need not set one first; one whose password was reset must.
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

// PretendChoices are those of somebody who does not exist: what the pool
// permits, of which not everybody has a phone number and few have a passkey. draw
// is always the same for one name. passkeys: the pool has a relying party.
func (p *Pool) PretendChoices(name string, draw byte, passkeys bool) []Choice {
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

// permitted are the choices that the pool permits and has reports. Codes are
// none where everybody needs a second factor.
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
