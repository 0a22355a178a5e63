package userpool

// Attribute is one entry of a pool's schema, under its full name: standard
// names as they are, custom ones with the prefix custom: or dev:custom:.
type Attribute struct {
	Name                   string
	AttributeDataType      string
	DeveloperOnlyAttribute bool
	Mutable                bool
	Required               bool
	// The constraints are decimal text, as in the API; nil constraints were not
	// given.
	String *StringConstraints
	Number *NumberConstraints
}

// StringConstraints bounds the length of a value in characters.
type StringConstraints struct{ MinLength, MaxLength *string }

// NumberConstraints bounds a number.
type NumberConstraints struct{ MinValue, MaxValue *string }
