package record

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Pool is the settings of a pool.
var Pool = of("pool", 1, fromPool, toPool)

type pool struct {
	Name                        string                       `json:"Name"`
	PasswordPolicy              passwordPolicy               `json:"PasswordPolicy"`
	AllowedFirstAuthFactors     []string                     `json:"AllowedFirstAuthFactors"`
	DeletionProtection          string                       `json:"DeletionProtection"`
	LambdaConfig                lambdaConfig                 `json:"LambdaConfig"`
	AutoVerifiedAttributes      []string                     `json:"AutoVerifiedAttributes"`
	AliasAttributes             []string                     `json:"AliasAttributes"`
	UsernameAttributes          []string                     `json:"UsernameAttributes"`
	UsernameConfiguration       *usernameConfiguration       `json:"UsernameConfiguration"`
	Schema                      []attribute                  `json:"Schema"`
	VerificationMessageTemplate verificationMessageTemplate  `json:"VerificationMessageTemplate"`
	SmsVerificationMessage      *string                      `json:"SmsVerificationMessage"`
	EmailVerificationMessage    *string                      `json:"EmailVerificationMessage"`
	EmailVerificationSubject    *string                      `json:"EmailVerificationSubject"`
	SmsAuthenticationMessage    *string                      `json:"SmsAuthenticationMessage"`
	MfaConfiguration            string                       `json:"MfaConfiguration"`
	UserAttributeUpdateSettings *userAttributeUpdateSettings `json:"UserAttributeUpdateSettings"`
	DeviceConfiguration         *deviceConfiguration         `json:"DeviceConfiguration"`
	EmailConfiguration          emailConfiguration           `json:"EmailConfiguration"`
	SmsConfiguration            *smsConfiguration            `json:"SmsConfiguration"`
	Tags                        map[string]string            `json:"Tags"`
	AdminCreateUserConfig       adminCreateUserConfig        `json:"AdminCreateUserConfig"`
	UserPoolAddOns              *userPoolAddOns              `json:"UserPoolAddOns"`
	RecoveryMechanisms          []recoveryOption             `json:"RecoveryMechanisms"`
	Tier                        string                       `json:"Tier"`
	DcrConfiguration            *dcrConfiguration            `json:"DcrConfiguration"`
	IssuerConfiguration         *issuerConfiguration         `json:"IssuerConfiguration"`
	KeyConfiguration            *keyConfiguration            `json:"KeyConfiguration"`
	AcrConfiguration            map[string]string            `json:"AcrConfiguration"`
	SmsMfa                      bool                         `json:"SmsMfa"`
	SoftwareTokenMfa            *bool                        `json:"SoftwareTokenMfa"`
	EmailMfa                    *emailMfaConfiguration       `json:"EmailMfa"`
	WebAuthn                    *webAuthnConfiguration       `json:"WebAuthn"`
	Sessions                    *sessionConfiguration        `json:"Sessions,omitempty"`
	LogDelivery                 []logConfiguration           `json:"LogDelivery,omitempty"`
	Replicas                    []replica                    `json:"Replicas,omitempty"`
	Quotas                      map[userpool.Quota]int       `json:"Quotas,omitempty"`
}

type passwordPolicy struct {
	MinimumLength                 int32  `json:"MinimumLength"`
	RequireUppercase              bool   `json:"RequireUppercase"`
	RequireLowercase              bool   `json:"RequireLowercase"`
	RequireNumbers                bool   `json:"RequireNumbers"`
	RequireSymbols                bool   `json:"RequireSymbols"`
	PasswordHistorySize           *int32 `json:"PasswordHistorySize,omitempty"`
	TemporaryPasswordValidityDays int32  `json:"TemporaryPasswordValidityDays"`
}

type lambdaConfig struct {
	PreSignUp                   *string       `json:"PreSignUp,omitempty"`
	CustomMessage               *string       `json:"CustomMessage,omitempty"`
	PostConfirmation            *string       `json:"PostConfirmation,omitempty"`
	PreAuthentication           *string       `json:"PreAuthentication,omitempty"`
	PostAuthentication          *string       `json:"PostAuthentication,omitempty"`
	DefineAuthChallenge         *string       `json:"DefineAuthChallenge,omitempty"`
	CreateAuthChallenge         *string       `json:"CreateAuthChallenge,omitempty"`
	VerifyAuthChallengeResponse *string       `json:"VerifyAuthChallengeResponse,omitempty"`
	PreTokenGeneration          *string       `json:"PreTokenGeneration,omitempty"`
	UserMigration               *string       `json:"UserMigration,omitempty"`
	KMSKeyID                    *string       `json:"KMSKeyID,omitempty"`
	PreTokenGenerationConfig    *lambdaTarget `json:"PreTokenGenerationConfig,omitempty"`
	CustomSMSSender             *lambdaTarget `json:"CustomSMSSender,omitempty"`
	CustomEmailSender           *lambdaTarget `json:"CustomEmailSender,omitempty"`
	InboundFederation           *lambdaTarget `json:"InboundFederation,omitempty"`
}

type lambdaTarget struct {
	LambdaVersion string `json:"LambdaVersion"`
	LambdaArn     string `json:"LambdaArn"`
}

type usernameConfiguration struct {
	CaseSensitive bool `json:"CaseSensitive"`
}

type attribute struct {
	Name                   string             `json:"Name"`
	AttributeDataType      string             `json:"AttributeDataType"`
	DeveloperOnlyAttribute bool               `json:"DeveloperOnlyAttribute"`
	Mutable                bool               `json:"Mutable"`
	Required               bool               `json:"Required"`
	String                 *stringConstraints `json:"String,omitempty"`
	Number                 *numberConstraints `json:"Number,omitempty"`
}

type stringConstraints struct {
	MinLength *string `json:"MinLength"`
	MaxLength *string `json:"MaxLength"`
}

type numberConstraints struct {
	MinValue *string `json:"MinValue"`
	MaxValue *string `json:"MaxValue"`
}

type verificationMessageTemplate struct {
	SmsMessage         *string `json:"SmsMessage,omitempty"`
	EmailMessage       *string `json:"EmailMessage,omitempty"`
	EmailSubject       *string `json:"EmailSubject,omitempty"`
	EmailMessageByLink *string `json:"EmailMessageByLink,omitempty"`
	EmailSubjectByLink *string `json:"EmailSubjectByLink,omitempty"`
	DefaultEmailOption string  `json:"DefaultEmailOption"`
}

type userAttributeUpdateSettings struct {
	AttributesRequireVerificationBeforeUpdate []string `json:"AttributesRequireVerificationBeforeUpdate"`
}

type deviceConfiguration struct {
	ChallengeRequiredOnNewDevice     *bool `json:"ChallengeRequiredOnNewDevice"`
	DeviceOnlyRememberedOnUserPrompt *bool `json:"DeviceOnlyRememberedOnUserPrompt"`
}

type emailConfiguration struct {
	SourceArn           *string `json:"SourceArn,omitempty"`
	ReplyToEmailAddress *string `json:"ReplyToEmailAddress,omitempty"`
	From                *string `json:"From,omitempty"`
	ConfigurationSet    *string `json:"ConfigurationSet,omitempty"`
	EmailSendingAccount string  `json:"EmailSendingAccount"`
}

type smsConfiguration struct {
	SnsCallerArn *string  `json:"SnsCallerArn,omitempty"`
	ExternalId   *string  `json:"ExternalId,omitempty"`
	SnsRegion    *string  `json:"SnsRegion,omitempty"`
	EumsSms      *eumsSms `json:"EumsSms,omitempty"`
}

type eumsSms struct {
	CallerArn            *string `json:"CallerArn,omitempty"`
	ConfigurationSetName *string `json:"ConfigurationSetName,omitempty"`
	ExternalId           *string `json:"ExternalId,omitempty"`
	InEntityId           *string `json:"InEntityId,omitempty"`
	InTemplateId         *string `json:"InTemplateId,omitempty"`
	OriginationIdentity  *string `json:"OriginationIdentity,omitempty"`
	Region               *string `json:"Region,omitempty"`
}

type adminCreateUserConfig struct {
	AllowAdminCreateUserOnly  bool             `json:"AllowAdminCreateUserOnly"`
	UnusedAccountValidityDays int32            `json:"UnusedAccountValidityDays"`
	InviteMessageTemplate     *messageTemplate `json:"InviteMessageTemplate,omitempty"`
}

type messageTemplate struct {
	SMSMessage   *string `json:"SMSMessage"`
	EmailMessage *string `json:"EmailMessage"`
	EmailSubject *string `json:"EmailSubject"`
}

type userPoolAddOns struct {
	AdvancedSecurityMode string  `json:"AdvancedSecurityMode"`
	CustomAuthMode       *string `json:"CustomAuthMode,omitempty"`
}

type recoveryOption struct {
	Priority int32  `json:"Priority"`
	Name     string `json:"Name"`
}

type dcrConfiguration struct {
	EnableStatus            *string  `json:"EnableStatus,omitempty"`
	OpenDcrEnabled          *bool    `json:"OpenDcrEnabled,omitempty"`
	AuthenticatedGrantTypes []string `json:"AuthenticatedGrantTypes"`
	OpenDcrGrantTypes       []string `json:"OpenDcrGrantTypes"`
	AllowedScopes           []string `json:"AllowedScopes"`
}

type issuerConfiguration struct {
	Type string `json:"Type"`
}

type keyConfiguration struct {
	KeyType   string  `json:"KeyType"`
	KmsKeyArn *string `json:"KmsKeyArn,omitempty"`
}

type emailMfaConfiguration struct {
	Message *string `json:"Message"`
	Subject *string `json:"Subject"`
}

type webAuthnConfiguration struct {
	RelyingPartyId      *string `json:"RelyingPartyId"`
	UserVerification    *string `json:"UserVerification"`
	FactorConfiguration *string `json:"FactorConfiguration"`
}

type sessionConfiguration struct {
	Tracking   bool  `json:"Tracking"`
	MaxPerUser int32 `json:"MaxPerUser"`
}

type logConfiguration struct {
	EventSource string  `json:"EventSource"`
	LogLevel    string  `json:"LogLevel"`
	LogGroupArn *string `json:"LogGroupArn,omitempty"`
	BucketArn   *string `json:"BucketArn,omitempty"`
	StreamArn   *string `json:"StreamArn,omitempty"`
}

type replica struct {
	Region string                `json:"Region"`
	Phase  userpool.ReplicaState `json:"Phase"`
	Since  time.Time             `json:"Since"`
	Tags   map[string]string     `json:"Tags,omitempty"`
}

func fromPool(s userpool.PoolSettings) pool {
	return pool{
		Name:                        s.Name,
		PasswordPolicy:              passwordPolicy(s.PasswordPolicy),
		AllowedFirstAuthFactors:     s.AllowedFirstAuthFactors,
		DeletionProtection:          s.DeletionProtection,
		LambdaConfig:                fromLambdaConfig(s.LambdaConfig),
		AutoVerifiedAttributes:      s.AutoVerifiedAttributes,
		AliasAttributes:             s.AliasAttributes,
		UsernameAttributes:          s.UsernameAttributes,
		UsernameConfiguration:       (*usernameConfiguration)(s.UsernameConfiguration),
		Schema:                      listOf(s.Schema, fromAttribute),
		VerificationMessageTemplate: verificationMessageTemplate(s.VerificationMessageTemplate),
		SmsVerificationMessage:      s.SmsVerificationMessage,
		EmailVerificationMessage:    s.EmailVerificationMessage,
		EmailVerificationSubject:    s.EmailVerificationSubject,
		SmsAuthenticationMessage:    s.SmsAuthenticationMessage,
		MfaConfiguration:            s.MfaConfiguration,
		UserAttributeUpdateSettings: (*userAttributeUpdateSettings)(s.UserAttributeUpdateSettings),
		DeviceConfiguration:         (*deviceConfiguration)(s.DeviceConfiguration),
		EmailConfiguration:          emailConfiguration(s.EmailConfiguration),
		SmsConfiguration:            pointerTo(s.SmsConfiguration, fromSmsConfiguration),
		Tags:                        s.Tags,
		AdminCreateUserConfig:       fromAdminCreateUserConfig(s.AdminCreateUserConfig),
		UserPoolAddOns:              (*userPoolAddOns)(s.UserPoolAddOns),
		RecoveryMechanisms:          listOf(s.RecoveryMechanisms, fromRecoveryOption),
		Tier:                        s.Tier,
		DcrConfiguration:            (*dcrConfiguration)(s.DcrConfiguration),
		IssuerConfiguration:         (*issuerConfiguration)(s.IssuerConfiguration),
		KeyConfiguration:            (*keyConfiguration)(s.KeyConfiguration),
		AcrConfiguration:            s.AcrConfiguration,
		SmsMfa:                      s.SmsMfa,
		SoftwareTokenMfa:            s.SoftwareTokenMfa,
		EmailMfa:                    (*emailMfaConfiguration)(s.EmailMfa),
		WebAuthn:                    (*webAuthnConfiguration)(s.WebAuthn),
		Sessions:                    (*sessionConfiguration)(s.Sessions),
		LogDelivery:                 listOf(s.LogDelivery, fromLogConfiguration),
		Replicas:                    listOf(s.Replicas, fromReplica),
		Quotas:                      s.Quotas,
	}
}

func toPool(p pool) userpool.PoolSettings {
	return userpool.PoolSettings{
		Name:                        p.Name,
		PasswordPolicy:              userpool.PasswordPolicy(p.PasswordPolicy),
		AllowedFirstAuthFactors:     p.AllowedFirstAuthFactors,
		DeletionProtection:          p.DeletionProtection,
		LambdaConfig:                toLambdaConfig(p.LambdaConfig),
		AutoVerifiedAttributes:      p.AutoVerifiedAttributes,
		AliasAttributes:             p.AliasAttributes,
		UsernameAttributes:          p.UsernameAttributes,
		UsernameConfiguration:       (*userpool.UsernameConfiguration)(p.UsernameConfiguration),
		Schema:                      listOf(p.Schema, toAttribute),
		VerificationMessageTemplate: userpool.VerificationMessageTemplate(p.VerificationMessageTemplate),
		SmsVerificationMessage:      p.SmsVerificationMessage,
		EmailVerificationMessage:    p.EmailVerificationMessage,
		EmailVerificationSubject:    p.EmailVerificationSubject,
		SmsAuthenticationMessage:    p.SmsAuthenticationMessage,
		MfaConfiguration:            p.MfaConfiguration,
		UserAttributeUpdateSettings: (*userpool.UserAttributeUpdateSettings)(p.UserAttributeUpdateSettings),
		DeviceConfiguration:         (*userpool.DeviceConfiguration)(p.DeviceConfiguration),
		EmailConfiguration:          userpool.EmailConfiguration(p.EmailConfiguration),
		SmsConfiguration:            pointerTo(p.SmsConfiguration, toSmsConfiguration),
		Tags:                        p.Tags,
		AdminCreateUserConfig:       toAdminCreateUserConfig(p.AdminCreateUserConfig),
		UserPoolAddOns:              (*userpool.UserPoolAddOns)(p.UserPoolAddOns),
		RecoveryMechanisms:          listOf(p.RecoveryMechanisms, toRecoveryOption),
		Tier:                        p.Tier,
		DcrConfiguration:            (*userpool.DcrConfiguration)(p.DcrConfiguration),
		IssuerConfiguration:         (*userpool.IssuerConfiguration)(p.IssuerConfiguration),
		KeyConfiguration:            (*userpool.KeyConfiguration)(p.KeyConfiguration),
		AcrConfiguration:            p.AcrConfiguration,
		SmsMfa:                      p.SmsMfa,
		SoftwareTokenMfa:            p.SoftwareTokenMfa,
		EmailMfa:                    (*userpool.EmailMfaConfiguration)(p.EmailMfa),
		WebAuthn:                    (*userpool.WebAuthnConfiguration)(p.WebAuthn),
		Sessions:                    (*userpool.SessionConfiguration)(p.Sessions),
		LogDelivery:                 listOf(p.LogDelivery, toLogConfiguration),
		Replicas:                    listOf(p.Replicas, toReplica),
		Quotas:                      p.Quotas,
	}
}

func fromRecoveryOption(o userpool.RecoveryOption) recoveryOption { return recoveryOption(o) }

func toRecoveryOption(o recoveryOption) userpool.RecoveryOption { return userpool.RecoveryOption(o) }

func fromLogConfiguration(c userpool.LogConfiguration) logConfiguration { return logConfiguration(c) }

func toLogConfiguration(c logConfiguration) userpool.LogConfiguration {
	return userpool.LogConfiguration(c)
}

func fromReplica(r userpool.Replica) replica { return replica(r) }

func toReplica(r replica) userpool.Replica { return userpool.Replica(r) }

func fromLambdaConfig(l userpool.LambdaConfig) lambdaConfig {
	return lambdaConfig{
		PreSignUp: l.PreSignUp, CustomMessage: l.CustomMessage, PostConfirmation: l.PostConfirmation,
		PreAuthentication: l.PreAuthentication, PostAuthentication: l.PostAuthentication,
		DefineAuthChallenge: l.DefineAuthChallenge, CreateAuthChallenge: l.CreateAuthChallenge,
		VerifyAuthChallengeResponse: l.VerifyAuthChallengeResponse, PreTokenGeneration: l.PreTokenGeneration,
		UserMigration: l.UserMigration, KMSKeyID: l.KMSKeyID,
		PreTokenGenerationConfig: (*lambdaTarget)(l.PreTokenGenerationConfig),
		CustomSMSSender:          (*lambdaTarget)(l.CustomSMSSender),
		CustomEmailSender:        (*lambdaTarget)(l.CustomEmailSender),
		InboundFederation:        (*lambdaTarget)(l.InboundFederation),
	}
}

func toLambdaConfig(l lambdaConfig) userpool.LambdaConfig {
	return userpool.LambdaConfig{
		PreSignUp: l.PreSignUp, CustomMessage: l.CustomMessage, PostConfirmation: l.PostConfirmation,
		PreAuthentication: l.PreAuthentication, PostAuthentication: l.PostAuthentication,
		DefineAuthChallenge: l.DefineAuthChallenge, CreateAuthChallenge: l.CreateAuthChallenge,
		VerifyAuthChallengeResponse: l.VerifyAuthChallengeResponse, PreTokenGeneration: l.PreTokenGeneration,
		UserMigration: l.UserMigration, KMSKeyID: l.KMSKeyID,
		PreTokenGenerationConfig: (*userpool.LambdaTarget)(l.PreTokenGenerationConfig),
		CustomSMSSender:          (*userpool.LambdaTarget)(l.CustomSMSSender),
		CustomEmailSender:        (*userpool.LambdaTarget)(l.CustomEmailSender),
		InboundFederation:        (*userpool.LambdaTarget)(l.InboundFederation),
	}
}

func fromAttribute(a userpool.Attribute) attribute {
	return attribute{
		Name: a.Name, AttributeDataType: a.AttributeDataType,
		DeveloperOnlyAttribute: a.DeveloperOnlyAttribute, Mutable: a.Mutable, Required: a.Required,
		String: (*stringConstraints)(a.String), Number: (*numberConstraints)(a.Number),
	}
}

func toAttribute(a attribute) userpool.Attribute {
	return userpool.Attribute{
		Name: a.Name, AttributeDataType: a.AttributeDataType,
		DeveloperOnlyAttribute: a.DeveloperOnlyAttribute, Mutable: a.Mutable, Required: a.Required,
		String: (*userpool.StringConstraints)(a.String), Number: (*userpool.NumberConstraints)(a.Number),
	}
}

func fromSmsConfiguration(c userpool.SmsConfiguration) smsConfiguration {
	return smsConfiguration{c.SnsCallerArn, c.ExternalId, c.SnsRegion, (*eumsSms)(c.EumsSms)}
}

func toSmsConfiguration(c smsConfiguration) userpool.SmsConfiguration {
	return userpool.SmsConfiguration{
		SnsCallerArn: c.SnsCallerArn, ExternalId: c.ExternalId, SnsRegion: c.SnsRegion,
		EumsSms: (*userpool.EumsSms)(c.EumsSms),
	}
}

func fromAdminCreateUserConfig(c userpool.AdminCreateUserConfig) adminCreateUserConfig {
	return adminCreateUserConfig{
		AllowAdminCreateUserOnly: c.AllowAdminCreateUserOnly, UnusedAccountValidityDays: c.UnusedAccountValidityDays,
		InviteMessageTemplate: (*messageTemplate)(c.InviteMessageTemplate),
	}
}

func toAdminCreateUserConfig(c adminCreateUserConfig) userpool.AdminCreateUserConfig {
	return userpool.AdminCreateUserConfig{
		AllowAdminCreateUserOnly: c.AllowAdminCreateUserOnly, UnusedAccountValidityDays: c.UnusedAccountValidityDays,
		InviteMessageTemplate: (*userpool.MessageTemplate)(c.InviteMessageTemplate),
	}
}
