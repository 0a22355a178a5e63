package record

// The records in the files sealed_*.go are not in the database: clients hold
// them, in strings that package seal has sealed. A record that is opened, changed
// and sealed again keeps its unknown members, as a document does.

// Session is the content of the Session string of a sign-in or sign-up. The string
// is also bound to pool, client and user.
type Session struct {
	Challenge string `json:"c"`
	// Typed is the name in the request. Sub is that of the user, empty for an
	// unknown one.
	Typed   string `json:"t"`
	Sub     string `json:"s"`
	EventID string `json:"e"`
	Flow    string `json:"w,omitempty"`
	// First, FactorVerified and Device record what has been verified. Package signin
	// defines the numbers.
	First          int    `json:"p,omitempty"`
	FactorVerified bool   `json:"f,omitempty"`
	Device         int    `json:"d,omitempty"`
	DeviceKey      string `json:"y,omitempty"`
	// SignedOut is the user's last sign-out in Unix milliseconds, Salt the salt of
	// the password: a later sign-out or another password ends the sign-in.
	SignedOut int64  `json:"l,omitempty"`
	Salt      []byte `json:"h,omitempty"`
	// Failures is the lockout's count when the last factor was verified. Source is
	// the trigger source of the tokens.
	Failures int    `json:"n,omitempty"`
	Source   string `json:"g,omitempty"`
	// Code is the code that was sent for the challenge. Setup is the state of
	// MFA_SETUP.
	Code  *SentCode    `json:"o,omitempty"`
	Setup *FactorSetup `json:"u,omitempty"`
	// Custom is the state of CUSTOM_AUTH.
	Custom *CustomProgress `json:"x,omitempty"`
	// Methods are the authentication methods that have been verified, in the order of
	// the claim amr. Target is the assurance level that the sign-in must reach, 0 if
	// none. Origin is the token family of the access token that some of the methods
	// are credited from.
	Methods []string `json:"m,omitempty"`
	Target  int      `json:"a,omitempty"`
	Origin  string   `json:"r,omitempty"`
	// Passkey is the state of a passkey challenge.
	Passkey *PasskeyChallenge `json:"k,omitempty"`
}

// SealedSession is the kind of Session.
var SealedSession = itself[Session]("sealed_session", 1)

// SentCode describes the code that was sent for a Session.
type SentCode struct {
	MAC []byte `json:"m"`
	// To is the destination of the code: the attribute's value or, if New is set,
	// the value that the user sets up.
	To  string `json:"a"`
	New bool   `json:"n,omitempty"`
	// At is when the code was sent, in Unix milliseconds. Count is how many codes the
	// sign-in has sent.
	At    int64 `json:"t,omitempty"`
	Count int   `json:"c,omitempty"`
}

// FactorSetup is the state of MFA_SETUP. It contains the pool and the client,
// because its Session is also used in operations that name neither.
type FactorSetup struct {
	Pool   string `json:"p"`
	Client string `json:"c"`
	// Token is the id of the secret that was issued to this session.
	Token string `json:"t,omitempty"`
	// Done is set when a code of that secret was verified.
	Done bool `json:"d,omitempty"`
}

// CustomProgress is the state of CUSTOM_AUTH in a Session. Passed are the names
// of the rounds before the first custom challenge. Handle identifies the row of a
// custom challenge, which contains all rounds.
type CustomProgress struct {
	Passed []string `json:"p,omitempty"`
	Handle []byte   `json:"h,omitempty"`
}

// PasskeyChallenge is the state of a passkey challenge in a Session.
type PasskeyChallenge struct {
	Challenge    []byte `json:"c"`
	RelyingParty string `json:"r"`
}
