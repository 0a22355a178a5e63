package view

import (
	"bytes"
	"html/template"
	"slices"
)

// Part is a part of a page. Its template has the name of its type.
type Part interface{ part() }

// Form is a form. Hidden fields come first; parts follow.
type Form struct {
	// ID is for buttons outside of the form.
	ID, Name, Action string
	// Class is an additional class of the style sheet, such as "idps".
	Class  string
	Hidden []Hidden
	Parts  []Part
}

// Hidden is a hidden field.
type Hidden struct{ Name, Value string }

// UserName is the name of the user for password managers, not visible.
type UserName struct{ Name string }

// Input is a field for text.
type Input struct {
	Name, ID, Label string
	// Type is the type of the element, by default text.
	Type, Autocomplete, InputMode, Value string
	// Hint is between label and field, Error below the field.
	Hint, Error string
	// Optional is the word that marks a field as optional; empty means required.
	Optional string
	// Pattern is a regular expression for the value; Min and Max bound dates and
	// numbers.
	Pattern, Min, Max string
	MinLength         int
	MaxLength         int
	// Words is whether the value is in words: the device may correct and capitalize it.
	Words bool
	// Capitals is whether the value is in capital letters.
	Capitals bool
	// PasswordRules are the rules for password managers; Rules are those for users, under
	// the label RulesLabel.
	PasswordRules, RulesLabel string
	Rules                     []Rule
	// Focus is set by Write.
	Focus bool
}

// Rule is a rule for a password. State is "ok", "no" or "" if it is not checked;
// Said is the state in words.
type Rule struct {
	Text, State, Said string
	// Pattern is a regular expression that the script checks while the user types.
	Pattern string
}

// Cells is an input for a code with one cell for each of N characters.
type Cells struct {
	Input
	N int
}

// Each has an element for each cell.
func (c *Cells) Each() []struct{} { return make([]struct{}, c.N) }

// Phone is a field for a phone number with the country code in a list.
type Phone struct {
	Input
	// CountryName is the name of the field of the country code, CountryLabel its label.
	CountryName, CountryLabel string
	Countries                 []Option
}

// Option is an option of a list.
type Option struct {
	Value, Text string
	Selected    bool
}

// Pair is fields beside each other.
type Pair struct{ Parts []Part }

// Check is a check box.
type Check struct{ Name, Label string }

// Button sends a form. Kind is "primary", "link" or "" for a secondary one.
type Button struct {
	Text, Name, Value, Kind string
	// Busy is the text while the form is sent, where scripts run.
	Busy  string
	Focus bool
	// Form is the ID of the form that the button sends, without its required fields, if
	// the button is outside of it.
	Form string
}

// LinkButton is a link that looks like a button.
type LinkButton struct{ Text, Address, Kind string }

// Way is a button of a list of choices, with an icon and a note.
type Way struct {
	Name, Value, Icon, Text, Note string
	// Face is a letter in place of an icon.
	Face string
}

// Provider is the button of an identity provider, or of another way to sign in. It
// is a link if Address is not empty. Mark is a letter, or empty where Icon or Image
// has an icon.
type Provider struct {
	Name, Value, Address, Text string
	Mark, Icon                 string
	Image                      *Image
	// Plain is whether there is no icon.
	Plain bool
}

// Ways is a list of Way, Row parts in one row, Stack parts below each other.
type (
	Ways  struct{ Parts []Part }
	Row   struct{ Parts []Part }
	Stack struct{ Parts []Part }
)

// After is parts in a line below a form.
type After struct{ Parts []Part }

// Or divides ways to sign in.
type Or struct{ Text string }

// Text is a paragraph. Class is "after" below a form, "note", or both.
type Text struct {
	Class string
	HTML  template.HTML
}

// Links is a line of a text and a link.
type Links struct {
	Before string
	Links  []Link
}

// Facts are names and values.
type Facts struct {
	Class string
	Facts []Fact
}

// Fact is a name and a value.
type Fact struct{ Name, Value string }

// List is a list of sentences.
type List struct{ Items []string }

// Passkey is the hidden field of a form for the response of an authenticator. The
// script calls it before the form is sent, unless by a button with a name.
type Passkey struct {
	Name string
	// Call is the function of navigator.credentials, "get" or "create"; Options is JSON.
	Call, Options string
	// Without is shown where no scripts run, Missing where the browser has no passkeys,
	// Failed if there was no response.
	Without, Missing, Failed string
}

// QR is a QR code. Path is the data of an SVG path in Size modules: a line through
// each run of dark modules in a row.
type QR struct {
	Path, Label string
	Size        int
}

// Secret is a text to copy, behind Summary.
type Secret struct {
	Summary string
	Hint    template.HTML
	Text    string
}

// Groups returns the text in groups of four characters.
func (s *Secret) Groups() string {
	groups := slices.Collect(slices.Chunk([]byte(s.Text), 4))
	return string(bytes.Join(groups, []byte(" ")))
}

// Resend is a form whose button appears after Wait seconds: 30, 20, 10 or 0. Without
// an Action the button sends another form.
type Resend struct {
	Form
	Wait int
	// Waiting is the text during the wait, with the number as the element b.
	Waiting template.HTML
}

func (*Form) part()       {}
func (*UserName) part()   {}
func (*Input) part()      {}
func (*Cells) part()      {}
func (*Phone) part()      {}
func (*Pair) part()       {}
func (*Check) part()      {}
func (*Button) part()     {}
func (*LinkButton) part() {}
func (*Way) part()        {}
func (*Provider) part()   {}
func (*Ways) part()       {}
func (*Row) part()        {}
func (*Stack) part()      {}
func (*After) part()      {}
func (*Or) part()         {}
func (*Text) part()       {}
func (*Links) part()      {}
func (*Facts) part()      {}
func (*List) part()       {}
func (*Passkey) part()    {}
func (*QR) part()         {}
func (*Secret) part()     {}
func (*Resend) part()     {}
