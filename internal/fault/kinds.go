package fault

// The kinds of refusal: the exceptions of the API model without their suffix.
const (
	AccessDenied                    Kind = "AccessDenied"
	AliasExists                     Kind = "AliasExists"
	CodeDeliveryFailure             Kind = "CodeDeliveryFailure"
	CodeMismatch                    Kind = "CodeMismatch"
	ConcurrentModification          Kind = "ConcurrentModification"
	DeviceKeyExists                 Kind = "DeviceKeyExists"
	DuplicateProvider               Kind = "DuplicateProvider"
	EnableSoftwareTokenMFA          Kind = "EnableSoftwareTokenMFA"
	ExpiredCode                     Kind = "ExpiredCode"
	FeatureUnavailableInTier        Kind = "FeatureUnavailableInTier"
	Forbidden                       Kind = "Forbidden"
	GroupExists                     Kind = "GroupExists"
	InternalError                   Kind = "InternalError"
	InternalServer                  Kind = "InternalServer"
	InvalidEmailRoleAccessPolicy    Kind = "InvalidEmailRoleAccessPolicy"
	InvalidLambdaResponse           Kind = "InvalidLambdaResponse"
	InvalidOAuthFlow                Kind = "InvalidOAuthFlow"
	InvalidParameter                Kind = "InvalidParameter"
	InvalidPassword                 Kind = "InvalidPassword"
	InvalidSmsRoleAccessPolicy      Kind = "InvalidSmsRoleAccessPolicy"
	InvalidSmsRoleTrustRelationship Kind = "InvalidSmsRoleTrustRelationship"
	InvalidUserPoolConfiguration    Kind = "InvalidUserPoolConfiguration"
	LimitExceeded                   Kind = "LimitExceeded"
	MFAMethodNotFound               Kind = "MFAMethodNotFound"
	ManagedLoginBrandingExists      Kind = "ManagedLoginBrandingExists"
	NotAuthorized                   Kind = "NotAuthorized"
	OperationNotEnabled             Kind = "OperationNotEnabled"
	PasswordHistoryPolicyViolation  Kind = "PasswordHistoryPolicyViolation"
	PasswordResetRequired           Kind = "PasswordResetRequired"
	PreconditionNotMet              Kind = "PreconditionNotMet"
	RefreshTokenReuse               Kind = "RefreshTokenReuse"
	ResourceNotFound                Kind = "ResourceNotFound"
	ScopeDoesNotExist               Kind = "ScopeDoesNotExist"
	ServiceQuotaExceeded            Kind = "ServiceQuotaExceeded"
	SoftwareTokenMFANotFound        Kind = "SoftwareTokenMFANotFound"
	TermsExists                     Kind = "TermsExists"
	TierChangeNotAllowed            Kind = "TierChangeNotAllowed"
	TooManyFailedAttempts           Kind = "TooManyFailedAttempts"
	TooManyRequests                 Kind = "TooManyRequests"
	Unauthorized                    Kind = "Unauthorized"
	UnexpectedLambda                Kind = "UnexpectedLambda"
	UnsupportedIdentityProvider     Kind = "UnsupportedIdentityProvider"
	UnsupportedOperation            Kind = "UnsupportedOperation"
	UnsupportedTokenType            Kind = "UnsupportedTokenType"
	UnsupportedUserState            Kind = "UnsupportedUserState"
	UserImportInProgress            Kind = "UserImportInProgress"
	UserLambdaValidation            Kind = "UserLambdaValidation"
	UserNotConfirmed                Kind = "UserNotConfirmed"
	UserNotFound                    Kind = "UserNotFound"
	UserPoolAddOnNotEnabled         Kind = "UserPoolAddOnNotEnabled"
	UserPoolTagging                 Kind = "UserPoolTagging"
	UsernameExists                  Kind = "UsernameExists"
	WebAuthnChallengeNotFound       Kind = "WebAuthnChallengeNotFound"
	WebAuthnClientMismatch          Kind = "WebAuthnClientMismatch"
	WebAuthnConfigurationMissing    Kind = "WebAuthnConfigurationMissing"
	WebAuthnCredentialNotSupported  Kind = "WebAuthnCredentialNotSupported"
	WebAuthnNotEnabled              Kind = "WebAuthnNotEnabled"
	WebAuthnOriginNotAllowed        Kind = "WebAuthnOriginNotAllowed"
	WebAuthnRelyingPartyMismatch    Kind = "WebAuthnRelyingPartyMismatch"
)

// Kinds that the front end of AWS returns and the API model does not list.
const (
	MissingAuthenticationToken Kind = "MissingAuthenticationToken"
	IncompleteSignature        Kind = "IncompleteSignature"
	UnrecognizedClient         Kind = "UnrecognizedClient"
	ExpiredToken               Kind = "ExpiredToken"
	InvalidSignature           Kind = "InvalidSignature"
	UnknownOperation           Kind = "UnknownOperation"
	Serialization              Kind = "Serialization"
	RequestEntityTooLarge      Kind = "RequestEntityTooLarge"
)

// InvalidTarget and InvalidScope are returned by the OAuth endpoints only (RFC 8707
// section 2, RFC 6749 section 6).
const (
	InvalidTarget Kind = "InvalidTarget"
	InvalidScope  Kind = "InvalidScope"
)

// InvalidRedirectURI and InvalidClientMetadata are returned by the registration
// endpoint only (RFC 7591 section 3.2.2).
const (
	InvalidRedirectURI    Kind = "InvalidRedirectURI"
	InvalidClientMetadata Kind = "InvalidClientMetadata"
)
