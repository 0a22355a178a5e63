package e2e

import (
	"encoding/base64"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// violation is an input that breaks one constraint of the model in one place.
type violation struct {
	what string
	in   any
	// clauses must all be in the refusal.
	clauses []string
	// only is set for violations that are reported alone.
	only bool
	// set is the value set that the refusal lists, in any order.
	set []string
}

// longest is the maximum length of texts that break a maximum.
const longest = 200_000

// violations breaks each constraint of a valid value, one at a time. wrap puts a
// broken value into the whole input.
func (m *model) violations(shape, path string, v any, wrap func(any) any) (found []violation) {
	s := m.Shapes[shape]
	add := func(what string, bad any, only bool, clause string) {
		found = append(found, violation{
			what: path + ": " + what, in: wrap(bad),
			clauses: []string{"at '" + path + "' failed to satisfy constraint: " + clause}, only: only,
		})
	}
	switch s.Type {
	case "structure":
		return m.structureViolations(s, path, v, wrap)
	case "list":
		return m.listViolations(s, path, v.([]any), wrap)
	case "map":
		return m.mapViolations(s, path, v.(object), wrap)
	case "string":
		return m.textViolations(s, path, v.(string), wrap)
	case "integer", "long":
		if s.Min != nil {
			add("value under", *s.Min-1, true,
				fmt.Sprintf("Member must have value greater than or equal to %d", *s.Min))
		}
		if s.Max != nil {
			add("value over", *s.Max+1, true,
				fmt.Sprintf("Member must have value less than or equal to %d", *s.Max))
		}
	case "blob":
		if s.Max != nil && *s.Max < longest {
			add("length over", base64.StdEncoding.EncodeToString(make([]byte, *s.Max+1)), true, lengthAtMost(*s.Max))
		}
	}
	return found
}

func lengthAtLeast(n int) string {
	return fmt.Sprintf("Member must have length greater than or equal to %d", n)
}

func lengthAtMost(n int) string {
	return fmt.Sprintf("Member must have length less than or equal to %d", n)
}

func lowerFirst(name string) string { return strings.ToLower(name[:1]) + name[1:] }

func (m *model) structureViolations(s modelShape, path string, v any, wrap func(any) any) (found []violation) {
	have, ok := v.(object)
	if !ok || s.Document {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(have)) {
		at := strings.TrimPrefix(path+"."+lowerFirst(name), ".")
		put := func(bad any) any {
			with := maps.Clone(have)
			with[name] = bad
			return wrap(with)
		}
		if slices.Contains(s.Required, name) {
			without := maps.Clone(have)
			delete(without, name)
			clause := "Value null at '" + at + "' failed to satisfy constraint: Member must not be null"
			found = append(found,
				violation{what: at + " missing", in: wrap(without), clauses: []string{clause}, only: true},
				violation{what: at + " null", in: put(nil), clauses: []string{clause}, only: true})
		}
		found = append(found, m.violations(s.Members[name].Shape, at, have[name], put)...)
	}
	return found
}

func (m *model) listViolations(s modelShape, path string, list []any, wrap func(any) any) (found []violation) {
	prefix := "at '" + path + "' failed to satisfy constraint: "
	if s.Min != nil && *s.Min > 0 {
		found = append(found, violation{
			what: path + ": empty", in: wrap([]any{}), only: true,
			clauses: []string{prefix + lengthAtLeast(*s.Min)},
		})
	}
	if len(list) == 0 {
		return found
	}
	if s.Max != nil {
		found = append(found, violation{
			what: path + ": too many", in: wrap(slices.Repeat(list[:1], *s.Max+1)), only: true,
			clauses: []string{prefix + lengthAtMost(*s.Max)},
		})
	}
	element := m.Shapes[s.Member.Shape]
	for i, v := range list {
		put := func(bad any) any {
			with := slices.Clone(list)
			with[i] = bad
			return wrap(with)
		}
		if element.Type == "structure" {
			found = append(found, m.structureViolations(element, path+"."+strconv.Itoa(i+1)+".member", v, put)...)
			continue
		}
		// Violations of scalar elements are reported for the whole list.
		for _, inner := range m.violations(s.Member.Shape, path, v, put) {
			found = append(found, ofElement(inner, prefix, "Member must satisfy constraint: ["))
		}
	}
	return found
}

// ofElement returns a violation inside a list or map as reported for the whole.
func ofElement(v violation, prefix, lead string) violation {
	clause := v.clauses[len(v.clauses)-1]
	if _, after, ok := strings.Cut(clause, "failed to satisfy constraint: "); ok {
		clause = after
	}
	v.clauses, v.only = []string{prefix + lead, clause}, true
	return v
}

func (m *model) mapViolations(s modelShape, path string, entries object, wrap func(any) any) (found []violation) {
	prefix := "at '" + path + "' failed to satisfy constraint: "
	if s.Min != nil && *s.Min > 0 {
		found = append(found, violation{
			what: path + ": empty", in: wrap(object{}), only: true,
			clauses: []string{prefix + lengthAtLeast(*s.Min)},
		})
	}
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		rest := maps.Clone(entries)
		delete(rest, key)
		put := func(k string, v any) any {
			with := maps.Clone(rest)
			with[k] = v
			return wrap(with)
		}
		if m.Shapes[s.Value.Shape].Type != "string" {
			continue // names of a fixed set, which the operation itself checks
		}
		putKey := func(bad any) any { return put(bad.(string), entries[key]) }
		for _, inner := range m.violations(s.Key.Shape, path, key, putKey) {
			found = append(found, ofElement(inner, prefix, "Map keys must satisfy constraint: ["))
		}
		putValue := func(bad any) any { return put(key, bad) }
		for _, inner := range m.violations(s.Value.Shape, path, entries[key], putValue) {
			found = append(found, ofElement(inner, prefix, "Map value must satisfy constraint: ["))
		}
	}
	return found
}

// unmatched are candidates, in this order, for a text that does not match a pattern.
var unmatched = []string{" ", "!", "ß", "\u0000", "a b", "-", "x", "\u2028", "{###}", "  plain  "}

func (m *model) textViolations(s modelShape, path, v string, wrap func(any) any) (found []violation) {
	prefix := "at '" + path + "' failed to satisfy constraint: "
	add := func(what, bad string, clause string) {
		value := "Value "
		if !s.Sensitive && len(bad) < 100 {
			value = "Value '" + bad + "' "
		}
		found = append(found, violation{
			what: path + ": " + what, in: wrap(bad), clauses: []string{value, prefix + clause},
		})
	}
	if len(s.Enum) > 0 {
		add("outside the set", "nonsense", "Member must satisfy enum value set: [")
		found[0].set, found[0].only = s.Enum, true
		return found
	}
	if s.Min != nil && *s.Min > 0 && !s.EmptyAllowed {
		add("empty", "", lengthAtLeast(*s.Min))
	}
	if s.Min != nil && *s.Min > 1 {
		add("length under", strings.Repeat("a", *s.Min-1), lengthAtLeast(*s.Min))
	}
	if s.Max != nil && *s.Max < longest {
		add("length over", strings.Repeat("a", *s.Max+1), lengthAtMost(*s.Max))
		// Length is counted in UTF-16 units.
		add("length over in emoji", strings.Repeat("😀", *s.Max/2+1), lengthAtMost(*s.Max))
	}
	if s.Pattern == "" {
		return found
	}
	pattern := matcher(s.Pattern)
	for _, bad := range unmatched {
		if !pattern.MatchString(bad) {
			add(fmt.Sprintf("outside the pattern: %q", bad), bad,
				"Member must satisfy regular expression pattern: "+s.Pattern)
			break
		}
	}
	return found
}
