package userpool

import (
	"slices"
	"strings"
	"time"
)

// Pool is a user pool. ID, Account and Region never change; Version counts its
// revisions; an update compares it before it writes.
type Pool struct {
	ID, Account, Region string
	Version             int64
	Created, Modified   time.Time
	PoolSettings
}

// PoolSettings are the settings of a pool: the members of CreateUserPool and of
// the operations that set other parts of a pool, under their API names. A nil
// pointer, slice or map was never set, and DescribeUserPool omits it.
type PoolSettings struct {
	Name                        string
	PasswordPolicy              PasswordPolicy
	AllowedFirstAuthFactors     []string
	DeletionProtection          string
	LambdaConfig                LambdaConfig
	AutoVerifiedAttributes      []string
	AliasAttributes             []string
	UsernameAttributes          []string
	UsernameConfiguration       *UsernameConfiguration
	Schema                      []Attribute
	VerificationMessageTemplate VerificationMessageTemplate
	SmsVerificationMessage      *string
	EmailVerificationMessage    *string
	EmailVerificationSubject    *string
	SmsAuthenticationMessage    *string
	MfaConfiguration            string
	UserAttributeUpdateSettings *UserAttributeUpdateSettings
	DeviceConfiguration         *DeviceConfiguration
	EmailConfiguration          EmailConfiguration
	SmsConfiguration            *SmsConfiguration
	Tags                        map[string]string
	AdminCreateUserConfig       AdminCreateUserConfig
	UserPoolAddOns              *UserPoolAddOns
	RecoveryMechanisms          []RecoveryOption
	Tier                        string
	DcrConfiguration            *DcrConfiguration
	IssuerConfiguration         *IssuerConfiguration
	KeyConfiguration            *KeyConfiguration
	AcrConfiguration            map[string]string // level → its name in the acr claim
	SmsMfa                      bool              // the SMS factor is on
	SoftwareTokenMfa            *bool             // nil until it is set
	EmailMfa                    *EmailMfaConfiguration
	WebAuthn                    *WebAuthnConfiguration
	Sessions                    *SessionConfiguration
	LogDelivery                 []LogConfiguration
	Replicas                    []Replica
	Quotas                      Quotas // what an operator has set
}

// PasswordPolicy is the pool's password policy. Lengths are in characters.
type PasswordPolicy struct {
	MinimumLength                 int32
	RequireUppercase              bool
	RequireLowercase              bool
	RequireNumbers                bool
	RequireSymbols                bool
	PasswordHistorySize           *int32
	TemporaryPasswordValidityDays int32
}

// LambdaConfig names the triggers of a pool by ARN.
type LambdaConfig struct {
	PreSignUp, CustomMessage, PostConfirmation, PreAuthentication *string
	PostAuthentication, DefineAuthChallenge, CreateAuthChallenge  *string
	VerifyAuthChallengeResponse, PreTokenGeneration               *string
	UserMigration, KMSKeyID                                       *string
	PreTokenGenerationConfig                                      *LambdaTarget
	CustomSMSSender, CustomEmailSender, InboundFederation         *LambdaTarget
}

// LambdaTarget is a trigger with the version of its event.
type LambdaTarget struct{ LambdaVersion, LambdaArn string }

// UsernameConfiguration decides whether usernames and e-mail addresses differ by case.
type UsernameConfiguration struct{ CaseSensitive bool }

// VerificationMessageTemplate is the text of verification messages. A nil text
// means the default one.
type VerificationMessageTemplate struct {
	SmsMessage, EmailMessage, EmailSubject *string
	EmailMessageByLink, EmailSubjectByLink *string
	DefaultEmailOption                     string
}

// UserAttributeUpdateSettings lists attributes that keep the old value until
// the new one is verified.
type UserAttributeUpdateSettings struct{ AttributesRequireVerificationBeforeUpdate []string }

// DeviceConfiguration turns device tracking on.
type DeviceConfiguration struct{ ChallengeRequiredOnNewDevice, DeviceOnlyRememberedOnUserPrompt *bool }

// EmailConfiguration selects the sender and the From address of a pool's mail.
type EmailConfiguration struct {
	SourceArn, ReplyToEmailAddress, From, ConfigurationSet *string
	EmailSendingAccount                                    string
}

// SmsConfiguration selects how a pool's text messages are sent.
type SmsConfiguration struct {
	SnsCallerArn, ExternalId, SnsRegion *string
	EumsSms                             *EumsSms
}

// EumsSms sends text messages through AWS End User Messaging instead of SNS.
type EumsSms struct {
	CallerArn, ConfigurationSetName, ExternalId, InEntityId *string
	InTemplateId, OriginationIdentity, Region               *string
}

// AdminCreateUserConfig controls how users are created.
type AdminCreateUserConfig struct {
	AllowAdminCreateUserOnly  bool
	UnusedAccountValidityDays int32
	InviteMessageTemplate     *MessageTemplate
}

// MessageTemplate is the text of invitations.
type MessageTemplate struct{ SMSMessage, EmailMessage, EmailSubject *string }

// UserPoolAddOns turns threat protection on.
type UserPoolAddOns struct {
	AdvancedSecurityMode string
	CustomAuthMode       *string
}

// RecoveryOption is a way to recover an account; priority 1 is used first.
type RecoveryOption struct {
	Priority int32
	Name     string
}

// DcrConfiguration controls dynamic client registration. An empty list of grant
// types allows none; a nil one is the default.
type DcrConfiguration struct {
	EnableStatus            *string
	OpenDcrEnabled          *bool
	AuthenticatedGrantTypes []string
	OpenDcrGrantTypes       []string
	AllowedScopes           []string
}

// IssuerConfiguration chooses between the two forms of the issuer.
type IssuerConfiguration struct{ Type string }

// KeyConfiguration names the key that protects the pool's data.
type KeyConfiguration struct {
	KeyType   string
	KmsKeyArn *string
}

// EmailMfaConfiguration enables the e-mail factor and sets its text.
type EmailMfaConfiguration struct{ Message, Subject *string }

// WebAuthnConfiguration is the configuration of passkeys.
type WebAuthnConfiguration struct{ RelyingPartyId, UserVerification, FactorConfiguration *string }

// ARN is the pool's Amazon Resource Name.
func (p *Pool) ARN() string {
	return "arn:aws:cognito-idp:" + p.Region + ":" + p.Account + ":userpool/" + p.ID
}

// SRPName is the part of the pool id after the underscore, which SRP proofs
// include.
func (p *Pool) SRPName() string {
	_, name, _ := strings.Cut(p.ID, "_")
	return name
}

// CaseSensitive reports whether usernames that differ by case are different
// users. The API's default is true.
func (p *Pool) CaseSensitive() bool {
	return p.UsernameConfiguration == nil || p.UsernameConfiguration.CaseSensitive
}

// Fold returns a username, e-mail address or preferred_username in the form in
// which the pool stores and compares it.
func (p *Pool) Fold(name string) string {
	if p.CaseSensitive() {
		return name
	}
	return strings.ToLower(name)
}

// SignsInBy reports whether users can sign in with the attribute.
func (p *Pool) SignsInBy(attribute string) bool {
	return slices.Contains(p.UsernameAttributes, attribute)
}

// Attribute returns the attribute of the schema with the full name, such as
// custom:team.
func (p *Pool) Attribute(name string) (Attribute, bool) {
	for _, a := range p.Schema {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}
