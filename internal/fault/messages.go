package fault

// The messages that clients are known to match on, each once. UI libraries have
// translation tables with these exact strings as keys, so even a changed full stop
// breaks them. Values are shared: use WithCause to add a cause, never assign.
var (
	// Sign-in and passwords.
	IncorrectUsernameOrPassword = New(NotAuthorized, "Incorrect username or password.")
	PasswordAttemptsExceeded    = New(NotAuthorized, "Password attempts exceeded")
	UserIsDisabled              = New(NotAuthorized, "User is disabled.")
	UserIsNotConfirmed          = New(UserNotConfirmed, "User is not confirmed.")
	ResetRequired               = New(PasswordResetRequired, "Password reset required for the user")
	TemporaryPasswordExpired    = New(NotAuthorized,
		"Temporary password has expired and must be reset by an administrator.")
	CannotResetInThisState = New(NotAuthorized, "User password cannot be reset in the current state.")
	NoRecoveryContact      = New(InvalidParameter,
		"Cannot reset password for the user as there is no registered/verified email or phone_number")
	ContactAdministrator   = New(NotAuthorized, "Contact administrator to reset password.")
	AuthMethodNotSupported = New(InvalidParameter, "Initiate Auth method not supported.")

	// Unknown and existing users. The message depends on the operation.
	UserDoesNotExist           = New(UserNotFound, "User does not exist.")
	UsernameClientIDNotFound   = New(UserNotFound, "Username/client id combination not found.")
	UserAlreadyExists          = New(UsernameExists, "User already exists")
	UserAccountAlreadyExists   = New(UsernameExists, "User account already exists")
	SignUpNotPermitted         = New(NotAuthorized, "SignUp is not permitted for this user pool")
	UnauthorizedAttributeWrite = New(NotAuthorized, "A client attempted to write unauthorized attribute")

	// Codes.
	WrongVerificationCode = New(CodeMismatch, "Invalid verification code provided, please try again.")
	NoSuchCode            = New(ExpiredCode, "Invalid code provided, please request a code again.")
	AttemptLimit          = New(LimitExceeded, "Attempt limit exceeded, please try after some time.")
	AlreadyConfirmed      = New(InvalidParameter, "User is already confirmed.")
	AutoVerificationOff   = New(InvalidParameter, "Cannot resend codes. Auto verification not turned on.")
	EmailAliasTaken       = New(AliasExists, "An account with the email already exists.")

	// Second factors.
	SoftwareTokenOff    = New(SoftwareTokenMFANotFound, "Software Token MFA has not been enabled by the userPool")
	NoSoftwareToken     = New(SoftwareTokenMFANotFound, "Software Token MFA does not exist for the user.")
	WrongFirstTokenCode = New(EnableSoftwareTokenMFA, "Code mismatch and fail enable Software Token MFA")
	WrongTokenCode      = New(CodeMismatch, "Invalid code received for user")
	UsedTokenCode       = New(ExpiredCode, "Your software token has already been used once.")
	WrongFactorCode     = New(CodeMismatch, "Invalid code or auth state for the user.")

	// Challenge sessions.
	SessionExpired   = New(NotAuthorized, "Invalid session for the user, session is expired.")
	SessionUsed      = New(NotAuthorized, "Invalid session for the user, session can only be used once.")
	SessionInvalid   = New(NotAuthorized, "Invalid session for the user.")
	SessionMalformed = New(CodeMismatch, "Invalid session provided")

	// Tokens.
	InvalidAccessToken     = New(NotAuthorized, "Invalid Access Token")
	UnverifiedAccessToken  = New(NotAuthorized, "Could not verify signature for Access Token")
	ExpiredAccessToken     = New(NotAuthorized, "Access Token has expired")
	RevokedAccessToken     = New(NotAuthorized, "Access Token has been revoked")
	AccessTokenLacksScopes = New(NotAuthorized, "Access Token does not have required scopes")
	InvalidIDTokenHint     = New(InvalidParameter, "Invalid id_token_hint")
	InvalidRefreshToken    = New(NotAuthorized, "Invalid Refresh Token")
	RevokedRefreshToken    = New(NotAuthorized, "Refresh Token has been revoked")
	ExpiredRefreshToken    = New(NotAuthorized, "Refresh Token has expired")
	ReusedRefreshToken     = New(RefreshTokenReuse, "Refresh Token has already been replaced")

	// Devices. The last two messages are not Amazon's.
	DeviceDoesNotExist = New(ResourceNotFound, "Device does not exist.")
	InvalidDeviceKey   = New(InvalidParameter, "Invalid device key given.")
	DeviceIsConfirmed  = New(DeviceKeyExists, "Device key already exists.")
	DevicesNotTracked  = New(InvalidUserPoolConfiguration, "User pool does not track devices.")

	// Attribute values.
	InvalidEmailFormat = New(InvalidParameter, "Invalid email address format.")
	InvalidPhoneFormat = New(InvalidParameter, "Invalid phone number format.")

	// ListUsers.
	FilterSyntax        = New(InvalidParameter, "Error while parsing filter.")
	AttributesNotFound  = New(InvalidParameter, "One or more requested attributes do not exist.")
	PaginationToken     = New(InvalidParameter, "Invalid pagination token.")
	TooManyRequestsRate = New(TooManyRequests, "Too many requests")
	RateExceeded        = New(TooManyRequests, "Rate exceeded")
)

// PoolDoesNotExist is for every operation that names an unknown pool.
func PoolDoesNotExist(poolID string) *Fault {
	return Newf(ResourceNotFound, "User pool %s does not exist.", poolID)
}

// ClientDoesNotExist is for every operation that names an unknown app client.
func ClientDoesNotExist(clientID string) *Fault {
	return Newf(ResourceNotFound, "User pool client %s does not exist.", clientID)
}

// SecretHashMissing is for a confidential client's request without SECRET_HASH.
func SecretHashMissing(clientID string) *Fault {
	return Newf(NotAuthorized, "Client %s is configured with secret but SECRET_HASH was not received", clientID)
}

// SecretHashWrong is for a SECRET_HASH that no secret of the client produces.
func SecretHashWrong(clientID string) *Fault {
	return New(NotAuthorized, "Unable to verify secret hash for client "+clientID)
}

// SecretHashWrongAtRefresh is SecretHashWrong with the message of refresh flows.
func SecretHashWrongAtRefresh(clientID string) *Fault {
	return New(NotAuthorized, "SecretHash does not match for the client: "+clientID)
}

// CannotConfirm is for a confirmation of a user whose status is not UNCONFIRMED.
func CannotConfirm(status string) *Fault {
	return New(NotAuthorized, "User cannot be confirmed. Current status is "+status)
}

// CannotModify is for an answer to NEW_PASSWORD_REQUIRED with an attribute that
// the user already has.
func CannotModify(attribute string) *Fault {
	return New(NotAuthorized, "Cannot modify an already provided "+attribute)
}

// CannotModifyImmutable is for an answer to NEW_PASSWORD_REQUIRED with a flag that
// only Cognito sets.
func CannotModifyImmutable(attribute string) *Fault {
	return New(InvalidParameter, "Cannot modify the non-mutable attribute "+attribute)
}

// AccountWithAttributeExists is for a username that exists, in pools with e-mail
// addresses or phone numbers as usernames.
func AccountWithAttributeExists(attribute string) *Fault {
	return Newf(UsernameExists, "An account with the given %s already exists.", attribute)
}

// AliasTaken is for a verification or update of an alias that another user has
// verified.
func AliasTaken(attribute string) *Fault {
	return Newf(AliasExists, "An account with the given %s already exists.", attribute)
}

// MissingParameter is for a flow or challenge without a required parameter.
func MissingParameter(name string) *Fault {
	return New(InvalidParameter, "Missing required parameter "+name)
}

// ResendNotPossible is for AdminCreateUser with RESEND and a user in another
// status than FORCE_CHANGE_PASSWORD.
func ResendNotPossible(username string) *Fault {
	return Newf(UnsupportedUserState, "Resend not possible. %s status is not FORCE_CHANGE_PASSWORD", username)
}

// NoSender is for a request that needs a message by a medium without a sender.
func NoSender(medium string) *Fault {
	return Newf(CodeDeliveryFailure, "Nothing is configured to send messages by %s.", medium)
}
