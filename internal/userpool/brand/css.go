package brand

import (
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// CSSRule is one rule of a classic hosted UI's style sheet.
type CSSRule struct {
	Selectors    []string
	Declarations []CSSDeclaration
}

// CSSDeclaration is one property of a rule; its value is in canonical form.
type CSSDeclaration struct{ Property, Value string }

// cssSelectors are the selectors that a customization may use. Source: guide
// page hosted-ui-classic-branding.
var cssSelectors = []string{
	".background-customizable", ".banner-customizable", ".errorMessage-customizable",
	".idpButton-customizable", ".idpButton-customizable:hover", ".idpDescription-customizable",
	".inputField-customizable", ".inputField-customizable:focus", ".label-customizable",
	".legalText-customizable", ".logo-customizable", ".passwordCheck-valid-customizable",
	".passwordCheck-notValid-customizable", ".redirect-customizable", ".socialButton-customizable",
	".submitButton-customizable", ".submitButton-customizable:hover", ".textDescription-customizable",
}

// cssProperties are the guide's properties and related ones. They change the
// look of an element, never its position or content.
var cssProperties = strings.Fields(`
	background background-color
	border border-top border-right border-bottom border-left border-color border-style border-width border-radius
	border-top-color border-right-color border-bottom-color border-left-color
	border-top-left-radius border-top-right-radius border-bottom-left-radius border-bottom-right-radius
	box-shadow box-sizing color cursor display float
	font font-family font-size font-style font-weight
	height width max-height max-width min-height min-width
	letter-spacing line-height
	margin margin-top margin-right margin-bottom margin-left
	opacity outline outline-color outline-style outline-width
	padding padding-top padding-right padding-bottom padding-left
	text-align text-decoration text-indent text-shadow text-transform
	vertical-align visibility white-space word-break`)

// cssFunctions are the functions that a value may use. None of them fetches.
var cssFunctions = strings.Fields(`rgb rgba hsl hsla calc linear-gradient radial-gradient`)

// maxCSSDepth bounds the nesting of functions.
const maxCSSDepth = 4

// ParseCSS parses a style sheet for the customizable classes. It refuses every
// other selector, property and kind of value: at-rules, escapes, URLs, and
// anything that a browser would fetch or run. See docs/divergences OA-17.
func ParseCSS(text string) (rules []CSSRule, err error) {
	s := &cssScanner{rest: text}
	for {
		s.space()
		if s.err == nil && s.rest == "" {
			return rules, nil
		}
		rule := s.rule()
		if s.err != nil {
			return nil, s.err
		}
		rules = append(rules, rule)
	}
}

// FormatCSS formats rules that ParseCSS returned, for use in a page. Comments
// are removed.
func FormatCSS(rules []CSSRule) string {
	var b strings.Builder
	for _, r := range rules {
		b.WriteString(strings.Join(r.Selectors, ", ") + " {\n")
		for _, d := range r.Declarations {
			b.WriteString("  " + d.Property + ": " + d.Value + ";\n")
		}
		b.WriteString("}\n")
	}
	return b.String()
}

// cssScanner consumes rest from the front. After the first error it consumes
// nothing.
type cssScanner struct {
	rest string
	err  error
}

func (s *cssScanner) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fault.Invalid("Invalid CSS: "+format, args...)
		s.rest = ""
	}
}

func (s *cssScanner) peek() byte {
	if s.rest == "" {
		return 0
	}
	return s.rest[0]
}

// take consumes the leading bytes for which class is true.
func (s *cssScanner) take(class func(byte) bool) string {
	n := 0
	for n < len(s.rest) && class(s.rest[n]) {
		n++
	}
	taken := s.rest[:n]
	s.rest = s.rest[n:]
	return taken
}

// expect consumes one byte and the space after it.
func (s *cssScanner) expect(c byte) {
	if s.peek() != c {
		s.unexpected()
		return
	}
	s.rest = s.rest[1:]
	s.space()
}

// unexpected fails with the next character, or the name of an at-rule.
func (s *cssScanner) unexpected() {
	switch c := s.peek(); {
	case s.err != nil:
	case c == 0 && s.rest == "":
		s.fail("it ends too early.")
	case c == '@':
		s.rest = s.rest[1:]
		s.fail("@%.60s is not allowed.", s.take(isNameByte))
	case c > ' ' && c < 0x7f:
		s.fail("%q is not allowed here.", string(c))
	default:
		s.fail("it holds a character that is not allowed.")
	}
}

// space skips white space and comments. A comment may contain anything except
// the end of a style element.
func (s *cssScanner) space() {
	for {
		s.take(isSpaceByte)
		if !strings.HasPrefix(s.rest, "/*") {
			return
		}
		comment, rest, closed := strings.Cut(s.rest[2:], "*/")
		if !closed {
			s.fail("a comment does not end.")
			return
		}
		if strings.ContainsAny(comment, "<\x00") {
			s.fail("%q is not allowed here.", "<")
			return
		}
		s.rest = rest
	}
}

func (s *cssScanner) rule() (r CSSRule) {
	for {
		r.Selectors = append(r.Selectors, s.selector())
		if s.peek() != ',' {
			break
		}
		s.expect(',')
	}
	s.expect('{')
	for s.err == nil && s.peek() != '}' {
		if s.peek() == ';' {
			s.expect(';')
			continue
		}
		r.Declarations = append(r.Declarations, s.declaration())
		if s.peek() != '}' {
			s.expect(';')
		}
	}
	s.expect('}')
	return r
}

func (s *cssScanner) selector() string {
	if c := s.peek(); c != '.' && !isNameByte(c) {
		s.unexpected()
		return ""
	}
	selector := s.take(func(c byte) bool { return isNameByte(c) || c == '.' || c == ':' })
	s.space()
	if s.err == nil && !slices.Contains(cssSelectors, selector) {
		s.fail("the class %.60s cannot be customized.", selector)
	}
	return selector
}

func (s *cssScanner) declaration() (d CSSDeclaration) {
	d.Property = strings.ToLower(s.take(isNameByte))
	switch {
	case s.err != nil:
		return d
	case d.Property == "":
		s.unexpected()
		return d
	case !slices.Contains(cssProperties, d.Property):
		s.fail("the property %.60s cannot be customized.", d.Property)
		return d
	}
	s.space()
	s.expect(':')
	d.Value = s.value(0)
	if s.peek() == '!' {
		s.expect('!')
		if !strings.EqualFold(s.take(isNameByte), "important") {
			s.fail("%q is not allowed here.", "!")
		}
		s.space()
		d.Value += " !important"
	}
	return d
}

// value reads consecutive terms.
func (s *cssScanner) value(depth int) string {
	var b strings.Builder
	for first := true; s.err == nil; first = false {
		c := s.peek()
		if c == ',' || c == '/' || depth > 0 && (c == '*' || c == '+') {
			s.expect(c)
			b.WriteString(" " + string(c))
			continue
		}
		term := s.term(depth)
		if term == "" {
			break
		}
		if !first {
			b.WriteByte(' ')
		}
		b.WriteString(term)
	}
	if b.Len() == 0 {
		s.unexpected()
	}
	return b.String()
}

// term reads a color, a name, a function, a number or a string, and the space
// after it. It returns "" if there is none.
func (s *cssScanner) term(depth int) (term string) {
	defer s.space()
	switch c := s.peek(); {
	case c == '#':
		s.rest = s.rest[1:]
		digits := s.take(isHexByte)
		if !slices.Contains([]int{3, 4, 6, 8}, len(digits)) {
			s.fail("#%.60s is not a color.", digits)
		}
		return "#" + digits
	case c == '"' || c == '\'':
		s.rest = s.rest[1:]
		text := s.take(func(c byte) bool { return isNameByte(c) || c == ' ' })
		if s.peek() != c {
			s.unexpected()
			return ""
		}
		s.rest = s.rest[1:]
		return `"` + text + `"`
	case isDigitByte(c) || c == '.' || c == '+' && depth == 0:
		return s.take(func(c byte) bool { return isNameByte(c) || c == '.' || c == '%' || c == '+' })
	case isNameByte(c):
		return s.named(depth)
	}
	return ""
}

// named reads a term that begins like a name: a keyword, a function or a
// negative number.
func (s *cssScanner) named(depth int) string {
	name := s.take(isNameByte)
	if strings.TrimLeft(name, "-") == "" || isDigitByte(strings.TrimLeft(name, "-")[0]) {
		return name + s.take(func(c byte) bool { return isNameByte(c) || c == '.' || c == '%' })
	}
	if s.peek() != '(' {
		return name
	}
	name = strings.ToLower(name)
	if !slices.Contains(cssFunctions, name) || depth == maxCSSDepth {
		s.fail("%.60s( is not allowed.", name)
		return ""
	}
	s.expect('(')
	arguments := s.value(depth + 1)
	if s.peek() != ')' {
		s.unexpected()
		return ""
	}
	s.rest = s.rest[1:]
	return name + "(" + arguments + ")"
}

func isSpaceByte(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' }

func isDigitByte(c byte) bool { return '0' <= c && c <= '9' }

func isHexByte(c byte) bool {
	return isDigitByte(c) || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isNameByte(c byte) bool {
	return isDigitByte(c) || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '_'
}
