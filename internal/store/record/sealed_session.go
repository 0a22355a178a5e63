package record

// The records of files sealed_*.go are not in the database: clients hold them,
// in strings that package seal has sealed. One that is opened, changed and sealed
// again is encoded in place of the opened one, as a document is.

// Session is what a Session string of a sign-in or of a sign-up carries, beside
// its binding to pool, client and user.
type Session struct {
	Challenge string `json:"c"`
	// Typed is the name that was sent, Sub the user's, empty for an unknown user.
	Typed   string `json:"t"`
	Sub     string `json:"s"`
	EventID string `json:"e"`
	Flow    string `json:"w,omitempty"`
	// First, FactorProved and Device are what has been shown, by the numbers that
	// package signin gives it.
	First        int    `json:"p,omitempty"`
	FactorProved bool   `json:"f,omitempty"`
	Device       int    `json:"d,omitempty"`
	DeviceKey    string `json:"y,omitempty"`
	// SignedOut is the user's last sign-out in milliseconds, Salt that of the
	// password: a later sign-out, or another password, ends the sign-in.
	SignedOut int64  `json:"l,omitempty"`
	Salt      []byte `json:"h,omitempty"`
	// Failures are what the lock-out held when the last proof was verified, Source
	// is the trigger source of the tokens.
	Failures int    `json:"n,omitempty"`
	Source   string `json:"g,omitempty"`
	// Code is what was sent for the challenge, Setup how far MFA_SETUP has come.
	Code  *SentCode    `json:"o,omitempty"`
	Setup *FactorSetup `json:"u,omitempty"`
	// Custom is how far the functions of CUSTOM_AUTH have come.
	Custom *CustomProgress `json:"x,omitempty"`
	// Passkey is the one that is asked for.
	Passkey *PasskeyQuestion `json:"k,omitempty"`
}

// SealedSession is Session.
var SealedSession = itself[Session]("sealed_session", 1)

// SentCode is what a Session remembers of the code that was sent for it.
type SentCode struct {
	MAC []byte `json:"m"`
	// To is where the code went: the attribute's value, or, when New, the one
	// that the user sets up.
	To  string `json:"a"`
	New bool   `json:"n,omitempty"`
}

// FactorSetup is how far a user has come in MFA_SETUP. Its Session also goes to
// operations that name neither pool nor client, so it says whose it is itself.
type FactorSetup struct {
	Pool   string `json:"p"`
	Client string `json:"c"`
	// Token is the id of the secret that the session was given.
	Token string `json:"t,omitempty"`
	// Done: a code of that secret was verified.
	Done bool `json:"d,omitempty"`
}

// CustomProgress is the part of a Session that belongs to the functions of
// CUSTOM_AUTH: the names of the rounds that were passed before they set a
// challenge of their own, or the row of that challenge, which holds all rounds.
type CustomProgress struct {
	Passed []string `json:"p,omitempty"`
	Handle []byte   `json:"h,omitempty"`
}

// PasskeyQuestion is what a Session remembers of a passkey that was asked for.
type PasskeyQuestion struct {
	Challenge    []byte `json:"c"`
	RelyingParty string `json:"r"`
}
