package userpool

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// MfaConfig is the MFA configuration of a pool, which SetUserPoolMfaConfig
// replaces as a whole. A nil block was not sent.
type MfaConfig struct {
	Mode string // OFF, OPTIONAL or ON; empty is OFF
	SMS  *SmsMfaConfiguration
	// SoftwareToken reports whether TOTP is a factor. False is returned by the API
	// as set, unlike nil.
	SoftwareToken *bool
	Email         *EmailMfaConfiguration
	WebAuthn      *WebAuthnConfiguration
}

// SmsMfaConfiguration is the text-message factor: its text and, where given,
// the pool's new SMS configuration.
type SmsMfaConfiguration struct {
	Message       *string
	Configuration *SmsConfiguration
}

// SingleFactor is the default; with MultiFactor a passkey counts as two
// factors.
const (
	SingleFactor = "SINGLE_FACTOR"
	MultiFactor  = "MULTI_FACTOR_WITH_USER_VERIFICATION"
)

// Errors of factors, with the service's texts.
var (
	errOffWithFactor = fault.Invalid(
		"Invalid MFA configuration given, can't turn off MFA and configure an MFA together.",
	)
	errNoFactor = fault.Invalid(
		"Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled.",
	)
	errOTPUnderMFA = fault.Invalid(
		"Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is enabled",
	)
	errSMSForMFA = fault.Invalid(
		"SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
	)
	errEmailAccount = fault.Invalid(
		"Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an EmailSendingAccount of " +
			"COGNITO_DEFAULT",
	)
	errOnlyEmail = fault.Invalid(
		"Email MFA cannot be enabled in a user pool whose only account recovery mechanism is verified_email.",
	)
	errSingleFactor = fault.Invalid(
		"Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required " +
			"and WebAuthn is an allowed first auth factor",
	)
)

// SetMfa replaces the pool's factors; Complete must follow. A passkey is not a
// second factor, so its block is allowed with OFF. What is omitted is disabled,
// except the pool's SMS configuration and text, which do not change. Source:
// measured on the live service.
func (s *PoolSettings) SetMfa(c MfaConfig) error {
	if c.Mode == "" {
		c.Mode = MFAOff
	}
	if err := c.check(s); err != nil {
		return err
	}
	s.MfaConfiguration = c.Mode
	s.SmsMfa, s.SoftwareTokenMfa = c.SMS != nil, c.SoftwareToken
	s.EmailMfa, s.WebAuthn = c.Email, c.WebAuthn
	if c.SMS != nil {
		s.SmsAuthenticationMessage = c.SMS.Message
		if c.SMS.Configuration != nil {
			s.SmsConfiguration = c.SMS.Configuration
		}
	}
	return nil
}

func (c MfaConfig) check(s *PoolSettings) error {
	first := func(factor string) bool { return slices.Contains(s.AllowedFirstAuthFactors, factor) }
	on := c.Mode == MFAOn
	token := c.SoftwareToken != nil && *c.SoftwareToken
	switch {
	case c.Mode == MFAOff && (c.SMS != nil || c.SoftwareToken != nil || c.Email != nil):
		return errOffWithFactor
	case on && (first("EMAIL_OTP") || first("SMS_OTP")):
		return errOTPUnderMFA
	case c.Mode != MFAOff && c.SMS == nil && !token && c.Email == nil:
		return errNoFactor
	case c.SMS != nil && c.SMS.Configuration == nil && s.SmsConfiguration == nil:
		return errSMSForMFA
	case c.Email != nil && s.EmailConfiguration.EmailSendingAccount == cognitoDefault:
		return errEmailAccount
	case on && first("WEB_AUTHN") && !c.WebAuthn.Multi():
		return errSingleFactor
	}
	return c.WebAuthn.check()
}

// MfaConfig returns the pool's factors as GetUserPoolMfaConfig does.
func (s *PoolSettings) MfaConfig() MfaConfig {
	c := MfaConfig{Mode: s.MfaConfiguration, SoftwareToken: s.SoftwareTokenMfa, Email: s.EmailMfa, WebAuthn: s.WebAuthn}
	if s.SmsMfa && s.SmsConfiguration != nil {
		c.SMS = &SmsMfaConfiguration{Message: s.SmsAuthenticationMessage, Configuration: s.SmsConfiguration}
	}
	return c
}

// offersTOTP reports whether authenticator apps are a second factor.
func (s *PoolSettings) offersTOTP() bool { return s.SoftwareTokenMfa != nil && *s.SoftwareTokenMfa }

// Multi reports whether a passkey satisfies required MFA by itself.
func (w *WebAuthnConfiguration) Multi() bool {
	return w != nil && w.FactorConfiguration != nil && *w.FactorConfiguration == MultiFactor
}

// hostName matches a domain that can be a relying party: no scheme, port or
// path.
var hostName = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

func (w *WebAuthnConfiguration) check() error {
	if w == nil || w.RelyingPartyId == nil {
		return nil
	}
	if !hostName.MatchString(*w.RelyingPartyId) {
		return fault.Invalid("RelyingPartyId must be a domain name, without scheme, port and path.")
	}
	if isPublicSuffix(*w.RelyingPartyId) {
		return fault.Invalid("RelyingPartyId must not be a public suffix.")
	}
	return nil
}

// isPublicSuffix reports whether anyone may register names below the domain. A
// single label that is not on the list, such as localhost, is not one. Source:
// https://publicsuffix.org/list. See docs/divergences MF-38.
func isPublicSuffix(domain string) bool {
	suffix, icann := publicsuffix.PublicSuffix(domain)
	return suffix == domain && (icann || strings.Contains(suffix, "."))
}
