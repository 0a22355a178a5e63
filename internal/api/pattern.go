package api

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// The model's patterns have Java's syntax and match the whole value
// (String.matches). Most of them are one repeated character class; those are
// matched with a table. The others are matched with regular expressions.

// passwordPattern is from the live service (native API, validation messages).
const passwordPattern = `^[\S]+.*[\S]+$`

// matcherOf returns a function that reports whether a whole text matches a Java
// pattern.
func matcherOf(pattern string) func(string) bool {
	if pattern == passwordPattern {
		return isPassword
	}
	if tree, err := syntax.Parse(translate(pattern), syntax.Perl); err == nil {
		if m := classMatcher(tree); m != nil {
			return m
		}
	}
	return expression(pattern).MatchString
}

func expression(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + translate(pattern) + `)$`)
}

// bucketPattern has a lookbehind, which Go's regexp does not support.
const bucketPattern = `^[0-9A-Za-z\.\-_]*(?<!\.)$`

// domainPattern allows no dot in the model, but the service accepts custom domains
// such as auth.example.com (guide page cognito-user-pools-add-custom-domain).
const domainPattern = `^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$`

// translate translates Java's syntax into Go's. Java's \s includes the vertical
// tab, Go's does not, and Java's dot excludes more line terminators than \n
// (java.util.regex.Pattern, "Line terminators").
func translate(pattern string) string {
	switch pattern {
	case bucketPattern:
		return `(?:[0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?`
	case domainPattern:
		return `[a-z0-9](?:[a-z0-9.\-]{0,61}[a-z0-9])?`
	}
	pattern = strings.ReplaceAll(pattern, `[\S]`, `[^\s]`)
	if strings.HasPrefix(pattern, "(?s)") {
		return pattern
	}
	var out strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch c := pattern[i]; {
		case c == '\\' && pattern[i+1] == 's' && inClass:
			out.WriteString(`\s\x0b`)
			i++
		case c == '\\':
			out.WriteString(pattern[i : i+2])
			i++
		case c == '.' && !inClass:
			out.WriteString(`[^\n\r\x{85}\x{2028}\x{2029}]`)
		default:
			inClass = c == '[' || inClass && c != ']'
			out.WriteByte(c)
		}
	}
	return out.String()
}

// class is a set of characters: a table for ASCII, ranges for the rest.
type class struct {
	ascii  [utf8.RuneSelf]bool
	ranges []rune // pairs, ascending
}

func newClass(ranges []rune) *class {
	c := &class{ranges: ranges}
	for r := range rune(utf8.RuneSelf) {
		c.ascii[r] = c.inRanges(r)
	}
	return c
}

func (c *class) has(r rune) bool {
	if r < utf8.RuneSelf {
		return c.ascii[r]
	}
	return c.inRanges(r)
}

func (c *class) inRanges(r rune) bool {
	low, high := 0, len(c.ranges)/2
	for low < high {
		mid := (low + high) / 2
		switch {
		case r < c.ranges[2*mid]:
			high = mid
		case r > c.ranges[2*mid+1]:
			low = mid + 1
		default:
			return true
		}
	}
	return false
}

// some reports whether s is one or more characters of the class.
func (c *class) some(s string) bool {
	for _, r := range s {
		if !c.has(r) {
			return false
		}
	}
	return s != ""
}

// classMatcher returns the matcher of X+ or X+sY+, where X and Y are classes and s
// is a character that is not in Y, so it must be the last s of the text. It
// returns nil for any other pattern.
func classMatcher(tree *syntax.Regexp) func(string) bool {
	parts := []*syntax.Regexp{tree}
	if tree.Op == syntax.OpConcat {
		parts = tree.Sub
		if n := len(parts); n > 2 && parts[0].Op == syntax.OpBeginText && parts[n-1].Op == syntax.OpEndText {
			parts = parts[1 : n-1]
		}
	}
	switch head, tail := someOf(parts[0]), someOf(parts[len(parts)-1]); {
	case head == nil || tail == nil:
		return nil
	case len(parts) == 1:
		return head.some
	case len(parts) == 3 && parts[1].Op == syntax.OpLiteral && len(parts[1].Rune) == 1 && !tail.has(parts[1].Rune[0]):
		sign := string(parts[1].Rune)
		return func(s string) bool {
			i := strings.LastIndex(s, sign)
			return i > 0 && head.some(s[:i]) && tail.some(s[i+len(sign):])
		}
	}
	return nil
}

func someOf(re *syntax.Regexp) *class {
	if re.Op != syntax.OpPlus || re.Sub[0].Op != syntax.OpCharClass {
		return nil
	}
	return newClass(re.Sub[0].Rune)
}

// isPassword matches passwordPattern: at least two characters, the first and the
// last not white space, and no line terminator between the first and the last
// white space.
func isPassword(s string) bool {
	first, size := utf8.DecodeRuneInString(s)
	last, _ := utf8.DecodeLastRuneInString(s)
	if len(s) <= size || isSpace(first) || isSpace(last) {
		return false
	}
	from := strings.IndexFunc(s, isSpace)
	if from < 0 {
		return true
	}
	inner := s[from : strings.LastIndexFunc(s, isSpace)+1]
	return !strings.ContainsAny(inner, "\n\r\u0085\u2028\u2029")
}

// isSpace reports whether r matches Java's \s.
func isSpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }
