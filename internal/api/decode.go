package api

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// SerializationError reports a body that does not have the operation's shape; it
// becomes a SerializationException.
type SerializationError struct{ message string }

func (e *SerializationError) Error() string { return e.message }

// Messages for a value of the wrong kind, by the expected kind:
//   - a scalar in place of another scalar: "NUMBER_VALUE can not be converted
//     to a String", "class java.lang.String can not be converted to an
//     Integer" (the older texts of AWS's JSON services);
//   - a structure or list in place of a scalar: the texts below (those of AWS's
//     JSON 1.1 services);
//   - anything else in place of a structure, list, map or document: "Unexpected
//     field type", as cognito-idp returns it.
//
// For a body that is not JSON, AWS returns no message; errSyntax has one.
var (
	errSyntax = &SerializationError{"The request body is not valid JSON."}
	errMany   = &SerializationError{"The request body has a list or map with too many elements."}
	errDepth  = &SerializationError{"The request body is nested too deeply."}
	errField  = &SerializationError{"Unexpected field type"}
	errObject = &SerializationError{"Start of structure or map found where not expected."}
	errList   = &SerializationError{"Start of list found where not expected"}
)

// errNUL is for a string that is valid JSON but cannot be stored. The kind is that
// of pattern violations, since no pattern of a name allows U+0000.
// See docs/divergences AR-3.
var errNUL = fault.New(fault.InvalidParameter, "The request has a string with the character U+0000.")

func cannot(from, to string) error {
	return &SerializationError{from + " can not be converted to " + to}
}

const (
	maxDepth = 64
	// maxElements bounds lists and maps. The model's bounds are much lower, but not
	// every list has one. See docs/divergences AR-9.
	maxElements = 10_000
)

// decoder decodes one JSON text strictly, in one pass. Member names are
// case-sensitive; unknown members are skipped; null is an absent member; the last
// of duplicate members applies.
type decoder struct {
	data  []byte
	pos   int
	depth int
	nul   bool // whether a string had U+0000
}

// decodeBody decodes a whole body into a structure; an empty body means {}.
func decodeBody(body []byte, into func(*decoder) error) error {
	d := &decoder{data: body}
	if d.peek() == 0 && d.pos >= len(d.data) {
		return nil
	}
	if d.peek() != '{' {
		if err := d.skip(); err != nil {
			return err
		}
		return errField
	}
	if err := into(d); err != nil {
		return err
	}
	if d.peek(); d.pos != len(d.data) {
		return errSyntax
	}
	if d.nul {
		return errNUL
	}
	return nil
}

// peek skips white space and returns the next character, or 0 at the end.
func (d *decoder) peek() byte {
	for d.pos < len(d.data) {
		switch c := d.data[d.pos]; c {
		case ' ', '\t', '\r', '\n':
			d.pos++
		default:
			return c
		}
	}
	return 0
}

func (d *decoder) take(c byte) bool {
	if d.peek() != c || d.pos >= len(d.data) {
		return false
	}
	d.pos++
	return true
}

// null consumes null, if it is next.
func (d *decoder) null() bool {
	if d.peek() == 'n' && d.literal("null") {
		return true
	}
	return false
}

func (d *decoder) literal(word string) bool {
	if len(d.data)-d.pos < len(word) || string(d.data[d.pos:d.pos+len(word)]) != word {
		return false
	}
	d.pos += len(word)
	return true
}

// object calls member for each name; member reads the value. The name is valid
// only until then.
func (d *decoder) object(member func(name []byte) error) error {
	if !d.take('{') {
		return d.wrong(errField)
	}
	if d.depth++; d.depth > maxDepth {
		return errDepth
	}
	defer func() { d.depth-- }()
	if d.take('}') {
		return nil
	}
	for {
		if d.peek() != '"' {
			return errSyntax
		}
		name, err := d.quoted()
		if err != nil {
			return err
		}
		if !d.take(':') {
			return errSyntax
		}
		if err := member(name); err != nil {
			return err
		}
		if d.take('}') {
			return nil
		}
		if !d.take(',') {
			return errSyntax
		}
	}
}

// list calls element for each value.
func (d *decoder) list(element func() error) error {
	if !d.take('[') {
		return d.wrong(errField)
	}
	if d.depth++; d.depth > maxDepth {
		return errDepth
	}
	defer func() { d.depth-- }()
	if d.take(']') {
		return nil
	}
	for {
		if err := element(); err != nil {
			return err
		}
		if d.take(']') {
			return nil
		}
		if !d.take(',') {
			return errSyntax
		}
	}
}

// wrong skips a value of the wrong kind and returns as. If the value is not valid
// JSON, it returns that error instead.
func (d *decoder) wrong(as error) error {
	if err := d.skip(); err != nil {
		return err
	}
	return as
}

// skip skips a value of any kind.
func (d *decoder) skip() error {
	switch c := d.peek(); {
	case c == '{':
		return d.object(func([]byte) error { return d.skip() })
	case c == '[':
		return d.list(d.skip)
	case c == '"':
		_, err := d.quoted()
		return err
	case c == 't' && d.literal("true"), c == 'f' && d.literal("false"), c == 'n' && d.literal("null"):
		return nil
	case c == '-' || c >= '0' && c <= '9':
		_, err := d.number()
		return err
	}
	return errSyntax
}

// quoted reads a JSON string. Invalid UTF-8 is an error. U+0000 is recorded in nul
// and refused after the whole body: text that cannot be encoded or stored must not
// become a username. The result may share memory with the body.
func (d *decoder) quoted() ([]byte, error) {
	start := d.pos + 1
	for i := start; i < len(d.data); i++ {
		switch c := d.data[i]; {
		case c == '"':
			return d.endQuoted(d.data[start:i], i)
		case c == '\\':
			return d.escaped(start, i)
		case c < ' ':
			return nil, errSyntax
		}
	}
	return nil, errSyntax
}

func (d *decoder) endQuoted(text []byte, quote int) ([]byte, error) {
	d.pos = quote + 1
	if !utf8.Valid(text) {
		return nil, errSyntax
	}
	return text, nil
}

// escaped reads the rest of a string whose first escape sequence is at i.
func (d *decoder) escaped(start, i int) ([]byte, error) {
	out := append(make([]byte, 0, 2*(i-start)+16), d.data[start:i]...)
	for i < len(d.data) {
		c := d.data[i]
		switch {
		case c == '"':
			return d.endQuoted(out, i)
		case c < ' ':
			return nil, errSyntax
		case c != '\\':
			out = append(out, c)
			i++
		default:
			r, n := unescape(d.data[i:])
			if n == 0 {
				return nil, errSyntax
			}
			d.nul = d.nul || r == 0
			out = utf8.AppendRune(out, r)
			i += n
		}
	}
	return nil, errSyntax
}

// unescape decodes one escape sequence and returns its rune and length. The length
// is 0 if it is invalid. Surrogates must be in pairs.
func unescape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		first, ok := hex4(b[2:])
		if !ok || !utf16.IsSurrogate(first) {
			return first, boolInt(ok) * 6
		}
		if len(b) < 12 || b[6] != '\\' || b[7] != 'u' {
			return 0, 0
		}
		second, ok := hex4(b[8:])
		r := utf16.DecodeRune(first, second)
		return r, boolInt(ok && r != utf8.RuneError) * 12
	}
	return 0, 0
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b[:4]), 16, 32)
	return rune(n), err == nil
}

// number reads a JSON number and returns its text (RFC 8259, section 6).
func (d *decoder) number() (string, error) {
	start := d.pos
	d.sign("-")
	if d.pos < len(d.data) && d.data[d.pos] == '0' {
		d.pos++
	} else if !d.digits() {
		return "", errSyntax
	}
	if d.sign(".") && !d.digits() {
		return "", errSyntax
	}
	if d.sign("eE") {
		d.sign("+-")
		if !d.digits() {
			return "", errSyntax
		}
	}
	return string(d.data[start:d.pos]), nil
}

// sign consumes one of the characters, if it is next.
func (d *decoder) sign(oneOf string) bool {
	if d.pos >= len(d.data) || strings.IndexByte(oneOf, d.data[d.pos]) < 0 {
		return false
	}
	d.pos++
	return true
}

// digits consumes one or more digits.
func (d *decoder) digits() bool {
	start := d.pos
	for d.pos < len(d.data) && d.data[d.pos] >= '0' && d.data[d.pos] <= '9' {
		d.pos++
	}
	return d.pos > start
}
