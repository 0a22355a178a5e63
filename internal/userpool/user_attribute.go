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

// IdentitiesAttribute is the attribute that lists a user's identities. No
// schema has it, so nobody can write it.
const IdentitiesAttribute = "identities"

// AttributeWrite is a wish to set attributes, before anything is believed
// about it. Ask Permitted, then Conform.
type AttributeWrite struct {
	Pool *Pool
	// Client asks on behalf of a user; nil means an administrator, whom
	// attribute permissions do not bind.
	Client *Client
	// User is whose attributes change; nil while the user is being created.
	User *User
	// Complete asks for every required attribute that has no value yet.
	// Sign-ups do, and users who set attributes.
	Complete bool
	Values   map[string]string
}

// Permitted refuses with fault.UnauthorizedAttributeWrite what no client may
// write (sub, identities, the verified flags, developer attributes) and what
// this one may not. Source: guide page user-pool-settings-attributes.
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

// serviceOwned names the attributes that Cognito itself writes.
func serviceOwned(name string) bool {
	switch name {
	case "sub", "identities", "email_verified", "phone_number_verified":
		return true
	}
	return false
}

// Conform returns the values as they are to be stored: folded, booleans in
// lower case. On creation blank values are left out; in an update a blank
// value stays and means removal. The fault is InvalidParameter.
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

// immutable refuses changes of what is fixed at creation, even where it was
// never set; sub is fixed before that.
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

// maxProblems bounds how many unknown attributes a refusal tells.
const maxProblems = 20

// describe tells the problems in the order of the schema, unknown names last.
// The log gets the names of the schema only.
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

// MissingRequired returns the required attributes that values lacks. The sub
// is never missing: the service makes it.
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

// conformValue checks a value against its attribute and brings it into the
// form in which it is stored; problem is "" when it conforms.
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

// decimal reads a length that the pool's creation has checked.
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

// after is what the user has once the write is done.
func (w AttributeWrite) after(values map[string]string) map[string]string {
	if w.User == nil {
		return values
	}
	all := map[string]string{}
	maps.Copy(all, w.User.Attributes)
	maps.Copy(all, values)
	return all
}

// wellFormed checks what the schema cannot say: forms of addresses, and that
// nothing unset is marked verified.
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

// preferredName refuses a preferred_username that stands in for the username
// before its user is confirmed, or where it looks like another alias: it would
// lead astray whoever signs in with that address.
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
		return fault.New(fault.InvalidParameter,
			"preferred_username cannot be of phone number format, since user pool is configured for phone number alias.")
	}
	return nil
}

// emailForm is a dot-atom, one @ and a host name: no quoted parts, comments,
// address literals, spaces or line breaks, so that every reader finds the same
// domain in it. Letters beyond ASCII are allowed on both sides (RFC 6531).
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
