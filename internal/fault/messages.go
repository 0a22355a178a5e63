package fault

// Every sentence that clients are known to match on, once. UI libraries keep
// translation tables keyed by these exact bytes, so a full stop more or less
// is a break. Values are shared: use Because to add a cause, never assign.
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

	// Users that are not there. The wording tells which operation family asks.
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
	SessionExpired  = New(NotAuthorized, "Invalid session for the user, session is expired.")
	SessionUsed     = New(NotAuthorized, "Invalid session for the user, session can only be used once.")
	SessionInvalid  = New(NotAuthorized, "Invalid session for the user.")
	SessionUnopened = New(CodeMismatch, "Invalid session provided")

	// Tokens.
	InvalidAccessToken     = New(NotAuthorized, "Invalid Access Token")
	UnverifiedAccessToken  = New(NotAuthorized, "Could not verify signature for Access Token")
	ExpiredAccessToken     = New(NotAuthorized, "Access Token has expired")
	RevokedAccessToken     = New(NotAuthorized, "Access Token has been revoked")
	AccessTokenLacksScopes = New(NotAuthorized, "Access Token does not have required scopes")
	InvalidRefreshToken    = New(NotAuthorized, "Invalid Refresh Token")
	RevokedRefreshToken    = New(NotAuthorized, "Refresh Token has been revoked")
	ExpiredRefreshToken    = New(NotAuthorized, "Refresh Token has expired")
	ReusedRefreshToken     = New(RefreshTokenReuse, "Refresh Token has already been replaced")

	// Devices. The words of the last two are ours.
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

// PoolDoesNotExist answers every operation that names an unknown pool.
func PoolDoesNotExist(poolID string) *Fault {
	return Newf(ResourceNotFound, "User pool %s does not exist.", poolID)
}

// ClientDoesNotExist answers every operation that names an unknown app client.
func ClientDoesNotExist(clientID string) *Fault {
	return Newf(ResourceNotFound, "User pool client %s does not exist.", clientID)
}

// SecretHashMissing answers a confidential client's request without SECRET_HASH.
func SecretHashMissing(clientID string) *Fault {
	return Newf(NotAuthorized, "Client %s is configured with secret but SECRET_HASH was not received", clientID)
}

// SecretHashWrong answers a SECRET_HASH that no secret of the client makes.
func SecretHashWrong(clientID string) *Fault {
	return New(NotAuthorized, "Unable to verify secret hash for client "+clientID)
}

// SecretHashWrongAtRefresh is SecretHashWrong in the words of the refresh flows.
func SecretHashWrongAtRefresh(clientID string) *Fault {
	return New(NotAuthorized, "SecretHash does not match for the client: "+clientID)
}

// CannotConfirm answers a confirmation of a user whose status is not UNCONFIRMED.
func CannotConfirm(status string) *Fault {
	return New(NotAuthorized, "User cannot be confirmed. Current status is "+status)
}

// CannotModify answers NEW_PASSWORD_REQUIRED with an attribute the user already has.
func CannotModify(attribute string) *Fault {
	return New(NotAuthorized, "Cannot modify an already provided "+attribute)
}

// CannotModifyImmutable answers NEW_PASSWORD_REQUIRED with a flag that only Cognito sets.
func CannotModifyImmutable(attribute string) *Fault {
	return New(InvalidParameter, "Cannot modify the non-mutable attribute "+attribute)
}

// AccountWithAttributeExists is the username clash in pools that sign in by
// e-mail or phone number.
func AccountWithAttributeExists(attribute string) *Fault {
	return Newf(UsernameExists, "An account with the given %s already exists.", attribute)
}

// AliasTaken answers a verification or update whose alias is verified elsewhere.
func AliasTaken(attribute string) *Fault {
	return Newf(AliasExists, "An account with the given %s already exists.", attribute)
}

// MissingParameter answers a flow or challenge whose map lacks a key.
func MissingParameter(name string) *Fault {
	return New(InvalidParameter, "Missing required parameter "+name)
}

// ResendNotPossible answers AdminCreateUser RESEND for a user in another state.
func ResendNotPossible(username string) *Fault {
	return Newf(UnsupportedUserState, "Resend not possible. %s status is not FORCE_CHANGE_PASSWORD", username)
}

// NothingSends answers what would have to be sent by a medium that has no sender.
func NothingSends(medium string) *Fault {
	return Newf(CodeDeliveryFailure, "Nothing is configured to send messages by %s.", medium)
}
