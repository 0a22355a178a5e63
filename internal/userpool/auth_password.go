package userpool

import (
	"strings"
	"time"
	"unicode/utf8"
)

// PasswordSymbols are the characters that count as symbols in a password. A
// space counts as well, except at either end. Source: guide page
// managing-users-passwords.
const PasswordSymbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"

const (
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
	numerals     = "0123456789"
	// mailSymbols need no escape in HTML or templates and can be read aloud.
	mailSymbols = "!#$%*+-=?@^_"
)

// Violation returns the API's message for the first rule that password
// violates, or "". Length counts characters, not bytes. Source: guide page
// managing-users-passwords.
func (p PasswordPolicy) Violation(password string) string {
	switch {
	case utf8.RuneCountInString(password) < int(p.MinimumLength):
		return "Password not long enough"
	case p.RequireUppercase && !strings.ContainsAny(password, upperLetters):
		return "Password must have uppercase characters"
	case p.RequireLowercase && !strings.ContainsAny(password, lowerLetters):
		return "Password must have lowercase characters"
	case p.RequireNumbers && !strings.ContainsAny(password, numerals):
		return "Password must have numeric characters"
	case p.RequireSymbols && !hasSymbol(password):
		return "Password must have symbol characters"
	}
	return ""
}

func hasSymbol(password string) bool {
	return strings.ContainsAny(strings.Trim(password, " "), PasswordSymbols+" ")
}

// Picker draws characters uniformly from an alphabet; entropy.Source is one.
type Picker interface {
	Pick(alphabet string, n int) string
}

// minGenerated is the minimum length of a generated password: more than 70
// bits.
const minGenerated = 12

// GeneratePassword returns a temporary password that conforms to every policy
// whose minimum length is the same. It draws whole passwords until one has all
// four classes, which keeps the distribution uniform.
func GeneratePassword(pick Picker, policy PasswordPolicy) string {
	all := PasswordPolicy{
		MinimumLength:    max(minGenerated, policy.MinimumLength),
		RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true,
	}
	for {
		password := pick.Pick(upperLetters+lowerLetters+numerals+mailSymbols, int(all.MinimumLength))
		if all.Violation(password) == "" {
			return password
		}
	}
}

// defaultValidityDays is how long a temporary password is valid by default.
// Source: API_PasswordPolicyType.
const defaultValidityDays = 7

// TemporaryPasswordLifetime is how long a temporary password is valid.
func (p PasswordPolicy) TemporaryPasswordLifetime() time.Duration {
	days := p.TemporaryPasswordValidityDays
	if days == 0 {
		days = defaultValidityDays
	}
	return time.Duration(days) * 24 * time.Hour
}

// Expired reports whether c is a temporary password that has expired at now.
func (c *Credential) Expired(policy PasswordPolicy, now time.Time) bool {
	return c.Temporary && !now.Before(c.SetAt.Add(policy.TemporaryPasswordLifetime()))
}

// RememberedPasswords is how many earlier passwords a new one must differ from,
// besides the current one. It is -1 if the pool keeps no history.
// PasswordHistorySize includes the current password. Source: guide page
// managing-users-passwords.
func (p PasswordPolicy) RememberedPasswords() int {
	if p.PasswordHistorySize == nil || *p.PasswordHistorySize == 0 {
		return -1
	}
	return int(*p.PasswordHistorySize) - 1
}
