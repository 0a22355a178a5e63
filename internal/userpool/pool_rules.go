package userpool

import (
	"regexp"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Values of settings that the rules use.
const (
	MFAOff      = "OFF"
	MFAOptional = "OPTIONAL"
	MFAOn       = "ON"

	TierLite       = "LITE"
	TierEssentials = "ESSENTIALS"
	TierPlus       = "PLUS"

	codeOption     = "CONFIRM_WITH_CODE"
	cognitoDefault = "COGNITO_DEFAULT"
)

// DefaultPasswordPolicy is the policy of a pool created without one. Source:
// API reference CreateUserPool.
func DefaultPasswordPolicy() PasswordPolicy {
	return PasswordPolicy{
		MinimumLength: 8, RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true,
		TemporaryPasswordValidityDays: defaultValidityDays,
	}
}

// Complete sets defaults, makes settings with the same meaning equal, and
// refuses invalid combinations. Every create and update of a pool calls it.
// Sources of the faults: guide page cognito-user-pool-updating and the
// service's own responses.
func (s *PoolSettings) Complete() error {
	s.fillDefaults()
	for _, rule := range []func(*PoolSettings) error{
		signInNames, lambdaRules, messageRules, attributeUpdateRules, factorRules, recoveryRules,
		senderRules, smsRules, tagRules, acrRules, keyRules,
	} {
		if err := rule(s); err != nil {
			return err
		}
	}
	return nil
}

func (s *PoolSettings) fillDefaults() {
	fill := func(v *string, fallback string) {
		if *v == "" {
			*v = fallback
		}
	}
	tier := TierEssentials
	if s.ThreatProtection() {
		tier = TierPlus
	}
	fill(&s.Tier, tier)
	fill(&s.MfaConfiguration, MFAOff)
	fill(&s.DeletionProtection, "INACTIVE")
	fill(&s.VerificationMessageTemplate.DefaultEmailOption, codeOption)
	fill(&s.EmailConfiguration.EmailSendingAccount, cognitoDefault)
	if len(s.AllowedFirstAuthFactors) == 0 {
		s.AllowedFirstAuthFactors = []string{"PASSWORD"}
	}
	if s.PasswordPolicy == (PasswordPolicy{}) {
		s.PasswordPolicy = DefaultPasswordPolicy()
	}
	if s.PasswordPolicy.TemporaryPasswordValidityDays == 0 {
		s.PasswordPolicy.TemporaryPasswordValidityDays = defaultValidityDays
	}
	s.AdminCreateUserConfig.UnusedAccountValidityDays = s.PasswordPolicy.TemporaryPasswordValidityDays
	if len(s.RecoveryMechanisms) == 0 {
		s.RecoveryMechanisms = []RecoveryOption{{1, "verified_email"}, {2, "verified_phone_number"}}
	}
	// The target of a pointer may be shared with readers, so it is replaced.
	if k := s.KeyConfiguration; k != nil && k.KeyType == "" {
		s.KeyConfiguration = &KeyConfiguration{KeyType: "AWS_OWNED_KEY", KmsKeyArn: k.KmsKeyArn}
	}
	if i := s.IssuerConfiguration; i != nil && i.Type == "" {
		s.IssuerConfiguration = &IssuerConfiguration{Type: "ORIGINAL"}
	}
	s.SmsMfa = s.SmsMfa ||
		s.MfaConfiguration != MFAOff && s.SmsConfiguration != nil && !s.offersTOTP() && s.EmailMfa == nil
}

func signInNames(s *PoolSettings) error {
	if len(s.AliasAttributes) > 0 && len(s.UsernameAttributes) > 0 {
		return fault.Invalid("Only one of the aliasAttributes or usernameAttributes can be set in a user pool.")
	}
	return nil
}

// lambdaRules makes the two members for the pre token generation trigger equal.
func lambdaRules(s *PoolSettings) error {
	l := &s.LambdaConfig
	switch {
	case l.PreTokenGeneration != nil && l.PreTokenGenerationConfig != nil:
		if *l.PreTokenGeneration != l.PreTokenGenerationConfig.LambdaArn {
			return fault.Invalid("PreTokenGeneration and PreTokenGenerationConfig must name the same Lambda function.")
		}
	case l.PreTokenGenerationConfig != nil:
		arn := l.PreTokenGenerationConfig.LambdaArn
		l.PreTokenGeneration = &arn
	case l.PreTokenGeneration != nil:
		l.PreTokenGenerationConfig = &LambdaTarget{LambdaVersion: "V1_0", LambdaArn: *l.PreTokenGeneration}
	}
	if (l.CustomSMSSender != nil || l.CustomEmailSender != nil) && l.KMSKeyID == nil {
		return fault.Invalid("KMSKeyID is required when a custom sender is configured.")
	}
	return nil
}

// messageRules makes the older members equal to the template's, and checks the
// placeholders of the invitation. The patterns of the API model check those of
// verification messages.
func messageRules(s *PoolSettings) error {
	t := &s.VerificationMessageTemplate
	mirror(&s.SmsVerificationMessage, &t.SmsMessage)
	mirror(&s.EmailVerificationMessage, &t.EmailMessage)
	mirror(&s.EmailVerificationSubject, &t.EmailSubject)
	invite := s.AdminCreateUserConfig.InviteMessageTemplate
	if invite == nil {
		return nil
	}
	for name, text := range map[string]*string{"EmailMessage": invite.EmailMessage, "SMSMessage": invite.SMSMessage} {
		if text != nil && !strings.Contains(*text, "{username}") {
			return fault.Invalid("%s must contain the {username} parameter for Admin create user flow.", name)
		}
	}
	return nil
}

// mirror makes two members with the same meaning equal. The template's value
// takes precedence.
func mirror(old, template **string) {
	if *template == nil {
		*template = *old
	}
	*old = *template
}

func attributeUpdateRules(s *PoolSettings) error {
	if s.UserAttributeUpdateSettings == nil {
		return nil
	}
	for _, a := range s.UserAttributeUpdateSettings.AttributesRequireVerificationBeforeUpdate {
		if !slices.Contains(s.AutoVerifiedAttributes, a) {
			return fault.Invalid(
				"All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
			)
		}
	}
	return nil
}

// factorRules checks which first and second factors can be combined.
func factorRules(s *PoolSettings) error {
	allows := func(f string) bool { return slices.Contains(s.AllowedFirstAuthFactors, f) }
	if s.MfaConfiguration != MFAOff && s.SmsConfiguration == nil && !s.offersTOTP() && s.EmailMfa == nil {
		return errSMSForMFA
	}
	if s.EmailMfa != nil && len(s.RecoveryMechanisms) == 1 && s.RecoveryMechanisms[0].Name == "verified_email" {
		return errOnlyEmail
	}
	if allows("SMS_OTP") && s.SmsConfiguration == nil {
		return fault.Invalid(
			"SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS configuration")
	}
	if s.MfaConfiguration == MFAOn && (allows("EMAIL_OTP") || allows("SMS_OTP")) {
		return errOTPUnderMFA
	}
	if allows("WEB_AUTHN") {
		if s.MfaConfiguration == MFAOn && !s.WebAuthn.Multi() {
			return fault.Invalid(
				"WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA")
		}
		if len(s.AllowedFirstAuthFactors) == 1 {
			return fault.Invalid(
				"WEB_AUTHN must be accompanied by at least one other factor in AllowedFirstAuthFactors.")
		}
	}
	return nil
}

func recoveryRules(s *PoolSettings) error {
	priorities, names := map[int32]bool{}, map[string]bool{}
	for _, r := range s.RecoveryMechanisms {
		if priorities[r.Priority] || names[r.Name] {
			return fault.Invalid("Recovery mechanisms and their priorities must be unique.")
		}
		priorities[r.Priority], names[r.Name] = true, true
	}
	if names["admin_only"] && len(names) > 1 {
		return fault.Invalid("admin_only cannot be combined with other recovery mechanisms.")
	}
	return nil
}

func senderRules(s *PoolSettings) error {
	if s.EmailConfiguration.EmailSendingAccount == "DEVELOPER" && s.EmailConfiguration.SourceArn == nil {
		return fault.New(fault.InvalidEmailRoleAccessPolicy,
			"SourceArn is required when EmailSendingAccount is DEVELOPER.")
	}
	return nil
}

// AcrLevels are the assurance levels of authentication. Source: guide page
// cognito-user-pools-step-up-authentication.
var AcrLevels = []string{"Level1", "Level2", "Level3", "Level4"}

// EffectiveAcr returns the name of each assurance level, set or default.
func (s *PoolSettings) EffectiveAcr() map[string]string {
	out := map[string]string{}
	for i, level := range AcrLevels {
		out[level] = "urn:cognito:loa:" + string(rune('1'+i))
		if v, ok := s.AcrConfiguration[level]; ok {
			out[level] = v
		}
	}
	return out
}

func acrRules(s *PoolSettings) error {
	for level, value := range s.AcrConfiguration {
		if !slices.Contains(AcrLevels, level) {
			return fault.Invalid("AcrConfiguration has no level %s; the levels are Level1 to Level4.", level)
		}
		if value == "" || len(value) > 64 || strings.ContainsAny(value, " \"\\") {
			return fault.Invalid(
				"The AcrValue of %s must have 1 to 64 characters without spaces, quotes and backslashes.", level)
		}
	}
	seen := map[string]bool{}
	for _, value := range s.EffectiveAcr() {
		if seen[value] {
			return fault.Invalid("The AcrValues of the levels must be unique.")
		}
		seen[value] = true
	}
	return nil
}

var keyARN = regexp.MustCompile(`^arn:[\w-]+:kms:[\w-]+:\d{12}:key/.+$`)

// keyRules refuses an alias of a key. Source: API reference
// KeyConfigurationType.
func keyRules(s *PoolSettings) error {
	k := s.KeyConfiguration
	switch {
	case k == nil:
		return nil
	case (k.KeyType == "CUSTOMER_MANAGED_KEY") != (k.KmsKeyArn != nil):
		return fault.Invalid("KmsKeyArn belongs to KeyType CUSTOMER_MANAGED_KEY, and only to it.")
	case k.KmsKeyArn != nil && !keyARN.MatchString(*k.KmsKeyArn):
		return fault.Invalid("KmsKeyArn must be the ARN of a key.")
	}
	return nil
}

// ErrValidityTwice is the error for a lifetime of temporary passwords that is
// set in both of its members.
var ErrValidityTwice = fault.Invalid(
	"Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
)
