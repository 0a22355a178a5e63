package userpool

import (
	"maps"
	"slices"
	"time"
)

// Status is where a user stands in its life.
type Status string

// The statuses that are in use; the API lists three more that never occur.
const (
	Unconfirmed         Status = "UNCONFIRMED"
	Confirmed           Status = "CONFIRMED"
	ForceChangePassword Status = "FORCE_CHANGE_PASSWORD"
	ResetRequired       Status = "RESET_REQUIRED"
	ExternalProvider    Status = "EXTERNAL_PROVIDER"
)

// User is one profile of a pool. PoolID, Username and Sub never change.
type User struct {
	PoolID   string
	Username string // in the pool's folded form; the sub where users sign in by e-mail or phone
	Sub      string
	Version  int64
	Status   Status
	Enabled  bool
	Created  time.Time
	Modified time.Time
	// SignedOut is the moment before which every token of the user is dead,
	// with millisecond precision; zero when there was none.
	SignedOut time.Time
	UserProfile
}

// UserProfile is the part of a user that is kept as one document.
type UserProfile struct {
	// Attributes holds every attribute but sub by its full name. Values are
	// text whatever the attribute's type.
	Attributes map[string]string
	// SelfRegistered tells users who signed up from those an administrator made.
	SelfRegistered bool
	// SignInAttribute is the username attribute that the user was created with,
	// in pools with two. It is empty in other pools and for users stored before
	// it was kept.
	SignInAttribute string
	// MFAOptions are what SetUserSettings has set.
	MFAOptions []MFAOption
	// Factors are the second factors that the user has chosen.
	Factors Factors
}

// Clone returns a copy that can be changed without touching u.
func (u *User) Clone() *User {
	c := *u
	c.Attributes = maps.Clone(u.Attributes)
	c.MFAOptions = slices.Clone(u.MFAOptions)
	c.Factors.Enabled = slices.Clone(u.Factors.Enabled)
	return &c
}

// Verified reports whether email or phone_number is set and verified.
func (u *User) Verified(attribute string) bool {
	return u.Attributes[attribute] != "" && u.Attributes[attribute+"_verified"] == "true"
}

// Alias is a name, other than the username, that finds a user.
type Alias struct{ Attribute, Value string }

// SignInAttributes are the username attributes by which u can sign in: the one
// that its sign-up named, though it may have a value of the other. A user stored
// without that keeps both.
func (p *Pool) SignInAttributes(u *User) []string {
	if u.SignInAttribute != "" {
		return []string{u.SignInAttribute}
	}
	return p.UsernameAttributes
}

// Aliases returns the names that find u besides its username, and that nobody
// else can have: in a pool with username attributes the values that it signs in
// by, verified or not; in a pool with alias attributes the verified ones and
// preferred_username. Source: guide page user-pool-settings-attributes.
func (p *Pool) Aliases(u *User) []Alias {
	var out []Alias
	for _, a := range p.SignInAttributes(u) {
		if v := u.Attributes[a]; v != "" {
			out = append(out, Alias{a, p.FoldAttribute(a, v)})
		}
	}
	for _, a := range p.AliasAttributes {
		v := u.Attributes[a]
		if v != "" && (a == "preferred_username" && u.Status != Unconfirmed || u.Verified(a)) {
			out = append(out, Alias{a, p.FoldAttribute(a, v)})
		}
	}
	return out
}

// FoldAttribute folds what the pool compares without case; phone numbers have none.
func (p *Pool) FoldAttribute(attribute, value string) string {
	if attribute == "phone_number" {
		return value
	}
	return p.Fold(value)
}

// Credential is the stored proof of a password: an SRP verifier.
type Credential struct {
	Salt, Verifier []byte
	SetAt          time.Time
	// Temporary passwords expire and must be changed at first sign-in.
	Temporary bool
	// History holds earlier proofs, newest first, as many as the pool's
	// password history asks for.
	History []PastPassword
}

// PastPassword is the proof of a password that was in use before.
type PastPassword struct{ Salt, Verifier []byte }
