package trigger

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// Triggers that package userpool does not define.
const (
	DefineAuthChallenge userpool.Trigger = "DefineAuthChallenge"
	CreateAuthChallenge userpool.Trigger = "CreateAuthChallenge"
	VerifyAuthChallenge userpool.Trigger = "VerifyAuthChallengeResponse"
	InboundFederation   userpool.Trigger = "InboundFederation"
)

// Source is an event's triggerSource: which trigger runs, and on what occasion.
type Source string

// Every source that Cognito emits.
const (
	PreSignUpSignUp           Source = "PreSignUp_SignUp"
	PreSignUpAdminCreateUser  Source = "PreSignUp_AdminCreateUser"
	PreSignUpExternalProvider Source = "PreSignUp_ExternalProvider"

	PostConfirmationConfirmSignUp         Source = "PostConfirmation_ConfirmSignUp"
	PostConfirmationConfirmForgotPassword Source = "PostConfirmation_ConfirmForgotPassword"

	PreAuthenticationAuthentication  Source = "PreAuthentication_Authentication"
	PostAuthenticationAuthentication Source = "PostAuthentication_Authentication"

	DefineAuthChallengeAuthentication         Source = "DefineAuthChallenge_Authentication"
	CreateAuthChallengeAuthentication         Source = "CreateAuthChallenge_Authentication"
	VerifyAuthChallengeResponseAuthentication Source = "VerifyAuthChallengeResponse_Authentication"

	TokenGenerationHostedAuth           Source = "TokenGeneration_HostedAuth"
	TokenGenerationAuthentication       Source = "TokenGeneration_Authentication"
	TokenGenerationNewPasswordChallenge Source = "TokenGeneration_NewPasswordChallenge"
	TokenGenerationAuthenticateDevice   Source = "TokenGeneration_AuthenticateDevice"
	TokenGenerationRefreshTokens        Source = "TokenGeneration_RefreshTokens"
	TokenGenerationClientCredentials    Source = "TokenGeneration_ClientCredentials"

	UserMigrationAuthentication Source = "UserMigration_Authentication"
	UserMigrationForgotPassword Source = "UserMigration_ForgotPassword"

	CustomMessageSignUp              Source = "CustomMessage_SignUp"
	CustomMessageAdminCreateUser     Source = "CustomMessage_AdminCreateUser"
	CustomMessageResendCode          Source = "CustomMessage_ResendCode"
	CustomMessageForgotPassword      Source = "CustomMessage_ForgotPassword"
	CustomMessageUpdateUserAttribute Source = "CustomMessage_UpdateUserAttribute"
	CustomMessageVerifyUserAttribute Source = "CustomMessage_VerifyUserAttribute"
	CustomMessageAuthentication      Source = "CustomMessage_Authentication"

	CustomEmailSenderSignUp                      Source = "CustomEmailSender_SignUp"
	CustomEmailSenderAuthentication              Source = "CustomEmailSender_Authentication"
	CustomEmailSenderForgotPassword              Source = "CustomEmailSender_ForgotPassword"
	CustomEmailSenderResendCode                  Source = "CustomEmailSender_ResendCode"
	CustomEmailSenderUpdateUserAttribute         Source = "CustomEmailSender_UpdateUserAttribute"
	CustomEmailSenderVerifyUserAttribute         Source = "CustomEmailSender_VerifyUserAttribute"
	CustomEmailSenderAdminCreateUser             Source = "CustomEmailSender_AdminCreateUser"
	CustomEmailSenderAccountTakeOverNotification Source = "CustomEmailSender_AccountTakeOverNotification"

	CustomSMSSenderSignUp              Source = "CustomSMSSender_SignUp"
	CustomSMSSenderForgotPassword      Source = "CustomSMSSender_ForgotPassword"
	CustomSMSSenderResendCode          Source = "CustomSMSSender_ResendCode"
	CustomSMSSenderVerifyUserAttribute Source = "CustomSMSSender_VerifyUserAttribute"
	CustomSMSSenderUpdateUserAttribute Source = "CustomSMSSender_UpdateUserAttribute"
	CustomSMSSenderAuthentication      Source = "CustomSMSSender_Authentication"
	CustomSMSSenderAdminCreateUser     Source = "CustomSMSSender_AdminCreateUser"

	InboundFederationExternalProvider Source = "InboundFederation_ExternalProvider"
)

// triggers maps sources to the members of LambdaConfig.
var triggers = map[Source]userpool.Trigger{
	PreSignUpSignUp:                              userpool.PreSignUp,
	PreSignUpAdminCreateUser:                     userpool.PreSignUp,
	PreSignUpExternalProvider:                    userpool.PreSignUp,
	PostConfirmationConfirmSignUp:                userpool.PostConfirmation,
	PostConfirmationConfirmForgotPassword:        userpool.PostConfirmation,
	PreAuthenticationAuthentication:              userpool.PreAuthentication,
	PostAuthenticationAuthentication:             userpool.PostAuthentication,
	DefineAuthChallengeAuthentication:            DefineAuthChallenge,
	CreateAuthChallengeAuthentication:            CreateAuthChallenge,
	VerifyAuthChallengeResponseAuthentication:    VerifyAuthChallenge,
	TokenGenerationHostedAuth:                    userpool.PreTokenGeneration,
	TokenGenerationAuthentication:                userpool.PreTokenGeneration,
	TokenGenerationNewPasswordChallenge:          userpool.PreTokenGeneration,
	TokenGenerationAuthenticateDevice:            userpool.PreTokenGeneration,
	TokenGenerationRefreshTokens:                 userpool.PreTokenGeneration,
	TokenGenerationClientCredentials:             userpool.PreTokenGeneration,
	UserMigrationAuthentication:                  userpool.UserMigration,
	UserMigrationForgotPassword:                  userpool.UserMigration,
	CustomMessageSignUp:                          userpool.CustomMessage,
	CustomMessageAdminCreateUser:                 userpool.CustomMessage,
	CustomMessageResendCode:                      userpool.CustomMessage,
	CustomMessageForgotPassword:                  userpool.CustomMessage,
	CustomMessageUpdateUserAttribute:             userpool.CustomMessage,
	CustomMessageVerifyUserAttribute:             userpool.CustomMessage,
	CustomMessageAuthentication:                  userpool.CustomMessage,
	CustomEmailSenderSignUp:                      userpool.CustomEmailSender,
	CustomEmailSenderAuthentication:              userpool.CustomEmailSender,
	CustomEmailSenderForgotPassword:              userpool.CustomEmailSender,
	CustomEmailSenderResendCode:                  userpool.CustomEmailSender,
	CustomEmailSenderUpdateUserAttribute:         userpool.CustomEmailSender,
	CustomEmailSenderVerifyUserAttribute:         userpool.CustomEmailSender,
	CustomEmailSenderAdminCreateUser:             userpool.CustomEmailSender,
	CustomEmailSenderAccountTakeOverNotification: userpool.CustomEmailSender,
	CustomSMSSenderSignUp:                        userpool.CustomSMSSender,
	CustomSMSSenderForgotPassword:                userpool.CustomSMSSender,
	CustomSMSSenderResendCode:                    userpool.CustomSMSSender,
	CustomSMSSenderVerifyUserAttribute:           userpool.CustomSMSSender,
	CustomSMSSenderUpdateUserAttribute:           userpool.CustomSMSSender,
	CustomSMSSenderAuthentication:                userpool.CustomSMSSender,
	CustomSMSSenderAdminCreateUser:               userpool.CustomSMSSender,
	InboundFederationExternalProvider:            InboundFederation,
}

// Trigger returns the member of LambdaConfig for the source, or "" for a source
// that Cognito does not emit.
func (s Source) Trigger() userpool.Trigger { return triggers[s] }

// Configured reports whether the pool runs a function for the source. Tokens
// of the client credentials grant have one only with the third version of the
// event (guide page user-pool-lambda-pre-token-generation).
func Configured(p *userpool.Pool, s Source) bool {
	arn, _ := function(p.LambdaConfig, s)
	return arn != ""
}

// function returns the pool's ARN for a source, and the version of the event.
// The ARN is empty if the pool has none.
func function(l userpool.LambdaConfig, s Source) (arn, version string) {
	target := l.PreTokenGenerationConfig
	switch s.Trigger() {
	case userpool.PreSignUp:
		return first(l.PreSignUp)
	case userpool.PostConfirmation:
		return first(l.PostConfirmation)
	case userpool.PreAuthentication:
		return first(l.PreAuthentication)
	case userpool.PostAuthentication:
		return first(l.PostAuthentication)
	case DefineAuthChallenge:
		return first(l.DefineAuthChallenge)
	case CreateAuthChallenge:
		return first(l.CreateAuthChallenge)
	case VerifyAuthChallenge:
		return first(l.VerifyAuthChallengeResponse)
	case userpool.UserMigration:
		return first(l.UserMigration)
	case userpool.CustomMessage:
		return first(l.CustomMessage)
	case userpool.CustomEmailSender:
		return versioned(l.CustomEmailSender)
	case userpool.CustomSMSSender:
		return versioned(l.CustomSMSSender)
	case InboundFederation:
		return versioned(l.InboundFederation)
	case userpool.PreTokenGeneration:
		if arn, version = versioned(target); target == nil {
			arn, version = first(l.PreTokenGeneration)
		}
		if s == TokenGenerationClientCredentials && version != "3" {
			return "", ""
		}
	}
	return arn, version
}

func first(arn *string) (string, string) {
	if arn == nil {
		return "", ""
	}
	return *arn, "1"
}

// versioned returns the ARN, and a version such as V2_0 in the form of the
// event.
func versioned(t *userpool.LambdaTarget) (arn, version string) {
	if t == nil {
		return "", ""
	}
	switch t.LambdaVersion {
	case "V2_0":
		return t.LambdaArn, "2"
	case "V3_0":
		return t.LambdaArn, "3"
	}
	return t.LambdaArn, "1"
}
