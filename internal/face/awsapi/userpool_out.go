package awsapi

import (
	"github.com/lifeguard-auth/lifeguard/internal/api"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// poolOut translates a pool. As in the service, members that were never set are
// absent, except some that are present but empty.
func poolOut(p *userpool.Pool, users int) *api.UserPoolType {
	arn, n := p.ARN(), int32(users)
	out := &api.UserPoolType{
		Id: &p.ID, Name: &p.Name, Arn: &arn, CreationDate: &p.Created, LastModifiedDate: &p.Modified,
		EstimatedNumberOfUsers: &n, Policies: policiesOut(p), DeletionProtection: &p.DeletionProtection,
		LambdaConfig: lambdaOut(p.LambdaConfig), SchemaAttributes: schemaOut(p.Schema),
		AutoVerifiedAttributes: p.AutoVerifiedAttributes, AliasAttributes: p.AliasAttributes,
		UsernameAttributes: p.UsernameAttributes, SmsVerificationMessage: p.SmsVerificationMessage,
		EmailVerificationMessage: p.EmailVerificationMessage, EmailVerificationSubject: p.EmailVerificationSubject,
		SmsAuthenticationMessage: p.SmsAuthenticationMessage, MfaConfiguration: &p.MfaConfiguration,
		UserPoolTier:                &p.Tier,
		VerificationMessageTemplate: templateOut(p.VerificationMessageTemplate),
		EmailConfiguration:          emailOut(p.EmailConfiguration), SmsConfiguration: smsOut(p.SmsConfiguration),
		UserPoolTags: p.Tags, AdminCreateUserConfig: adminCreateOut(p.AdminCreateUserConfig),
		AccountRecoverySetting: recoveryOut(p.RecoveryMechanisms),
		IssuerConfiguration:    &api.IssuerConfigurationType{Type: some("ORIGINAL")},
		KeyConfiguration:       &api.KeyConfigurationType{KeyType: some("AWS_OWNED_KEY")},
	}
	if out.UserPoolTags == nil {
		out.UserPoolTags = map[string]string{}
	}
	optionalPoolOut(p, out)
	return out
}

// optionalPoolOut adds the members that are present only if they were set.
func optionalPoolOut(p *userpool.Pool, out *api.UserPoolType) {
	if v := p.UsernameConfiguration; v != nil {
		out.UsernameConfiguration = &api.UsernameConfigurationType{CaseSensitive: &v.CaseSensitive}
	}
	if v := p.UserAttributeUpdateSettings; v != nil {
		out.UserAttributeUpdateSettings = &api.UserAttributeUpdateSettingsType{
			AttributesRequireVerificationBeforeUpdate: v.AttributesRequireVerificationBeforeUpdate,
		}
	}
	if v := p.DeviceConfiguration; v != nil {
		out.DeviceConfiguration = &api.DeviceConfigurationType{
			ChallengeRequiredOnNewDevice:     v.ChallengeRequiredOnNewDevice,
			DeviceOnlyRememberedOnUserPrompt: v.DeviceOnlyRememberedOnUserPrompt,
		}
	}
	if v := p.UserPoolAddOns; v != nil {
		out.UserPoolAddOns = &api.UserPoolAddOnsType{AdvancedSecurityMode: &v.AdvancedSecurityMode}
		if v.CustomAuthMode != nil {
			out.UserPoolAddOns.AdvancedSecurityAdditionalFlows = &api.AdvancedSecurityAdditionalFlowsType{
				CustomAuthMode: v.CustomAuthMode,
			}
		}
	}
	if v := p.DcrConfiguration; v != nil {
		out.DcrConfiguration = &api.DcrConfigurationType{
			EnableStatus: v.EnableStatus, OpenDcrEnabled: v.OpenDcrEnabled,
			AuthenticatedGrantTypes: v.AuthenticatedGrantTypes, OpenDcrGrantTypes: v.OpenDcrGrantTypes,
			AllowedScopes: v.AllowedScopes,
		}
	}
	if v := p.IssuerConfiguration; v != nil {
		out.IssuerConfiguration = &api.IssuerConfigurationType{Type: some(v.Type)}
	}
	if v := p.KeyConfiguration; v != nil {
		out.KeyConfiguration = &api.KeyConfigurationType{KeyType: some(v.KeyType), KmsKeyArn: v.KmsKeyArn}
	}
	if p.AcrConfiguration != nil {
		out.AcrConfiguration = map[string]api.AcrLevelConfigType{}
		for level, value := range p.EffectiveAcr() {
			out.AcrConfiguration[level] = api.AcrLevelConfigType{AcrValue: &value}
		}
	}
}

func policiesOut(p *userpool.Pool) *api.UserPoolPolicyType {
	w := p.PasswordPolicy
	return &api.UserPoolPolicyType{
		PasswordPolicy: &api.PasswordPolicyType{
			MinimumLength:    &w.MinimumLength,
			RequireUppercase: &w.RequireUppercase, RequireLowercase: &w.RequireLowercase,
			RequireNumbers: &w.RequireNumbers, RequireSymbols: &w.RequireSymbols,
			PasswordHistorySize: w.PasswordHistorySize, TemporaryPasswordValidityDays: &w.TemporaryPasswordValidityDays,
		},
		SignInPolicy: &api.SignInPolicyType{AllowedFirstAuthFactors: p.AllowedFirstAuthFactors},
	}
}

func schemaOut(schema []userpool.Attribute) []api.SchemaAttributeType {
	out := make([]api.SchemaAttributeType, 0, len(schema)+1)
	for _, a := range schema {
		v := api.SchemaAttributeType{
			Name: &a.Name, AttributeDataType: &a.AttributeDataType, DeveloperOnlyAttribute: &a.DeveloperOnlyAttribute,
			Mutable: &a.Mutable, Required: &a.Required,
		}
		if c := a.String; c != nil {
			v.StringAttributeConstraints = &api.StringAttributeConstraintsType{
				MinLength: c.MinLength, MaxLength: c.MaxLength,
			}
		}
		if c := a.Number; c != nil {
			v.NumberAttributeConstraints = &api.NumberAttributeConstraintsType{
				MinValue: c.MinValue, MaxValue: c.MaxValue,
			}
		}
		out = append(out, v)
	}
	return out
}

// standardAttributes is the number of attributes before the custom ones.
var standardAttributes = len(userpool.StandardSchema())

// withIdentities inserts the attribute identities after the standard ones.
// DescribeUserPool lists it, CreateUserPool does not.
func withIdentities(schema []api.SchemaAttributeType) []api.SchemaAttributeType {
	no, yes := false, true
	identities := api.SchemaAttributeType{
		Name: some("identities"), AttributeDataType: some("String"), DeveloperOnlyAttribute: &no, Mutable: &yes,
		Required:                   &no,
		StringAttributeConstraints: &api.StringAttributeConstraintsType{},
	}
	out := append([]api.SchemaAttributeType{}, schema[:standardAttributes]...)
	return append(append(out, identities), schema[standardAttributes:]...)
}

func lambdaOut(l userpool.LambdaConfig) *api.LambdaConfigType {
	out := &api.LambdaConfigType{
		PreSignUp: l.PreSignUp, CustomMessage: l.CustomMessage, PostConfirmation: l.PostConfirmation,
		PreAuthentication: l.PreAuthentication, PostAuthentication: l.PostAuthentication,
		DefineAuthChallenge: l.DefineAuthChallenge, CreateAuthChallenge: l.CreateAuthChallenge,
		VerifyAuthChallengeResponse: l.VerifyAuthChallengeResponse, PreTokenGeneration: l.PreTokenGeneration,
		UserMigration: l.UserMigration, KMSKeyID: l.KMSKeyID,
	}
	if t := l.PreTokenGenerationConfig; t != nil {
		out.PreTokenGenerationConfig = &api.PreTokenGenerationVersionConfigType{
			LambdaVersion: &t.LambdaVersion, LambdaArn: &t.LambdaArn,
		}
	}
	if t := l.CustomSMSSender; t != nil {
		out.CustomSMSSender = &api.CustomSMSLambdaVersionConfigType{
			LambdaVersion: &t.LambdaVersion, LambdaArn: &t.LambdaArn,
		}
	}
	if t := l.CustomEmailSender; t != nil {
		out.CustomEmailSender = &api.CustomEmailLambdaVersionConfigType{
			LambdaVersion: &t.LambdaVersion, LambdaArn: &t.LambdaArn,
		}
	}
	if t := l.InboundFederation; t != nil {
		out.InboundFederation = &api.InboundFederationLambdaType{
			LambdaVersion: &t.LambdaVersion, LambdaArn: &t.LambdaArn,
		}
	}
	return out
}

func templateOut(t userpool.VerificationMessageTemplate) *api.VerificationMessageTemplateType {
	return &api.VerificationMessageTemplateType{
		SmsMessage: t.SmsMessage, EmailMessage: t.EmailMessage, EmailSubject: t.EmailSubject,
		EmailMessageByLink: t.EmailMessageByLink, EmailSubjectByLink: t.EmailSubjectByLink,
		DefaultEmailOption: &t.DefaultEmailOption,
	}
}

func emailOut(e userpool.EmailConfiguration) *api.EmailConfigurationType {
	return &api.EmailConfigurationType{
		SourceArn: e.SourceArn, ReplyToEmailAddress: e.ReplyToEmailAddress, From: e.From,
		ConfigurationSet: e.ConfigurationSet, EmailSendingAccount: &e.EmailSendingAccount,
	}
}

func smsOut(s *userpool.SmsConfiguration) *api.SmsConfigurationType {
	if s == nil {
		return nil
	}
	out := &api.SmsConfigurationType{SnsCallerArn: s.SnsCallerArn, ExternalId: s.ExternalId, SnsRegion: s.SnsRegion}
	if e := s.EumsSms; e != nil {
		out.EumsSms = &api.EumsSmsConfigurationType{
			CallerArn: e.CallerArn, ConfigurationSetName: e.ConfigurationSetName, ExternalId: e.ExternalId,
			InEntityId: e.InEntityId, InTemplateId: e.InTemplateId, OriginationIdentity: e.OriginationIdentity,
			Region: e.Region,
		}
	}
	return out
}

func adminCreateOut(a userpool.AdminCreateUserConfig) *api.AdminCreateUserConfigType {
	out := &api.AdminCreateUserConfigType{
		AllowAdminCreateUserOnly: &a.AllowAdminCreateUserOnly, UnusedAccountValidityDays: &a.UnusedAccountValidityDays,
	}
	if t := a.InviteMessageTemplate; t != nil {
		out.InviteMessageTemplate = &api.MessageTemplateType{
			SMSMessage: t.SMSMessage, EmailMessage: t.EmailMessage, EmailSubject: t.EmailSubject,
		}
	}
	return out
}

func recoveryOut(options []userpool.RecoveryOption) *api.AccountRecoverySettingType {
	out := &api.AccountRecoverySettingType{}
	for _, r := range options {
		option := api.RecoveryOptionType{Priority: &r.Priority, Name: &r.Name}
		out.RecoveryMechanisms = append(out.RecoveryMechanisms, option)
	}
	return out
}
