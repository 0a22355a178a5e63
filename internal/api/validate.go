package api

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// constraint is the constraint of a shape of the model.
type constraint struct {
	min, max   int // -1: unbounded
	pattern    string
	enum       []string
	sensitive  bool // the value is left out of messages
	emptyValid bool // an empty text is valid whatever the other constraints are

	once  sync.Once
	match func(string) bool
}

// matches compiles the pattern at first use, to keep the start fast.
func (c *constraint) matches(s string) bool {
	c.once.Do(func() { c.match = matcherOf(c.pattern) })
	return c.match(s)
}

// The sentences of a constraint (AWS's grammar of validation messages).
func atLeast(what string, n int) string {
	return "Member must have " + what + " greater than or equal to " + strconv.Itoa(n)
}

func atMost(what string, n int) string {
	return "Member must have " + what + " less than or equal to " + strconv.Itoa(n)
}

func (c *constraint) patternSentence() string {
	return "Member must satisfy regular expression pattern: " + c.pattern
}

// enumSentence lists the values in the model's order. The service prints a set
// without a defined order; in the known messages ([phone_number, email]) it is the
// model's order.
func (c *constraint) enumSentence() string {
	return "Member must satisfy enum value set: [" + strings.Join(c.enum, ", ") + "]"
}

// maxMatched is the longest value, in bytes, that is matched: a longer one never
// satisfies a pattern.
const maxMatched = 64 << 10

// violations returns the constraints that s violates. Lengths are in UTF-16 code
// units, as in Java.
func (c *constraint) violations(s string) []string {
	if s == "" && c.emptyValid {
		return nil
	}
	var out []string
	if c.min >= 0 || c.max >= 0 {
		if what := c.sizeViolation(utf16Length(s), "length"); what != "" {
			out = append(out, what)
		}
	}
	if len(out) > 0 && len(s) > maxMatched {
		return out
	}
	if c.pattern != "" && (len(s) > maxMatched || !c.matches(s)) {
		out = append(out, c.patternSentence())
	}
	if c.enum != nil && !slices.Contains(c.enum, s) {
		out = append(out, c.enumSentence())
	}
	return out
}

// sentences lists all constraints of an element. The service reports every
// constraint of the element's shape, not only the violated ones, the upper bound
// first (as in its messages about tags).
func (c *constraint) sentences() string {
	var out []string
	if c.max >= 0 {
		out = append(out, atMost("length", c.max))
	}
	if c.min >= 0 {
		out = append(out, atLeast("length", c.min))
	}
	if c.pattern != "" {
		out = append(out, c.patternSentence())
	}
	if c.enum != nil {
		out = append(out, c.enumSentence())
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// broken reports whether any of the values violates the constraint.
func (c *constraint) broken(values iter.Seq[string]) bool {
	for v := range values {
		if len(c.violations(v)) > 0 {
			return true
		}
	}
	return false
}

func utf16Length(s string) int {
	n := 0
	for _, r := range s {
		n += max(1, utf16.RuneLen(r))
	}
	return n
}

// sizeViolation checks a length or a value against the bounds.
func (c *constraint) sizeViolation(n int, what string) string {
	switch {
	case c.min >= 0 && n < c.min:
		return atLeast(what, c.min)
	case c.max >= 0 && n > c.max:
		return atMost(what, c.max)
	}
	return ""
}

// Violation is one violated constraint. Logged is its text without the value.
type Violation struct{ Text, Logged string }

// maxViolations is how many violations of one request are reported.
// See docs/divergences AR-2.
const maxViolations = 20

// checker collects the violations of a request, the first maxViolations.
type checker struct {
	path    []string
	keys    []int // indexes in path that are keys of maps
	clauses []Violation
}

// full reports whether further violations would not be reported.
func (c *checker) full() bool { return len(c.clauses) >= maxViolations }

func (c *checker) add(v Violation) {
	if !c.full() {
		c.clauses = append(c.clauses, v)
	}
}

// Refuse returns the InvalidParameterException for violated constraints.
func Refuse(violations []Violation) *fault.Fault {
	noun := "error"
	if len(violations) > 1 {
		noun = "errors"
	}
	head := fmt.Sprintf("%d validation %s detected: ", len(violations), noun)
	var texts, logged []string
	for _, v := range violations {
		texts, logged = append(texts, v.Text), append(logged, v.Logged)
	}
	return fault.New(fault.InvalidParameter, head+strings.Join(texts, "; ")).Logged(head + strings.Join(logged, "; "))
}

func (c *checker) at(name string) string {
	return strings.Join(append(slices.Clone(c.path), lowerFirst(name)), ".")
}

// logged is like at, but without the keys of maps, which the caller chose.
func (c *checker) logged(name string) string {
	path := append(slices.Clone(c.path), lowerFirst(name))
	for _, i := range c.keys {
		path[i] = "*"
	}
	return strings.Join(path, ".")
}

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

func (c *checker) missing(name string) {
	const what = "' failed to satisfy constraint: Member must not be null"
	c.add(Violation{"Value null at '" + c.at(name) + what, "Value null at '" + c.logged(name) + what})
}

func (c *checker) violated(name, value string, sensitive bool, what string) {
	echo := "'" + fault.Clip(value, fault.MaxEcho) + "' "
	if sensitive {
		echo = ""
	}
	rest := "' failed to satisfy constraint: " + what
	c.add(Violation{"Value " + echo + "at '" + c.at(name) + rest, "Value at '" + c.logged(name) + rest})
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

// present checks a member whose value has no constraint.
func (c *checker) present(name string, there, required bool) {
	if required && !there {
		c.missing(name)
	}
}

// texts checks a list of strings: its length, then its elements. Violations of
// elements are reported for the whole list.
func (c *checker) texts(name string, v []string, required bool, by, element *constraint) {
	if v == nil {
		c.present(name, false, required)
		return
	}
	size := by.sizeViolation(len(v), "length")
	broken := element.broken(slices.Values(v))
	if size == "" && !broken {
		return
	}
	// The echo is cut to MaxEcho characters, so more elements would not fit.
	value := "[" + strings.Join(v[:min(len(v), fault.MaxEcho)], ", ") + "]"
	sensitive := by.sensitive || element.sensitive
	if size != "" {
		c.violated(name, value, sensitive, size)
	}
	if broken {
		c.violated(name, value, sensitive, "Member must satisfy constraint: "+element.sentences())
	}
}

// textMap checks a map of strings: its size, its keys, its values.
func (c *checker) textMap(name string, v map[string]string, required bool, by mapConstraint) {
	if v == nil {
		c.present(name, false, required)
		return
	}
	var broken []string
	if what := by.of.sizeViolation(len(v), "length"); what != "" {
		broken = append(broken, what)
	}
	if by.key.broken(maps.Keys(v)) {
		broken = append(broken, "Map keys must satisfy constraint: "+by.key.sentences())
	}
	if by.value.broken(maps.Values(v)) {
		broken = append(broken, "Map value must satisfy constraint: "+by.value.sentences())
	}
	for _, what := range broken {
		c.violated(name, mapText(v), by.of.sensitive || by.key.sensitive || by.value.sensitive, what)
	}
}

// mapText prints a map as Java does, in the order of its keys.
func mapText(v map[string]string) string {
	var pairs []string
	for _, k := range slices.Sorted(maps.Keys(v)) {
		pairs = append(pairs, k+"="+v[k])
	}
	return "{" + strings.Join(pairs, ", ") + "}"
}

// mapConstraint has the constraints of a map, its keys and its values.
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

// listRule is the constraint of a list of structures.
type listRule struct {
	required bool
	*constraint
}

// checkStructs checks a list of structures. The path of an element is
// list.N.member; N starts at 1.
func checkStructs[T any](c *checker, name string, v []T, by listRule, check func(*T, *checker)) {
	if v == nil {
		c.present(name, false, by.required)
		return
	}
	if what := by.sizeViolation(len(v), "length"); what != "" {
		c.violated(name, "", true, what)
	}
	for i := range v {
		if c.full() {
			return
		}
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
		c.path = append(c.path, lowerFirst(name), fault.Clip(key, fault.MaxEcho), "member")
		c.keys = append(c.keys, len(c.path)-2)
		check(&element, c)
		c.path, c.keys = c.path[:len(c.path)-3], c.keys[:len(c.keys)-1]
	}
}
