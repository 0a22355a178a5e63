package userpool

import (
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Factor is a second factor, named as its challenge.
type Factor string

// The second factors. Lists use this order.
const (
	SMSMFA           Factor = "SMS_MFA"
	SoftwareTokenMFA Factor = "SOFTWARE_TOKEN_MFA"
	EmailMFA         Factor = "EMAIL_OTP"
)

var allFactors = []Factor{SMSMFA, SoftwareTokenMFA, EmailMFA}

// Attribute is the attribute that codes of the factor are sent to, "" for a
// software token.
func (f Factor) Attribute() string {
	switch f {
	case SMSMFA:
		return "phone_number"
	case EmailMFA:
		return "email"
	}
	return ""
}

// Factors are the second factors that a user has chosen.
type Factors struct {
	// Enabled are those that SetUserMFAPreference has enabled, in order.
	Enabled []Factor
	// Preferred is one of them, or empty.
	Preferred Factor
	// SoftwareToken: the user has an authenticator app whose code was verified.
	SoftwareToken bool
	// TokenName is the name that the user gave the app's device.
	TokenName string
	// Passkey: a passkey with user verification counts as two factors.
	Passkey bool
}

// SoftwareToken is the shared secret of a user's authenticator app.
type SoftwareToken struct {
	ID string
	// Secret is the app's key in base32.
	Secret Secret
	// Spent is the last time step whose code was consumed.
	Spent   int64
	Created time.Time
}

func (p *Pool) asksForFactors() bool {
	return p.MfaConfiguration == MFAOptional || p.MfaConfiguration == MFAOn
}

// Offers reports whether the factor is enabled in the pool.
func (p *Pool) Offers(f Factor) bool {
	if !p.asksForFactors() {
		return false
	}
	switch f {
	case SMSMFA:
		return p.SmsMfa && p.SmsConfiguration != nil
	case SoftwareTokenMFA:
		return p.offersTOTP()
	case EmailMFA:
		return p.EmailMfa != nil
	}
	return false
}

// FactorChoice is the second factor that a pool requires of a user. If all
// three members are empty, none is required.
type FactorChoice struct {
	// Factors are those that can be used. If there are several, the user selects
	// one.
	Factors []Factor
	// Setup are the factors that a user without one may set up.
	Setup []Factor
	// Stuck: the pool requires a factor, and there is none to use or set up.
	Stuck bool
}

// SecondFactor returns the second factor that a sign-in of u with a password
// requires. With optional MFA these are the factors that the user has enabled.
// With required MFA they may also be factors that the user has not enabled: a
// verified software token, or an address that the pool sends codes to, unless
// password resets go there first. Source: guide page user-pool-settings-mfa,
// "Details of MFA logic at user runtime".
func (p *Pool) SecondFactor(u *User) FactorChoice {
	c := p.acceptable(u)
	if slices.Contains(c.Factors, u.Factors.Preferred) {
		c.Factors = []Factor{u.Factors.Preferred}
	}
	return c
}

// Accepts reports whether u may use the factor: the preferred one, or any that
// could be selected if none were preferred.
func (p *Pool) Accepts(u *User, f Factor) bool { return slices.Contains(p.acceptable(u).Factors, f) }

// acceptable is SecondFactor before the user's preference.
func (p *Pool) acceptable(u *User) FactorChoice {
	if !p.asksForFactors() {
		return FactorChoice{}
	}
	var chosen []Factor
	for _, f := range u.EnabledFactors() {
		if p.works(u, f) {
			chosen = append(chosen, f)
		}
	}
	if len(chosen) > 0 || p.MfaConfiguration == MFAOptional {
		return FactorChoice{Factors: chosen}
	}
	return p.requiredFactor(u)
}

// works reports whether u can use the factor now. A software token remains
// usable after the pool has disabled that factor (guide page
// user-pool-settings-mfa-totp), so that no user loses the second factor by it.
func (p *Pool) works(u *User, f Factor) bool {
	if f == SoftwareTokenMFA {
		return u.Factors.SoftwareToken
	}
	return p.Offers(f) && u.Attributes[f.Attribute()] != ""
}

// requiredFactor is SecondFactor for a user who has enabled no factor in a pool
// where MFA is required.
func (p *Pool) requiredFactor(u *User) (c FactorChoice) {
	for _, f := range allFactors {
		switch {
		case f != SoftwareTokenMFA && f.Attribute() == p.primaryRecovery():
		case p.works(u, f):
			c.Factors = append(c.Factors, f)
		case p.Offers(f):
			c.Setup = append(c.Setup, f)
		}
	}
	if len(c.Factors) > 0 {
		c.Setup = nil
	}
	c.Stuck = len(c.Factors) == 0 && len(c.Setup) == 0
	return c
}

// primaryRecovery is the attribute that password resets go to first, "" if only
// administrators reset passwords.
func (p *Pool) primaryRecovery() string {
	if len(p.RecoveryMechanisms) == 0 || p.AdminOnlyRecovery() {
		return ""
	}
	first := slices.MinFunc(p.RecoveryMechanisms, func(a, b RecoveryOption) int { return int(a.Priority - b.Priority) })
	return first.attribute()
}

// secondFactorAt reports whether codes of u's second factor may be sent to the
// attribute: because the user has enabled that factor, or because the pool
// would require it.
func (p *Pool) secondFactorAt(u *User, attribute string) bool {
	at := func(f Factor) bool { return f.Attribute() == attribute && p.Offers(f) }
	return slices.ContainsFunc(u.EnabledFactors(), at) || slices.ContainsFunc(p.SecondFactor(u).Factors, at)
}

// EnabledFactors returns the factors that u has enabled, including by the older
// SetUserSettings, in order.
func (u *User) EnabledFactors() []Factor {
	if len(u.MFAOptions) == 0 || slices.Contains(u.Factors.Enabled, SMSMFA) {
		return u.Factors.Enabled
	}
	return append([]Factor{SMSMFA}, u.Factors.Enabled...)
}

// FactorSetting is the setting of one factor in SetUserMFAPreference. A nil
// member was not sent: Enabled is then false, Preferred unchanged.
type FactorSetting struct{ Enabled, Preferred *bool }

func (s FactorSetting) enabled() bool   { return s.Enabled != nil && *s.Enabled }
func (s FactorSetting) preferred() bool { return s.Preferred != nil && *s.Preferred }

// FactorSettings are the factors that a call of SetUserMFAPreference names.
// Others do not change.
type FactorSettings struct {
	Factors map[Factor]FactorSetting
	// Passkey enables passkeys with user verification as a factor; nil was not
	// sent.
	Passkey *bool
}

var (
	errPreferredOff = fault.Invalid("A factor cannot be preferred unless it is enabled.")
	errTwoPreferred = fault.Invalid("Only one factor can be set as preferred.")
	errPasskeyMFA   = fault.Invalid("User does not have delivery config set to turn on WEB_AUTHN")
)

func noDelivery(f Factor) *fault.Fault {
	return fault.Invalid("User does not have delivery config set to turn on %s", f)
}

// SetFactors implements SetUserMFAPreference. A factor can be enabled if the
// pool offers it and the user has what it requires: a verified software token,
// a phone number, or a verified e-mail address. A disabled factor is no longer
// preferred. Source: API references SetUserMFAPreference and
// AdminSetUserMFAPreference.
func (p *Pool) SetFactors(u *User, s FactorSettings) error {
	preferred := Factor("")
	for _, f := range allFactors {
		setting, named := s.Factors[f]
		switch {
		case !named:
			continue
		case setting.preferred() && !setting.enabled():
			return errPreferredOff
		case setting.preferred() && preferred != "":
			return errTwoPreferred
		case setting.enabled() && !p.canEnable(u, f):
			return noDelivery(f)
		case setting.preferred():
			preferred = f
		}
	}
	for f, setting := range s.Factors {
		u.switchFactor(f, setting)
	}
	if preferred != "" {
		u.Factors.Preferred = preferred
	}
	return p.setPasskey(u, s.Passkey)
}

func (p *Pool) canEnable(u *User, f Factor) bool {
	return p.Offers(f) && p.works(u, f) && (f != EmailMFA || u.Verified("email"))
}

func (u *User) switchFactor(f Factor, s FactorSetting) {
	if s.enabled() {
		u.EnableFactor(f)
	} else {
		u.dropFactor(f)
	}
	if s.Preferred != nil && !*s.Preferred && u.Factors.Preferred == f {
		u.Factors.Preferred = ""
	}
}

// EnableFactor enables a factor.
func (u *User) EnableFactor(f Factor) {
	var enabled []Factor
	for _, one := range allFactors {
		if one == f || slices.Contains(u.Factors.Enabled, one) {
			enabled = append(enabled, one)
		}
	}
	u.Factors.Enabled = enabled
}

// dropFactor disables a factor, whichever operation enabled it.
func (u *User) dropFactor(f Factor) {
	var enabled []Factor
	for _, one := range u.Factors.Enabled {
		if one != f {
			enabled = append(enabled, one)
		}
	}
	u.Factors.Enabled = enabled
	if u.Factors.Preferred == f {
		u.Factors.Preferred = ""
	}
	if f == SMSMFA {
		u.MFAOptions = nil
	}
}

// setPasskey makes a passkey count as two factors, if the pool allows that.
// Another factor is required, so that the user cannot be locked out. Source:
// API reference WebAuthnMfaSettingsType.
func (p *Pool) setPasskey(u *User, on *bool) error {
	if on == nil {
		return nil
	}
	if *on && (!p.asksForFactors() || !p.WebAuthn.Multi() || len(u.EnabledFactors()) == 0) {
		return errPasskeyMFA
	}
	u.Factors.Passkey = *on
	return nil
}

// AdoptSoftwareToken records that a code of u's authenticator app was verified.
// An empty name keeps the device's current one.
func (u *User) AdoptSoftwareToken(name string) {
	u.Factors.SoftwareToken = true
	if name != "" {
		u.Factors.TokenName = name
	}
}

// RemoveSoftwareToken removes u's authenticator app.
func (u *User) RemoveSoftwareToken() {
	u.dropFactor(SoftwareTokenMFA)
	u.Factors.SoftwareToken, u.Factors.TokenName = false, ""
}

// AuthFactors returns the first and second factors that u can use in the pool,
// by their names in GetUserAuthFactors. Source: API reference
// AdminGetUserAuthFactors.
func (p *Pool) AuthFactors(u *User, password, passkey bool) (list []string) {
	first := func(factor, attribute string) bool {
		return slices.Contains(p.AllowedFirstAuthFactors, factor) && u.Verified(attribute)
	}
	for _, f := range []struct {
		name string
		has  bool
	}{
		{"PASSWORD", password},
		{"EMAIL_OTP", first("EMAIL_OTP", "email") || p.works(u, EmailMFA)},
		{"SMS_OTP", first("SMS_OTP", "phone_number") || p.works(u, SMSMFA)},
		{"WEB_AUTHN", passkey},
		{"SOFTWARE_TOKEN", u.Factors.SoftwareToken},
	} {
		if f.has {
			list = append(list, f.name)
		}
	}
	return list
}

// loseAddress disables the factor whose codes went to the attribute, if u no
// longer has it.
func (u *User) loseAddress(attribute string) {
	for _, f := range allFactors {
		if f.Attribute() == attribute && u.Attributes[attribute] == "" {
			u.dropFactor(f)
		}
	}
}
