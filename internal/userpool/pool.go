package userpool

import (
	"slices"
	"strings"
	"time"
)

// Pool is a user pool. ID, Account and Region never change; Version counts its
// revisions and is what an update compares before it sets.
type Pool struct {
	ID, Account, Region string
	Version             int64
	Created, Modified   time.Time
	PoolSettings
}

// PoolSettings is what an administrator decides about a pool: the members of
// CreateUserPool and of the operations that set the rest of a pool, under
// their API names. A nil pointer, slice or map was never given;
// DescribeUserPool leaves it out.
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

// PasswordPolicy is the pool's rule for passwords. Lengths count characters.
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

// UserAttributeUpdateSettings lists attributes whose old value stays until the
// new one is verified.
type UserAttributeUpdateSettings struct{ AttributesRequireVerificationBeforeUpdate []string }

// DeviceConfiguration turns device tracking on.
type DeviceConfiguration struct{ ChallengeRequiredOnNewDevice, DeviceOnlyRememberedOnUserPrompt *bool }

// EmailConfiguration says who sends a pool's mail and in whose name.
type EmailConfiguration struct {
	SourceArn, ReplyToEmailAddress, From, ConfigurationSet *string
	EmailSendingAccount                                    string
}

// SmsConfiguration says how a pool's text messages are sent.
type SmsConfiguration struct {
	SnsCallerArn, ExternalId, SnsRegion *string
	EumsSms                             *EumsSms
}

// EumsSms sends text messages through AWS End User Messaging instead of SNS.
type EumsSms struct {
	CallerArn, ConfigurationSetName, ExternalId, InEntityId *string
	InTemplateId, OriginationIdentity, Region               *string
}

// AdminCreateUserConfig rules how accounts come into being.
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

// RecoveryOption is one way to recover an account; priority 1 goes first.
type RecoveryOption struct {
	Priority int32
	Name     string
}

// DcrConfiguration rules dynamic client registration. An empty list of grant
// types refuses all; a nil one is the default.
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

// EmailMfaConfiguration is the e-mail factor and its text.
type EmailMfaConfiguration struct{ Message, Subject *string }

// WebAuthnConfiguration is the passkey factor.
type WebAuthnConfiguration struct{ RelyingPartyId, UserVerification, FactorConfiguration *string }

// ARN is the pool's Amazon Resource Name.
func (p *Pool) ARN() string {
	return "arn:aws:cognito-idp:" + p.Region + ":" + p.Account + ":userpool/" + p.ID
}

// SRPName is the part of the pool id after the underscore: what SRP proofs are
// made over.
func (p *Pool) SRPName() string {
	_, name, _ := strings.Cut(p.ID, "_")
	return name
}

// CaseSensitive reports whether usernames that differ by case are different
// users. The API's default, without the member, is yes.
func (p *Pool) CaseSensitive() bool {
	return p.UsernameConfiguration == nil || p.UsernameConfiguration.CaseSensitive
}

// Fold brings a username, e-mail address or preferred_username into the form
// in which the pool keeps and compares it.
func (p *Pool) Fold(name string) string {
	if p.CaseSensitive() {
		return name
	}
	return strings.ToLower(name)
}

// SignsInBy reports whether the attribute stands in for the username.
func (p *Pool) SignsInBy(attribute string) bool {
	return slices.Contains(p.UsernameAttributes, attribute)
}

// Attribute finds an attribute of the schema by its full name, such as
// custom:team.
func (p *Pool) Attribute(name string) (Attribute, bool) {
	for _, a := range p.Schema {
		if a.Name == name {
			return a, true
		}
	}
	return Attribute{}, false
}
