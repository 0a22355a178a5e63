package userfilter

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// The attributes that are not stored as such, and the values of Status.
const (
	Username   = "username"
	Sub        = "sub"
	UserStatus = "cognito:user_status"
	Status     = "status"
	Enabled    = "Enabled"
	Disabled   = "Disabled"
)

// searchable is the list of API reference ListUsers.
var searchable = []string{
	Username, "email", "phone_number", "name", "given_name", "family_name", "preferred_username", UserStatus, Status, Sub,
}

// maxLength is the model's, in characters.
const maxLength = 256

// Filter is a parsed filter.
type Filter struct {
	Attribute string
	// Prefix: the value begins the attribute (^=); otherwise it is all of it.
	Prefix bool
	Value  string
}

// Parse reads a filter such as `email ^= "ann"`; blanks are optional, the
// attribute may be quoted, \" stands for a quote. An empty filter is nil: all
// users. Faults: fault.FilterSyntax, or InvalidParameter for an attribute that
// cannot be searched. Source: API reference ListUsers.
func Parse(s string) (*Filter, error) {
	if strings.TrimSpace(s) == "" {
		return nil, nil
	}
	if utf8.RuneCountInString(s) > maxLength {
		return nil, fault.FilterSyntax
	}
	attribute, rest, ok := name(strings.TrimSpace(s))
	if !ok {
		return nil, fault.FilterSyntax
	}
	f := &Filter{Attribute: attribute}
	rest = strings.TrimSpace(rest)
	if rest, ok = strings.CutPrefix(rest, "^="); ok {
		f.Prefix = true
	} else if rest, ok = strings.CutPrefix(rest, "="); !ok {
		return nil, fault.FilterSyntax
	}
	f.Value, rest, ok = quoted(strings.TrimSpace(rest))
	if !ok || strings.TrimSpace(rest) != "" {
		return nil, fault.FilterSyntax
	}
	if !slices.Contains(searchable, f.Attribute) {
		return nil, fault.Invalid("Invalid search attribute: %s", f.Attribute)
	}
	return f, nil
}

// name reads the attribute, quoted or not.
func name(s string) (attribute, rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		return quoted(s)
	}
	end := strings.IndexAny(s, " \t=^")
	if end <= 0 {
		return "", "", false
	}
	return s[:end], s[end:], true
}

// quoted reads "…" and returns what is inside, unescaped.
func quoted(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
