package userfilter

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Attributes of filters that are not user attributes, and the values of Status.
const (
	Username   = "username"
	Sub        = "sub"
	UserStatus = "cognito:user_status"
	Status     = "status"
	Enabled    = "Enabled"
	Disabled   = "Disabled"
)

// searchable are the attributes that a filter may use. Source: API reference
// ListUsers.
var searchable = []string{
	Username, "email", "phone_number", "name", "given_name", "family_name", "preferred_username",
	UserStatus, Status, Sub,
}

// maxLength is the maximum length of a filter in characters. Source: API model.
const maxLength = 256

// Filter is a parsed filter.
type Filter struct {
	Attribute string
	// Prefix is set if the attribute must begin with Value (^=). Otherwise it must
	// be equal.
	Prefix bool
	Value  string
}

// Parse parses a filter such as `email ^= "ann"`. Spaces are optional, the
// attribute may be quoted, and \" is a quote. An empty filter is nil, which
// matches all users. Errors: fault.FilterSyntax, or fault.InvalidParameter for an
// attribute that cannot be searched. Source: API reference ListUsers.
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

// name cuts the attribute, quoted or not, from s.
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

// quoted cuts a quoted string from s and returns its unescaped content.
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
