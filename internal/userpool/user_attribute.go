package userpool

import (
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// IdentitiesAttribute is the attribute that lists a user's identities. It is in
// no schema, so no caller can write it.
const IdentitiesAttribute = "identities"

// AttributeWrite is an unchecked request to set attributes. Call Permitted,
// then Conform.
type AttributeWrite struct {
	Pool *Pool
	// Client is the caller on behalf of a user; nil means an administrator, to
	// whom attribute permissions do not apply.
	Client *Client
	// User is the user to change; nil when one is created.
	User *User
	// Complete requires a value for every required attribute. It is set for
	// sign-ups and for users who set attributes.
	Complete bool
	Values   map[string]string
}

// Permitted returns fault.UnauthorizedAttributeWrite for attributes that no
// client may write (sub, identities, the verified flags, developer attributes)
// or that this one may not. Source: guide page user-pool-settings-attributes.
func (w AttributeWrite) Permitted() error {
	if w.Client == nil {
		return nil
	}
	for name := range w.Values {
		if serviceOwned(name) || strings.HasPrefix(name, developerPrefix) {
			return fault.UnauthorizedAttributeWrite
		}
		a, known := w.Pool.Attribute(name)
		if known && (a.DeveloperOnlyAttribute || !w.Client.CanWrite(w.Pool, name)) {
			return fault.UnauthorizedAttributeWrite
		}
	}
	return nil
}

const developerPrefix = "dev:"

// serviceOwned reports whether only Cognito itself writes the attribute.
func serviceOwned(name string) bool {
	switch name {
	case "sub", "identities", "email_verified", "phone_number_verified":
		return true
	}
	return false
}

// Conform returns the values to store: folded, booleans in lower case. On
// creation blank values are omitted; in an update a blank value means removal.
// The fault is InvalidParameter.
func (w AttributeWrite) Conform() (map[string]string, error) {
	if err := w.immutable(); err != nil {
		return nil, err
	}
	values, err := w.conformToSchema()
	if err != nil {
		return nil, err
	}
	if err := w.wellFormed(values); err != nil {
		return nil, err
	}
	return values, nil
}

// immutable refuses changes of immutable attributes, even if they have no value
// yet. sub can never be given.
func (w AttributeWrite) immutable() error {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(w.Values)) {
		a, known := w.Pool.Attribute(name)
		if known && (name == "sub" || w.User != nil && !a.Mutable) {
			text.WriteString("user." + name + ": Attribute cannot be updated.\n")
		}
	}
	if text.Len() > 0 {
		return fault.New(fault.InvalidParameter, text.String())
	}
	return nil
}

func (w AttributeWrite) conformToSchema() (map[string]string, error) {
	values := make(map[string]string, len(w.Values))
	problems := map[string]string{}
	for name, value := range w.Values {
		a, known := w.Pool.Attribute(name)
		switch {
		case !known:
			problems[name] = "Attribute does not exist in the schema."
		case value == "" && w.User == nil:
		case value == "" && a.Required:
			problems[name] = "The attribute is required"
		case value == "":
			values[name] = ""
		default:
			var problem string
			if values[name], problem = w.Pool.conformValue(a, value); problem != "" {
				problems[name] = problem
			}
		}
	}
	if w.Complete {
		for _, a := range w.Pool.MissingRequired(w.after(values)) {
			if problems[a.Name] == "" {
				problems[a.Name] = "The attribute is required"
			}
		}
	}
	if len(problems) > 0 {
		return nil, w.describe(problems)
	}
	return values, nil
}

// maxProblems bounds how many unknown attributes an error lists.
const maxProblems = 20

// describe returns an error that lists the problems in the order of the schema,
// unknown names last. Only names of the schema are logged.
func (w AttributeWrite) describe(problems map[string]string) *fault.Fault {
	var names []string
	for _, a := range w.Pool.Schema {
		if problems[a.Name] != "" {
			names = append(names, a.Name)
		}
	}
	known := len(names)
	var unknown []string
	for name := range problems {
		if _, is := w.Pool.Attribute(name); !is {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	names = append(names, unknown[:min(len(unknown), maxProblems)]...)
	each, head := "", "Attributes did not conform to the schema: "
	if w.Client == nil && w.User != nil {
		each, head = "user.", ""
	}
	var text, logged strings.Builder
	for i, name := range names {
		text.WriteString(each + fault.Clip(name, fault.MaxEcho) + ": " + problems[name] + "\n")
		if i < known {
			logged.WriteString(each + name + ": " + problems[name] + "\n")
		}
	}
	if len(unknown) > 0 {
		logged.WriteString(strconv.Itoa(len(unknown)) + " attributes do not exist in the schema.")
	}
	return fault.New(fault.InvalidParameter, head+text.String()).Logged(head + logged.String())
}

// MissingRequired returns the required attributes that values lacks. sub is
// never missing, because the service sets it.
func (p *Pool) MissingRequired(values map[string]string) []Attribute {
	var missing []Attribute
	for _, a := range p.Schema {
		if a.Required && a.Name != "sub" && values[a.Name] == "" {
			missing = append(missing, a)
		}
	}
	return missing
}

// maxValueLength bounds every attribute value in characters.
const maxValueLength = 2048

// conformValue checks a value against its attribute and returns it in the form
// to store; problem is "" if the value is valid.
func (p *Pool) conformValue(a Attribute, value string) (stored, problem string) {
	length := utf8.RuneCountInString(value)
	if length > maxValueLength {
		return "", "String must be no longer than " + strconv.Itoa(maxValueLength) + " characters."
	}
	switch a.AttributeDataType {
	case "Boolean":
		return conformBoolean(value)
	case "Number":
		return value, numberProblem(a.Number, value)
	case "String":
		if a.Name == "email" || a.Name == "preferred_username" {
			value = p.Fold(value)
		}
		return value, lengthProblem(a.String, length)
	}
	return value, ""
}

func conformBoolean(value string) (stored, problem string) {
	switch strings.ToLower(value) {
	case "true":
		return "true", ""
	case "false":
		return "false", ""
	}
	return "", "Boolean must be true or false."
}

func lengthProblem(c *StringConstraints, length int) string {
	if c == nil {
		return ""
	}
	if c.MinLength != nil && length < decimal(*c.MinLength) {
		return "String must be no shorter than " + *c.MinLength + " characters."
	}
	if c.MaxLength != nil && length > decimal(*c.MaxLength) {
		return "String must be no longer than " + *c.MaxLength + " characters."
	}
	return ""
}

// decimal parses a length that was checked when the pool was created.
func decimal(text string) int {
	n, _ := strconv.Atoi(text)
	return n
}

var numberForm = regexp.MustCompile(`^-?[0-9]{1,64}(\.[0-9]{1,64})?$`)

func numberProblem(c *NumberConstraints, value string) string {
	if !numberForm.MatchString(value) {
		return "Value must be a number."
	}
	n, _ := new(big.Rat).SetString(value)
	if c == nil {
		return ""
	}
	if low, ok := bound(c.MinValue); ok && n.Cmp(low) < 0 {
		return "Number must be no less than " + *c.MinValue + "."
	}
	if high, ok := bound(c.MaxValue); ok && n.Cmp(high) > 0 {
		return "Number must be no greater than " + *c.MaxValue + "."
	}
	return ""
}

func bound(text *string) (*big.Rat, bool) {
	if text == nil || !numberForm.MatchString(*text) {
		return nil, false
	}
	return new(big.Rat).SetString(*text)
}

// after returns the user's attributes after the write.
func (w AttributeWrite) after(values map[string]string) map[string]string {
	if w.User == nil {
		return values
	}
	all := map[string]string{}
	maps.Copy(all, w.User.Attributes)
	maps.Copy(all, values)
	return all
}

// wellFormed checks what the schema does not: the form of addresses, and that
// no attribute without a value is marked verified.
func (w AttributeWrite) wellFormed(values map[string]string) error {
	if v := values["email"]; v != "" && !validEmail(v) {
		return fault.InvalidEmailFormat
	}
	if v := values["phone_number"]; v != "" && !validPhone(v) {
		return fault.InvalidPhoneFormat
	}
	all := w.after(values)
	if values["email_verified"] != "" && all["email"] == "" {
		return fault.New(fault.InvalidParameter, "Email is required to verify/un-verify an email")
	}
	if values["phone_number_verified"] != "" && all["phone_number"] == "" {
		return fault.New(fault.InvalidParameter, "Phone Number is required to verify/un-verify a phone number")
	}
	return w.preferredName(values["preferred_username"])
}

// preferredName refuses a preferred_username that is an alias if its user is
// not confirmed, or if it looks like another alias: a sign-in with that address
// could then find the wrong user.
func (w AttributeWrite) preferredName(name string) error {
	aliases := w.Pool.AliasAttributes
	if name == "" || !slices.Contains(aliases, "preferred_username") {
		return nil
	}
	switch {
	case w.User == nil && w.Client != nil, w.User != nil && w.User.Status == Unconfirmed:
		return fault.New(fault.InvalidParameter, "preferred_username can only be set once the user is confirmed.")
	case slices.Contains(aliases, "email") && validEmail(name):
		return fault.New(fault.InvalidParameter,
			"preferred_username cannot be of email format, since user pool is configured for email alias.")
	case slices.Contains(aliases, "phone_number") && validPhone(name):
		return fault.New(fault.InvalidParameter, "preferred_username cannot be of phone number format, "+
			"since user pool is configured for phone number alias.")
	}
	return nil
}

// emailForm is a dot-atom, one @ and a host name: no quoted parts, comments,
// address literals, spaces or line breaks, so that all parsers find the same
// domain. Non-ASCII letters are allowed in both parts (RFC 6531).
var emailForm = regexp.MustCompile(
	"^[\\p{L}\\p{M}\\p{N}.!#$%&'*+/=?^_`{|}~-]+@[\\p{L}\\p{N}]([\\p{L}\\p{M}\\p{N}.-]*[\\p{L}\\p{M}\\p{N}])?$",
)

func validEmail(s string) bool {
	_, host, _ := strings.Cut(s, "@")
	return emailForm.MatchString(s) && !strings.Contains(host, "..")
}

// phoneForm is E.164: a plus sign and up to fifteen digits.
var phoneForm = regexp.MustCompile(`^\+[0-9]{1,15}$`)

func validPhone(s string) bool { return phoneForm.MatchString(s) }
