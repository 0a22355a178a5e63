package api

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"
)

// constraint is what a shape of the model demands of its values.
type constraint struct {
	min, max   int // -1: unbounded
	pattern    string
	enum       []string
	sensitive  bool // the value is left out of messages
	emptyValid bool // an empty text passes whatever the pattern says
}

// compiled remembers patterns; they are compiled at first use so that
// starting costs nothing.
var compiled sync.Map

// matches reports whether the whole of s matches a Java pattern.
func matches(pattern, s string) bool {
	if known, ok := compiled.Load(pattern); ok {
		return known.(*regexp.Regexp).MatchString(s)
	}
	re := regexp.MustCompile(`^(?:` + translate(pattern) + `)$`)
	compiled.Store(pattern, re)
	return re.MatchString(s)
}

// translate turns Java's dialect into Go's, which knows no look-behind.
func translate(pattern string) string {
	if pattern == `^[0-9A-Za-z\.\-_]*(?<!\.)$` {
		return `(?:[0-9A-Za-z.\-_]*[0-9A-Za-z\-_])?`
	}
	return pattern
}

// violations lists what s breaks, in AWS's words. Lengths count UTF-16 code
// units, as Java does.
func (c *constraint) violations(s string) []string {
	if s == "" && c.emptyValid {
		return nil
	}
	var out []string
	if n := utf16Length(s); c.min >= 0 && n < c.min {
		out = append(out, "Member must have length greater than or equal to "+strconv.Itoa(c.min))
	} else if c.max >= 0 && n > c.max {
		out = append(out, "Member must have length less than or equal to "+strconv.Itoa(c.max))
	}
	if c.pattern != "" && !matches(c.pattern, s) {
		out = append(out, "Member must satisfy regular expression pattern: "+c.pattern)
	}
	if c.enum != nil && !slices.Contains(c.enum, s) {
		out = append(out, "Member must satisfy enum value set: ["+strings.Join(c.enum, ", ")+"]")
	}
	return out
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// sizeViolation checks a length or a number against the bounds.
func (c *constraint) sizeViolation(n int, what string) string {
	switch {
	case c.min >= 0 && n < c.min:
		return "Member must have " + what + " greater than or equal to " + strconv.Itoa(c.min)
	case c.max >= 0 && n > c.max:
		return "Member must have " + what + " less than or equal to " + strconv.Itoa(c.max)
	}
	return ""
}

// checker collects every violation of a request.
type checker struct {
	path    []string
	clauses []string
}

// FormatViolations is the message of an InvalidParameterException about
// violated constraints.
func FormatViolations(clauses []string) string {
	noun := "error"
	if len(clauses) > 1 {
		noun = "errors"
	}
	return fmt.Sprintf("%d validation %s detected: %s", len(clauses), noun, strings.Join(clauses, "; "))
}

func (c *checker) at(name string) string {
	return strings.Join(append(slices.Clone(c.path), lowerFirst(name)), ".")
}

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

func (c *checker) missing(name string) {
	c.clauses = append(c.clauses, "Value null at '"+c.at(name)+"' failed to satisfy constraint: Member must not be null")
}

func (c *checker) violated(name, value string, sensitive bool, what string) {
	clause := "Value '" + value + "' at '"
	if sensitive {
		clause = "Value at '"
	}
	c.clauses = append(c.clauses, clause+c.at(name)+"' failed to satisfy constraint: "+what)
}

func (c *checker) text(name string, v *string, required bool, by *constraint) {
	if v == nil {
		if required {
			c.missing(name)
		}
		return
	}
	for _, what := range by.violations(*v) {
		c.violated(name, *v, by.sensitive, what)
	}
}

func checkNumber[T int32 | int64](c *checker, name string, v *T, required bool, by *constraint) {
	if v == nil {
		if required {
			c.missing(name)
		}
		return
	}
	if what := by.sizeViolation(int(*v), "value"); what != "" {
		c.violated(name, strconv.FormatInt(int64(*v), 10), by.sensitive, what)
	}
}

func (c *checker) blob(name string, v []byte, required bool, by *constraint) {
	if v == nil {
		if required {
			c.missing(name)
		}
		return
	}
	if what := by.sizeViolation(len(v), "length"); what != "" {
		c.violated(name, "", true, what)
	}
}

// present checks the members whose values have no constraint of their own.
func (c *checker) present(name string, there, required bool) {
	if required && !there {
		c.missing(name)
	}
}

// texts checks a list of text: its length, then its elements, whose
// violations are told of the list as a whole.
func (c *checker) texts(name string, v []string, required bool, by, element *constraint) {
	if v == nil {
		c.present(name, false, required)
		return
	}
	value := "[" + strings.Join(v, ", ") + "]"
	sensitive := by.sensitive || element.sensitive
	if what := by.sizeViolation(len(v), "length"); what != "" {
		c.violated(name, value, sensitive, what)
	}
	if broken := anyViolations(slices.Values(v), element); len(broken) > 0 {
		c.violated(name, value, sensitive, "Member must satisfy constraint: ["+strings.Join(broken, ", ")+"]")
	}
}

func anyViolations(values func(func(string) bool), by *constraint) []string {
	var broken []string
	for v := range values {
		for _, what := range by.violations(v) {
			if !slices.Contains(broken, what) {
				broken = append(broken, what)
			}
		}
	}
	return broken
}

// textMap checks a map of text to text.
func (c *checker) textMap(name string, v map[string]string, required bool, by mapConstraint) {
	if v == nil {
		c.present(name, false, required)
		return
	}
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(v)) {
		pairs = append(pairs, k+"="+v[k])
	}
	value := "{" + strings.Join(pairs, ", ") + "}"
	sensitive := by.of.sensitive || by.value.sensitive
	if what := by.of.sizeViolation(len(v), "length"); what != "" {
		c.violated(name, value, sensitive, what)
	}
	if broken := anyViolations(maps.Keys(v), by.key); len(broken) > 0 {
		c.violated(name, value, sensitive, "Map keys must satisfy constraint: ["+strings.Join(broken, ", ")+"]")
	}
	if broken := anyViolations(maps.Values(v), by.value); len(broken) > 0 {
		c.violated(name, value, sensitive, "Map value must satisfy constraint: ["+strings.Join(broken, ", ")+"]")
	}
}

// mapConstraint is what a map, its keys and its values must satisfy.
type mapConstraint struct{ of, key, value *constraint }

func checkStruct[T any](c *checker, name string, v *T, required bool, check func(*T, *checker)) {
	if v == nil {
		c.present(name, false, required)
		return
	}
	c.path = append(c.path, lowerFirst(name))
	check(v, c)
	c.path = c.path[:len(c.path)-1]
}

// listRule is what a list of structures must satisfy.
type listRule struct {
	required bool
	*constraint
}

// checkStructs checks a list of structures; the path of an element is
// list.N.member, counted from one.
func checkStructs[T any](c *checker, name string, v []T, by listRule, check func(*T, *checker)) {
	if v == nil {
		c.present(name, false, by.required)
		return
	}
	if what := by.sizeViolation(len(v), "length"); what != "" {
		c.violated(name, "", true, what)
	}
	for i := range v {
		c.path = append(c.path, lowerFirst(name), strconv.Itoa(i+1), "member")
		check(&v[i], c)
		c.path = c.path[:len(c.path)-3]
	}
}

func checkStructMap[T any](c *checker, name string, v map[string]T, required bool, check func(*T, *checker)) {
	if v == nil {
		c.present(name, false, required)
		return
	}
	for _, key := range slices.Sorted(maps.Keys(v)) {
		element := v[key]
		c.path = append(c.path, lowerFirst(name), key, "member")
		check(&element, c)
		c.path = c.path[:len(c.path)-3]
	}
}
