package awsapi

import (
	"maps"

	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// newPoolSettings translates the request of CreateUserPool.
func newPoolSettings(in *api.CreateUserPoolRequest) (*userpool.PoolSettings, error) {
	s := &userpool.PoolSettings{
		Name: *in.PoolName, AliasAttributes: in.AliasAttributes, UsernameAttributes: in.UsernameAttributes,
		AutoVerifiedAttributes: in.AutoVerifiedAttributes, LambdaConfig: lambdaIn(in.LambdaConfig),
		SmsVerificationMessage: in.SmsVerificationMessage, EmailVerificationMessage: in.EmailVerificationMessage,
		EmailVerificationSubject: in.EmailVerificationSubject, SmsAuthenticationMessage: in.SmsAuthenticationMessage,
		VerificationMessageTemplate: templateIn(in.VerificationMessageTemplate),
		DeletionProtection:          api.Text(in.DeletionProtection), MfaConfiguration: api.Text(in.MfaConfiguration),
		UserAttributeUpdateSettings: updateSettingsIn(in.UserAttributeUpdateSettings),
		DeviceConfiguration:         deviceIn(in.DeviceConfiguration),
		EmailConfiguration:          emailIn(in.EmailConfiguration), SmsConfiguration: smsIn(in.SmsConfiguration),
		Tags:           maps.Clone(in.UserPoolTags),
		UserPoolAddOns: addOnsIn(in.UserPoolAddOns), RecoveryMechanisms: recoveryIn(in.AccountRecoverySetting),
		Tier: api.Text(in.UserPoolTier), DcrConfiguration: dcrIn(in.DcrConfiguration),
		KeyConfiguration: keyIn(in.KeyConfiguration), IssuerConfiguration: issuerIn(in.IssuerConfiguration),
		AcrConfiguration: acrIn(in.AcrConfiguration),
	}
	if u := in.UsernameConfiguration; u != nil {
		s.UsernameConfiguration = &userpool.UsernameConfiguration{CaseSensitive: isTrue(u.CaseSensitive)}
	}
	if err := policiesIn(s, in.Policies, in.AdminCreateUserConfig); err != nil {
		return nil, err
	}
	s.AdminCreateUserConfig = adminCreateIn(in.AdminCreateUserConfig)
	var err error
	s.Schema, err = userpool.BuildSchema(attributesIn(in.Schema))
	return s, err
}

// updatePoolSettings applies UpdateUserPool. Absent members of the first group
// are reset, those of the second are kept. This was measured on the live service,
// although the guide says that all are reset. As a consequence, a pool that
// verifies attributes before it changes them refuses a request without
// AutoVerifiedAttributes, as AWS does (public report ekristen/aws-nuke#477).
func updatePoolSettings(s *userpool.PoolSettings, in *api.UpdateUserPoolRequest) error {
	s.LambdaConfig = lambdaIn(in.LambdaConfig)
	s.AutoVerifiedAttributes = in.AutoVerifiedAttributes
	s.SmsVerificationMessage = in.SmsVerificationMessage
	s.EmailVerificationMessage = in.EmailVerificationMessage
	s.EmailVerificationSubject = in.EmailVerificationSubject
	s.SmsAuthenticationMessage = in.SmsAuthenticationMessage
	s.VerificationMessageTemplate = templateIn(in.VerificationMessageTemplate)
	s.DeviceConfiguration = deviceIn(in.DeviceConfiguration)
	s.UserPoolAddOns = addOnsIn(in.UserPoolAddOns)
	s.AdminCreateUserConfig = adminCreateIn(in.AdminCreateUserConfig)

	keep(&s.Name, in.PoolName)
	keep(&s.DeletionProtection, in.DeletionProtection)
	keep(&s.MfaConfiguration, in.MfaConfiguration)
	keep(&s.Tier, in.UserPoolTier)
	if in.UserAttributeUpdateSettings != nil {
		s.UserAttributeUpdateSettings = updateSettingsIn(in.UserAttributeUpdateSettings)
	}
	if in.EmailConfiguration != nil {
		s.EmailConfiguration = emailIn(in.EmailConfiguration)
	}
	if in.SmsConfiguration != nil {
		s.SmsConfiguration = smsIn(in.SmsConfiguration)
	}
	if in.UserPoolTags != nil {
		s.Tags = maps.Clone(in.UserPoolTags)
	}
	if in.AccountRecoverySetting != nil {
		s.RecoveryMechanisms = recoveryIn(in.AccountRecoverySetting)
	}
	if in.DcrConfiguration != nil {
		s.DcrConfiguration = dcrIn(in.DcrConfiguration)
	}
	if in.KeyConfiguration != nil {
		s.KeyConfiguration = keyIn(in.KeyConfiguration)
	}
	if in.IssuerConfiguration != nil {
		s.IssuerConfiguration = issuerIn(in.IssuerConfiguration)
	}
	if in.AcrConfiguration != nil {
		s.AcrConfiguration = acrIn(in.AcrConfiguration)
	}
	return policiesIn(s, in.Policies, in.AdminCreateUserConfig)
}

func keep(v *string, given *string) {
	if given != nil {
		*v = *given
	}
}

func isTrue(v *bool) bool { return v != nil && *v }

func number(v *int32) int32 {
	if v == nil {
		return 0
	}
	return *v
}

// policiesIn applies the policies that are present. The older
// UnusedAccountValidityDays means the same as TemporaryPasswordValidityDays of
// the password policy; only one of them can be set.
func policiesIn(s *userpool.PoolSettings, in *api.UserPoolPolicyType, admin *api.AdminCreateUserConfigType) error {
	var days *int32
	if in != nil && in.PasswordPolicy != nil {
		p := in.PasswordPolicy
		days = p.TemporaryPasswordValidityDays
		s.PasswordPolicy = userpool.PasswordPolicy{
			MinimumLength: number(p.MinimumLength), RequireUppercase: isTrue(p.RequireUppercase),
			RequireLowercase: isTrue(p.RequireLowercase), RequireNumbers: isTrue(p.RequireNumbers),
			RequireSymbols: isTrue(p.RequireSymbols), PasswordHistorySize: p.PasswordHistorySize,
			TemporaryPasswordValidityDays: number(days),
		}
		if p.MinimumLength == nil {
			s.PasswordPolicy.MinimumLength = userpool.DefaultPasswordPolicy().MinimumLength
		}
	}
	if in != nil && in.SignInPolicy != nil && in.SignInPolicy.AllowedFirstAuthFactors != nil {
		s.AllowedFirstAuthFactors = in.SignInPolicy.AllowedFirstAuthFactors
	}
	if admin == nil || admin.UnusedAccountValidityDays == nil {
		return nil
	}
	if days != nil {
		return userpool.ErrValidityTwice
	}
	if s.PasswordPolicy == (userpool.PasswordPolicy{}) {
		s.PasswordPolicy = userpool.DefaultPasswordPolicy()
	}
	s.PasswordPolicy.TemporaryPasswordValidityDays = *admin.UnusedAccountValidityDays
	return nil
}

func adminCreateIn(in *api.AdminCreateUserConfigType) userpool.AdminCreateUserConfig {
	if in == nil {
		return userpool.AdminCreateUserConfig{}
	}
	out := userpool.AdminCreateUserConfig{AllowAdminCreateUserOnly: isTrue(in.AllowAdminCreateUserOnly)}
	if t := in.InviteMessageTemplate; t != nil {
		out.InviteMessageTemplate = &userpool.MessageTemplate{
			SMSMessage: t.SMSMessage, EmailMessage: t.EmailMessage, EmailSubject: t.EmailSubject,
		}
	}
	return out
}

func lambdaIn(in *api.LambdaConfigType) userpool.LambdaConfig {
	if in == nil {
		return userpool.LambdaConfig{}
	}
	out := userpool.LambdaConfig{
		PreSignUp: in.PreSignUp, CustomMessage: in.CustomMessage, PostConfirmation: in.PostConfirmation,
		PreAuthentication: in.PreAuthentication, PostAuthentication: in.PostAuthentication,
		DefineAuthChallenge: in.DefineAuthChallenge, CreateAuthChallenge: in.CreateAuthChallenge,
		VerifyAuthChallengeResponse: in.VerifyAuthChallengeResponse, PreTokenGeneration: in.PreTokenGeneration,
		UserMigration: in.UserMigration, KMSKeyID: in.KMSKeyID,
	}
	if v := in.PreTokenGenerationConfig; v != nil {
		out.PreTokenGenerationConfig = target(v.LambdaVersion, v.LambdaArn)
	}
	if v := in.CustomSMSSender; v != nil {
		out.CustomSMSSender = target(v.LambdaVersion, v.LambdaArn)
	}
	if v := in.CustomEmailSender; v != nil {
		out.CustomEmailSender = target(v.LambdaVersion, v.LambdaArn)
	}
	if v := in.InboundFederation; v != nil {
		out.InboundFederation = target(v.LambdaVersion, v.LambdaArn)
	}
	return out
}

func target(version, arn *string) *userpool.LambdaTarget {
	return &userpool.LambdaTarget{LambdaVersion: api.Text(version), LambdaArn: api.Text(arn)}
}

func templateIn(in *api.VerificationMessageTemplateType) userpool.VerificationMessageTemplate {
	if in == nil {
		return userpool.VerificationMessageTemplate{}
	}
	return userpool.VerificationMessageTemplate{
		SmsMessage: in.SmsMessage, EmailMessage: in.EmailMessage, EmailSubject: in.EmailSubject,
		EmailMessageByLink: in.EmailMessageByLink, EmailSubjectByLink: in.EmailSubjectByLink,
		DefaultEmailOption: api.Text(in.DefaultEmailOption),
	}
}

func updateSettingsIn(in *api.UserAttributeUpdateSettingsType) *userpool.UserAttributeUpdateSettings {
	if in == nil {
		return nil
	}
	return &userpool.UserAttributeUpdateSettings{
		AttributesRequireVerificationBeforeUpdate: in.AttributesRequireVerificationBeforeUpdate,
	}
}

func deviceIn(in *api.DeviceConfigurationType) *userpool.DeviceConfiguration {
	if in == nil {
		return nil
	}
	return &userpool.DeviceConfiguration{
		ChallengeRequiredOnNewDevice:     in.ChallengeRequiredOnNewDevice,
		DeviceOnlyRememberedOnUserPrompt: in.DeviceOnlyRememberedOnUserPrompt,
	}
}

func emailIn(in *api.EmailConfigurationType) userpool.EmailConfiguration {
	if in == nil {
		return userpool.EmailConfiguration{}
	}
	return userpool.EmailConfiguration{
		SourceArn: in.SourceArn, ReplyToEmailAddress: in.ReplyToEmailAddress, From: in.From,
		ConfigurationSet: in.ConfigurationSet, EmailSendingAccount: api.Text(in.EmailSendingAccount),
	}
}

func smsIn(in *api.SmsConfigurationType) *userpool.SmsConfiguration {
	if in == nil {
		return nil
	}
	out := &userpool.SmsConfiguration{SnsCallerArn: in.SnsCallerArn, ExternalId: in.ExternalId, SnsRegion: in.SnsRegion}
	if e := in.EumsSms; e != nil {
		out.EumsSms = &userpool.EumsSms{
			CallerArn: e.CallerArn, ConfigurationSetName: e.ConfigurationSetName, ExternalId: e.ExternalId,
			InEntityId: e.InEntityId, InTemplateId: e.InTemplateId, OriginationIdentity: e.OriginationIdentity,
			Region: e.Region,
		}
	}
	return out
}

func addOnsIn(in *api.UserPoolAddOnsType) *userpool.UserPoolAddOns {
	if in == nil {
		return nil
	}
	out := &userpool.UserPoolAddOns{AdvancedSecurityMode: api.Text(in.AdvancedSecurityMode)}
	if f := in.AdvancedSecurityAdditionalFlows; f != nil {
		out.CustomAuthMode = f.CustomAuthMode
	}
	return out
}

func recoveryIn(in *api.AccountRecoverySettingType) []userpool.RecoveryOption {
	if in == nil {
		return nil
	}
	var out []userpool.RecoveryOption
	for _, r := range in.RecoveryMechanisms {
		out = append(out, userpool.RecoveryOption{Priority: number(r.Priority), Name: api.Text(r.Name)})
	}
	return out
}

func dcrIn(in *api.DcrConfigurationType) *userpool.DcrConfiguration {
	if in == nil {
		return nil
	}
	return &userpool.DcrConfiguration{
		EnableStatus: in.EnableStatus, OpenDcrEnabled: in.OpenDcrEnabled,
		AuthenticatedGrantTypes: in.AuthenticatedGrantTypes, OpenDcrGrantTypes: in.OpenDcrGrantTypes,
		AllowedScopes: in.AllowedScopes,
	}
}

func keyIn(in *api.KeyConfigurationType) *userpool.KeyConfiguration {
	if in == nil {
		return nil
	}
	return &userpool.KeyConfiguration{KeyType: api.Text(in.KeyType), KmsKeyArn: in.KmsKeyArn}
}

func issuerIn(in *api.IssuerConfigurationType) *userpool.IssuerConfiguration {
	if in == nil {
		return nil
	}
	return &userpool.IssuerConfiguration{Type: api.Text(in.Type)}
}

func acrIn(in map[string]api.AcrLevelConfigType) map[string]string {
	if in == nil {
		return nil
	}
	out := map[string]string{}
	for level, v := range in {
		out[level] = api.Text(v.AcrValue)
	}
	return out
}

func attributesIn(in []api.SchemaAttributeType) []userpool.AttributeInput {
	var out []userpool.AttributeInput
	for _, a := range in {
		v := userpool.AttributeInput{
			Name: api.Text(a.Name), AttributeDataType: api.Text(a.AttributeDataType),
			DeveloperOnly: a.DeveloperOnlyAttribute, Mutable: a.Mutable, Required: a.Required,
		}
		if c := a.StringAttributeConstraints; c != nil {
			v.String = &userpool.StringConstraints{MinLength: c.MinLength, MaxLength: c.MaxLength}
		}
		if c := a.NumberAttributeConstraints; c != nil {
			v.Number = &userpool.NumberConstraints{MinValue: c.MinValue, MaxValue: c.MaxValue}
		}
		out = append(out, v)
	}
	return out
}
