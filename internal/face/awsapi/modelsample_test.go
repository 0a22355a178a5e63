package awsapi_test

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The API model as data, for tests that are generated for every operation.

type modelRef struct{ Shape string }

type modelShape struct {
	Type       string
	Members    map[string]modelRef
	Required   []string
	Member     modelRef
	Key, Value modelRef
	Min, Max   *int
	Pattern    string
	Enum       []string
	Document   bool
}

type apiModel struct {
	Operations map[string]struct {
		Input    modelRef
		AuthType string
	}
	Shapes map[string]modelShape
	// known has valid values of members by name, such as ids in a world.
	known object
}

// readModel reads the model with its patches.
func readModel(t testing.TB) *apiModel {
	t.Helper()
	var raw object
	var patches []struct {
		Path string
		Set  any
	}
	for name, into := range map[string]any{"cognito-idp-2016-04-18": &raw, "patches": &patches} {
		text, err := os.ReadFile("../../api/model/" + name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, into); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range patches {
		path, parent := strings.Split(strings.TrimSuffix(p.Path, "/-"), "/"), raw
		for _, step := range path[:len(path)-1] {
			parent = parent[step].(object)
		}
		last := path[len(path)-1]
		if strings.HasSuffix(p.Path, "/-") {
			p.Set = append(parent[last].([]any), p.Set)
		}
		parent[last] = p.Set
	}
	m := &apiModel{known: object{}}
	if err := json.Unmarshal([]byte(asJSON(t.(*testing.T), raw)), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// operations returns the names of all operations, sorted.
func (m *apiModel) operations() []string { return slices.Sorted(maps.Keys(m.Operations)) }

// input returns the shape of an operation's input.
func (m *apiModel) input(operation string) modelShape {
	return m.Shapes[m.Operations[operation].Input.Shape]
}

// smallest returns an operation's smallest input: its required members.
func (m *apiModel) smallest(operation string) object {
	return m.structure(m.input(operation)).(object)
}

func (m *apiModel) structure(s modelShape) any {
	out := object{}
	for _, name := range s.Required {
		out[name] = m.value(name, s.Members[name].Shape)
	}
	return out
}

// value returns a valid value of a member: the known one for its name, or one of
// its shape.
func (m *apiModel) value(name, shape string) any {
	if v, ok := m.known[name]; ok {
		return v
	}
	s := m.Shapes[shape]
	switch s.Type {
	case "string":
		if len(s.Enum) > 0 {
			return s.Enum[0]
		}
		return sampleText(s)
	case "integer", "long":
		return max(1, deref(s.Min))
	case "boolean":
		return false
	case "timestamp":
		return 1548099495
	case "blob":
		return "AAEC"
	case "list":
		return []any{m.value(name, s.Member.Shape)}
	case "map":
		return object{m.value("", s.Key.Shape).(string): m.value("", s.Value.Shape)}
	}
	return m.structure(s)
}

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

// texts are tried in this order for a member with a pattern.
var texts = []string{
	"sample", "sample-text {####} {##link##}", "1", "123456", "ann@example.com", "sample_0", "cognito:default",
	"terms-of-use", "import-1", "us-east-1_0", "f81d4fae-7dec-41d0-8765-00a0c91e6bf6",
	"arn:aws:iam::111111111111:role/sample", "arn:aws:s3:::sample", "abcdefghijklmnopqrstuvwxyz",
}

func sampleText(s modelShape) string {
	// The one pattern with a lookbehind forbids a dot at the end.
	pattern := regexp.MustCompile("^(?:" + strings.ReplaceAll(s.Pattern, `(?<!\.)`, "") + ")$")
	for _, text := range texts {
		if len(text) >= deref(s.Min) && (s.Max == nil || len(text) <= *s.Max) &&
			(s.Pattern == "" || pattern.MatchString(text)) {
			return text
		}
	}
	panic("no sample text matches " + s.Pattern)
}

// A memberPath is the path to a member: names of members, and "" for the elements
// of a list.
type memberPath []string

func (p memberPath) String() string { return strings.Join(p, ".") }

// paths lists every member of a structure, down to a depth of nesting.
func (m *apiModel) paths(s modelShape, depth int) (found []memberPath) {
	for _, name := range slices.Sorted(maps.Keys(s.Members)) {
		found = append(found, memberPath{name})
		path, inner := memberPath{name}, m.Shapes[s.Members[name].Shape]
		for inner.Type == "list" {
			path, inner = append(path, ""), m.Shapes[inner.Member.Shape]
			found = append(found, path)
		}
		if inner.Type != "structure" || inner.Document || depth == 0 {
			continue
		}
		for _, below := range m.paths(inner, depth-1) {
			found = append(found, slices.Concat(path, below))
		}
	}
	return found
}

// putInto returns the smallest value of a shape that has v at the path.
func (m *apiModel) putInto(shape string, path memberPath, v any) any {
	if len(path) == 0 {
		return v
	}
	s := m.Shapes[shape]
	if s.Type == "list" {
		return []any{m.putInto(s.Member.Shape, path[1:], v)}
	}
	out := m.structure(s).(object)
	out[path[0]] = m.putInto(s.Members[path[0]].Shape, path[1:], v)
	return out
}

// TestSamples checks the samples with the validators.
func TestSamples(t *testing.T) {
	w, m := newWorld(t), readModel(t)
	for _, operation := range m.operations() {
		answer := w.send(w.request(operation, m.smallest(operation)))
		if text := answer.Body.String(); strings.Contains(text, "validation error") ||
			strings.Contains(text, "SerializationException") {
			t.Errorf("%s: %s", operation, text)
		}
	}
}
