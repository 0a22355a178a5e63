package userpool

import (
	"strings"
	"time"
	"unicode/utf8"
)

// PasswordSymbols are the characters that count as symbols in a password. A
// space counts as well, unless it stands at either end. Source: guide page
// managing-users-passwords.
const PasswordSymbols = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-"

const (
	upperLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	lowerLetters = "abcdefghijklmnopqrstuvwxyz"
	numerals     = "0123456789"
	// mailSymbols survive HTML, templates and being read aloud.
	mailSymbols = "!#$%*+-=?@^_"
)

// Violation returns the first rule that password breaks, in the words of the
// API, or "" when it conforms. Length counts characters, not bytes. Source:
// guide page managing-users-passwords.
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

// minGenerated is the shortest generated password: above 70 bits.
const minGenerated = 12

// GeneratePassword returns a temporary password that conforms to every policy
// whose minimum length is the same. Drawing whole passwords until one holds
// all four classes keeps the draw uniform over those that do.
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

// defaultValidityDays is how long a temporary password lives when the pool
// says nothing. Source: API_PasswordPolicyType.
const defaultValidityDays = 7

// TemporaryPasswordLifetime is how long a temporary password can be used.
func (p PasswordPolicy) TemporaryPasswordLifetime() time.Duration {
	days := p.TemporaryPasswordValidityDays
	if days == 0 {
		days = defaultValidityDays
	}
	return time.Duration(days) * 24 * time.Hour
}

// Expired reports whether c is a temporary password past its life at now.
func (c *Credential) Expired(policy PasswordPolicy, now time.Time) bool {
	return c.Temporary && !now.Before(c.SetAt.Add(policy.TemporaryPasswordLifetime()))
}

// RememberedPasswords is how many earlier passwords a new one must differ
// from besides the current one; -1 when the pool keeps no history. The pool's
// number includes the current password. Source: guide page
// managing-users-passwords.
func (p PasswordPolicy) RememberedPasswords() int {
	if p.PasswordHistorySize == nil || *p.PasswordHistorySize == 0 {
		return -1
	}
	return int(*p.PasswordHistorySize) - 1
}
