package userpool

import (
	"strconv"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// StandardSchema returns the default schema, in the order of the service.
// Source: output of CreateUserPool.
func StandardSchema() []Attribute {
	text := func(name string) Attribute { return bounded(name, "0", "2048") }
	boolean := func(name string) Attribute { return Attribute{Name: name, AttributeDataType: "Boolean", Mutable: true} }
	sub := bounded("sub", "1", "2048")
	sub.Mutable, sub.Required = false, true
	zero := "0"
	return []Attribute{
		sub, text("name"), text("given_name"), text("family_name"), text("middle_name"), text("nickname"),
		text("preferred_username"), text("profile"), text("picture"), text("website"), text("email"),
		boolean("email_verified"), text("gender"), bounded("birthdate", "10", "10"), text("zoneinfo"), text("locale"),
		text("phone_number"), boolean("phone_number_verified"), text("address"),
		{Name: "updated_at", AttributeDataType: "Number", Mutable: true, Number: &NumberConstraints{MinValue: &zero}},
	}
}

func bounded(name, low, high string) Attribute {
	return Attribute{Name: name, AttributeDataType: "String", Mutable: true, String: &StringConstraints{&low, &high}}
}

// AttributeInput is an attribute in a request; nil means not given.
type AttributeInput struct {
	Name, AttributeDataType          string
	DeveloperOnly, Mutable, Required *bool
	String                           *StringConstraints
	Number                           *NumberConstraints
}

// BuildSchema returns the schema of a new pool: the standard attributes with
// the caller's changes, then the custom ones. Source: API reference
// SchemaAttributeType; guide page user-pool-settings-attributes.
func BuildSchema(inputs []AttributeInput) ([]Attribute, error) {
	schema := StandardSchema()
	var custom []AttributeInput
	for _, in := range inputs {
		i := indexOf(schema, in.Name)
		if i < 0 {
			custom = append(custom, in)
			continue
		}
		if err := overrideStandard(&schema[i], in); err != nil {
			return nil, err
		}
	}
	return AddCustom(schema, custom, "Duplicate custom attribute names %s are not allowed in a user pool schema.")
}

func indexOf(schema []Attribute, name string) int {
	for i := range schema {
		if schema[i].Name == name {
			return i
		}
	}
	return -1
}

func overrideStandard(a *Attribute, in AttributeInput) error {
	if in.AttributeDataType != "" && in.AttributeDataType != a.AttributeDataType ||
		in.DeveloperOnly != nil && *in.DeveloperOnly {
		return fault.Invalid("You can not change AttributeDataType or set developerOnlyAttribute "+
			"for standard schema attribute %s", in.Name)
	}
	if a.Name != "sub" {
		if in.Mutable != nil {
			a.Mutable = *in.Mutable
		}
		if in.Required != nil {
			a.Required = *in.Required
		}
	}
	return constrain(a, in)
}

const customPrefix = "custom:"

// AddCustom returns the schema with custom attributes added. duplicate is the
// error text for a name that exists: %s is the full name, %n the name without
// dev:.
func AddCustom(schema []Attribute, inputs []AttributeInput, duplicate string) ([]Attribute, error) {
	schema = append([]Attribute(nil), schema...)
	for _, in := range inputs {
		a, err := newCustom(in)
		if err != nil {
			return nil, err
		}
		if indexOf(schema, a.Name) >= 0 {
			text := strings.NewReplacer("%n", customPrefix+in.Name, "%s", a.Name).Replace(duplicate)
			return nil, fault.New(fault.InvalidParameter, text).Logged("An attribute of this name exists.")
		}
		schema = append(schema, a)
	}
	return schema, nil
}

// CustomAttributes is how many attributes of a schema are custom.
func CustomAttributes(schema []Attribute) int { return len(schema) - len(StandardSchema()) }

// ExistingAttribute is the error text of AddCustomAttributes for a name that
// exists.
const ExistingAttribute = "%n: Existing attribute already has name %s."

func newCustom(in AttributeInput) (Attribute, error) {
	if in.AttributeDataType == "" {
		return Attribute{},
			fault.Invalid("Invalid AttributeDataType input, consider using the provided AttributeDataType enum.")
	}
	if in.Required != nil && *in.Required {
		return Attribute{}, fault.Invalid("Required custom attributes are not supported currently.")
	}
	a := Attribute{Name: customPrefix + in.Name, AttributeDataType: in.AttributeDataType, Mutable: true}
	if in.Mutable != nil {
		a.Mutable = *in.Mutable
	}
	if in.DeveloperOnly != nil && *in.DeveloperOnly {
		a.DeveloperOnlyAttribute = true
		a.Name = developerPrefix + a.Name
	}
	if a.AttributeDataType == "String" {
		a.String = &StringConstraints{}
	}
	return a, constrain(&a, in)
}

const maxStringLength = 2048

// constrain sets the constraints for the attribute's type.
func constrain(a *Attribute, in AttributeInput) error {
	plain := strings.TrimPrefix(strings.TrimPrefix(a.Name, developerPrefix), customPrefix)
	switch {
	case a.AttributeDataType == "String" && in.String != nil:
		low, high, ok := numbers(in.String.MinLength, in.String.MaxLength)
		switch {
		case !ok || low != nil && *low < 0 || high != nil && *high < 0:
			return fault.Invalid("Invalid StringAttributeConstraints for schema attribute %s", plain)
		case high != nil && *high > maxStringLength, low != nil && *low > maxStringLength:
			return fault.Invalid("user.%s: String attributes cannot have a length of more than 2048", plain)
		case low != nil && high != nil && *low > *high:
			return fault.Invalid("user.%s: Max length cannot be less than min length.", plain)
		}
		a.String = in.String
	case a.AttributeDataType == "Number" && in.Number != nil:
		low, high, ok := numbers(in.Number.MinValue, in.Number.MaxValue)
		switch {
		case !ok:
			return fault.Invalid("Invalid NumberAttributeConstraints for schema attribute %s", plain)
		case low != nil && high != nil && *low > *high:
			return fault.Invalid("user.%s: Max value cannot be less than min value.", plain)
		}
		a.Number = in.Number
	}
	return nil
}

// numbers parses two bounds; either may be absent.
func numbers(low, high *string) (l, h *int64, ok bool) {
	read := func(s *string) (*int64, bool) {
		if s == nil {
			return nil, true
		}
		n, err := strconv.ParseInt(*s, 10, 64)
		return &n, err == nil
	}
	l, lok := read(low)
	h, hok := read(high)
	return l, h, lok && hok
}
