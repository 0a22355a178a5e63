package api

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

type named struct{ Shape string }

type modelShape struct {
	Type       string
	Members    map[string]named
	Required   []string
	Member     named
	Key, Value named
	Min, Max   *int
	Pattern    string
	Enum       []string
	Sensitive  bool
	Document   bool
}

type testModel struct {
	Operations map[string]struct{ Input, Output named }
	Shapes     map[string]modelShape
}

// patchedModel reads the model and its patches, independently of the generator.
func patchedModel(t testing.TB) testModel {
	var raw map[string]any
	var patches []struct {
		Path string
		Set  any
	}
	for name, into := range map[string]any{"cognito-idp-2016-04-18": &raw, "patches": &patches} {
		text, err := os.ReadFile("model/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range patches {
		path, at := strings.Split(p.Path, "/"), raw
		appends := path[len(path)-1] == "-"
		path = strings.Split(strings.TrimSuffix(p.Path, "/-"), "/")
		for _, step := range path[:len(path)-1] {
			at = at[step].(map[string]any)
		}
		last := path[len(path)-1]
		if appends {
			p.Set = append(at[last].([]any), p.Set)
		}
		at[last] = p.Set
	}
	text, err := json.Marshal(raw)
	if err != nil {
		t.Fatal(err)
	}
	var m testModel
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// Bounds of samples if the model has none, or larger ones.
const (
	sampleLength = 3000
	sampleItems  = 3
)

// sample returns the smallest or the largest valid value of a shape.
func (m testModel) sample(shape string, largest bool) any {
	s := m.Shapes[shape]
	pick := func(none, limit int) int {
		switch {
		case largest && s.Max != nil:
			return min(*s.Max, limit)
		case largest:
			return limit
		case s.Min != nil:
			return *s.Min
		}
		return none
	}
	switch s.Type {
	case "string":
		if len(s.Enum) > 0 {
			return s.Enum[pick(0, len(s.Enum)-1)]
		}
		return sampleText(s.Pattern, pick(0, sampleLength))
	case "integer":
		return pick(-1<<31, 1<<31-1)
	case "long":
		return pick(0, exact)
	case "boolean":
		return largest
	case "timestamp":
		return 1548099495.428
	case "blob":
		return strings.Repeat("AAEC", pick(0, 10))
	case "list":
		list := []any{}
		for range pick(0, sampleItems) {
			list = append(list, m.sample(s.Member.Shape, largest))
		}
		return list
	case "map":
		entries := map[string]any{}
		if pick(0, 1) > 0 {
			entries[m.sample(s.Key.Shape, largest).(string)] = m.sample(s.Value.Shape, largest)
		}
		return entries
	}
	return m.sampleStructure(s, largest)
}

func (m testModel) sampleStructure(s modelShape, largest bool) any {
	if s.Document && largest {
		return map[string]any{"a": []any{1.5, "x", map[string]any{"b": nil}}}
	}
	out := map[string]any{}
	for name, member := range s.Members {
		if largest || slices.Contains(s.Required, name) {
			out[name] = m.sample(member.Shape, largest)
		}
		if name == "DeviceLastAuthenticatedDate" {
			out[name] = 1548099495 // encoded in whole seconds
		}
	}
	return out
}

// sampleText returns a text of n characters that matches the pattern, or a longer
// one if the pattern requires it.
func sampleText(pattern string, n int) string {
	if pattern == "" {
		return strings.Repeat("x", n)
	}
	tree, err := syntax.Parse(translate(pattern), syntax.Perl)
	if err != nil {
		panic(err)
	}
	none := 0
	extra := max(0, n-len(grow(tree, &none)))
	return grow(tree, &extra)
}

// grow returns a text that the expression matches, with up to extra repetitions.
func grow(re *syntax.Regexp, extra *int) string {
	var out strings.Builder
	repeat := func(at int) {
		for range at {
			out.WriteString(grow(re.Sub[0], extra))
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		out.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		c := newClass(re.Rune)
		i := slices.IndexFunc([]rune("a0-/A"), c.has)
		out.WriteRune([]rune("a0-/A")[i])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('a')
	case syntax.OpConcat, syntax.OpCapture:
		for _, part := range re.Sub {
			out.WriteString(grow(part, extra))
		}
	case syntax.OpAlternate:
		out.WriteString(grow(re.Sub[0], extra))
	case syntax.OpPlus, syntax.OpStar:
		n := *extra
		*extra = 0
		if re.Op == syntax.OpPlus {
			n++
		}
		repeat(n)
	case syntax.OpRepeat:
		n := min(*extra, max(0, re.Max-re.Min))
		*extra -= n
		repeat(re.Min + n)
	case syntax.OpQuest:
		if *extra > 0 {
			none := 0
			*extra -= len(grow(re.Sub[0], &none))
			repeat(1)
		}
	}
	return out.String()
}

func asJSON(t testing.TB, v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// canonical rewrites JSON so that equal values have equal texts.
func canonical(t testing.TB, text []byte) string {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return string(asJSON(t, v))
}

func encoded(v any) []byte {
	var e encoder
	v.(interface{ encode(*encoder) }).encode(&e)
	return e.b
}

// newOutput returns an empty output of an operation; nil if it has none.
func newOutput(operation string) any {
	method, _ := reflect.TypeFor[Service]().MethodByName(operation)
	if method.Type.NumOut() == 1 {
		return nil
	}
	return reflect.New(method.Type.Out(0).Elem()).Interface()
}

// Every operation's smallest and largest valid input is valid and is unchanged
// after decoding and encoding: no member is lost, renamed or of another kind. The
// same holds for outputs.
func TestEveryOperation(t *testing.T) {
	m := patchedModel(t)
	if len(m.Operations) != len(Operations) {
		t.Errorf("%d operations in the model, %d in the table", len(m.Operations), len(Operations))
	}
	for name, o := range m.Operations {
		op, ok := Lookup(name)
		if !ok {
			t.Errorf("%s is not in the table", name)
			continue
		}
		for _, largest := range []bool{false, true} {
			body := asJSON(t, m.sample(o.Input.Shape, largest))
			in, err := op.Decode(body)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if v := op.Validate(in); len(v) > 0 {
				t.Errorf("%s: valid input: %.300s", name, v)
			}
			if sent, back := canonical(t, body), canonical(t, encoded(in)); sent != back {
				t.Errorf("%s:\nsent %.500s\nback %.500s", name, sent, back)
			}
			checkOutput(t, m, op, largest)
		}
	}
	if !slices.IsSortedFunc(Operations, func(a, b Operation) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the table is not sorted")
	}
}

func checkOutput(t *testing.T, m testModel, op *Operation, largest bool) {
	shape := m.Operations[op.Name].Output.Shape
	if op.HasOutput != (shape != "") {
		t.Errorf("%s: HasOutput is %t", op.Name, op.HasOutput)
	}
	if shape == "" {
		if b := op.AppendOutput([]byte("x"), nil); string(b) != "x" {
			t.Errorf("%s: output %s", op.Name, b)
		}
		return
	}
	body := asJSON(t, m.sample(shape, largest))
	out := newOutput(op.Name)
	if err := decodeBody(body, out.(interface{ decode(*decoder) error }).decode); err != nil {
		t.Errorf("%s: %v", shape, err)
		return
	}
	b := op.AppendOutput([]byte("x"), out)
	if sent, back := canonical(t, body), canonical(t, b[1:]); b[0] != 'x' || sent != back {
		t.Errorf("%s:\nsent %.500s\nback %.500s", shape, sent, back)
	}
}

// Each constraint of a top-level member is violated one step beyond its bound, and
// each missing required member is reported.
func TestBoundsAreEnforced(t *testing.T) {
	m := patchedModel(t)
	tried := 0
	for name, o := range m.Operations {
		shape := m.Shapes[o.Input.Shape]
		for member, r := range shape.Members {
			broken := m.beyond(r.Shape)
			if slices.Contains(shape.Required, member) {
				broken = append(broken, nil)
			}
			for _, value := range broken {
				m.checkBound(t, name, member, value)
			}
			tried += len(broken)
		}
	}
	if tried < 500 {
		t.Errorf("only %d bounds tried", tried)
	}
}

// checkBound validates an otherwise valid input with one invalid value.
func (m testModel) checkBound(t *testing.T, operation, member string, value any) {
	op, _ := Lookup(operation)
	input := m.Operations[operation].Input.Shape
	body := m.sample(input, false).(map[string]any)
	body[member] = value
	in, err := op.Decode(asJSON(t, body))
	if err != nil {
		t.Fatalf("%s.%s: %v", operation, member, err)
	}
	clauses := op.Validate(in)
	at := " at '" + lowerFirst(member) + "' failed to satisfy constraint: Member must "
	if len(clauses) != 1 || !strings.Contains(clauses[0].Text, at) ||
		(value == nil) != strings.HasPrefix(clauses[0].Text, "Value null") {
		t.Errorf("%s.%s = %.80v: %.300s", operation, member, value, clauses)
		return
	}
	if m.Shapes[m.Shapes[input].Members[member].Shape].Sensitive && value != nil &&
		!strings.HasPrefix(clauses[0].Text, "Value at ") {
		t.Errorf("%s.%s: a sensitive value is in the message", operation, member)
	}
}

// beyond lists values that each violate one constraint of the shape.
func (m testModel) beyond(shape string) []any {
	s := m.Shapes[shape]
	var out []any
	switch s.Type {
	case "integer":
		if s.Min != nil {
			out = append(out, *s.Min-1)
		}
		if s.Max != nil {
			out = append(out, *s.Max+1)
		}
	case "list":
		if s.Max != nil && *s.Max < sampleLength {
			out = append(out, slices.Repeat([]any{m.sample(s.Member.Shape, false)}, *s.Max+1))
		}
	case "string":
		if len(s.Enum) > 0 {
			out = append(out, s.Enum[0]+"?")
		}
		if s.Max != nil && *s.Max < sampleLength && len(sampleText(s.Pattern, *s.Max+1)) == *s.Max+1 {
			out = append(out, sampleText(s.Pattern, *s.Max+1))
		}
		if bad := strings.Repeat(" ", max(1, deref(s.Min))); s.Pattern != "" && !matcherOf(s.Pattern)(bad) {
			out = append(out, bad)
		}
	}
	return out
}

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}
