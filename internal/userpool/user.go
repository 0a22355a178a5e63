package userpool

import (
	"bytes"
	"maps"
	"slices"
	"time"
)

// Status is UserStatus of the API.
type Status string

// The statuses in use. The API has three more that never occur.
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
	Username string // folded; the sub if users sign in by e-mail or phone
	Sub      string
	Version  int64
	Status   Status
	Enabled  bool
	Created  time.Time
	Modified time.Time
	// SignedOut revokes every token of the user issued before it. It has
	// millisecond precision; zero means never.
	SignedOut time.Time
	UserProfile
}

// UserProfile is the part of a user that is stored as one document.
type UserProfile struct {
	// Attributes holds every attribute but sub by its full name. Values are text
	// for every type of attribute.
	Attributes map[string]string
	// SelfRegistered: the user signed up, and was not created by an administrator.
	SelfRegistered bool
	// SignInAttribute is the username attribute that the user was created with, in
	// pools with two. It is empty in other pools, and for users stored by versions
	// without it.
	SignInAttribute string
	// MFAOptions are set by SetUserSettings.
	MFAOptions []MFAOption
	// Factors are the second factors that the user has chosen.
	Factors Factors
}

// Clone returns a copy that can be changed without changing u.
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

// SignInAttributes returns the username attributes by which u can sign in:
// SignInAttribute only, even if u has a value of the other. A user without
// SignInAttribute can use both.
func (p *Pool) SignInAttributes(u *User) []string {
	if u.SignInAttribute != "" {
		return []string{u.SignInAttribute}
	}
	return p.UsernameAttributes
}

// Aliases returns the unique names that find u besides its username. In a pool
// with username attributes these are the values of SignInAttributes, verified
// or not; in a pool with alias attributes the verified values and
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

// FoldAttribute folds the values that the pool compares without case, which
// excludes phone numbers.
func (p *Pool) FoldAttribute(attribute, value string) string {
	if attribute == "phone_number" {
		return value
	}
	return p.Fold(value)
}

// Credential is the stored form of a password: an SRP verifier.
type Credential struct {
	Salt, Verifier []byte
	SetAt          time.Time
	// Temporary passwords expire and must be changed at first sign-in.
	Temporary bool
	// History has the verifiers of earlier passwords, newest first, as many as the
	// pool's password history requires.
	History []PastPassword
}

// Same reports whether two credentials are of the same password. Either may be
// nil, that of a user without a password.
func (c *Credential) Same(other *Credential) bool {
	if c == nil || other == nil {
		return c == other
	}
	return bytes.Equal(c.Salt, other.Salt) && bytes.Equal(c.Verifier, other.Verifier)
}

// PastPassword is the verifier of an earlier password.
type PastPassword struct{ Salt, Verifier []byte }
