package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The API model as data. Tests read it from the repository and do not use the
// server's code.

type object = map[string]any

type modelRef struct{ Shape string }

type modelShape struct {
	Type         string
	Members      map[string]modelRef
	Required     []string
	Member       modelRef
	Key, Value   modelRef
	Min, Max     *int
	Pattern      string
	Enum         []string
	Sensitive    bool
	Document     bool
	EmptyAllowed bool `json:"x-empty-allowed"`
}

type modelOperation struct {
	Input, Output modelRef
	Errors        []modelRef
	AuthType      string
}

type model struct {
	Operations map[string]modelOperation
	Shapes     map[string]modelShape
}

// readModel reads the model and applies its patches.
func readModel(t *testing.T) *model {
	t.Helper()
	var raw object
	var patches []struct {
		Path string
		Set  any
	}
	for name, into := range map[string]any{"cognito-idp-2016-04-18": &raw, "patches": &patches} {
		text, err := os.ReadFile("../internal/api/model/" + name + ".json")
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
	m := &model{}
	if err := json.Unmarshal(marshal(t, raw), m); err != nil {
		t.Fatal(err)
	}
	return m
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (m *model) names() []string { return slices.Sorted(maps.Keys(m.Operations)) }

// frontEnd are refusals by the front end, which are in no operation's model.
var frontEnd = []string{"SerializationException", "UnknownOperationException", "RequestEntityTooLargeException"}

// listsError reports whether the model lists the error for the operation.
func (m *model) listsError(operation, name string) bool {
	return slices.Contains(frontEnd, name) || slices.Contains(m.Operations[operation].Errors, modelRef{name})
}

// matcher matches whole values of a Java pattern.
func matcher(pattern string) *regexp.Regexp {
	// The one pattern with a look-behind refuses a dot at the end.
	return regexp.MustCompile("^(?:" + strings.ReplaceAll(pattern, `(?<!\.)`, "") + ")$")
}

// missing lists the members of the model that an input lacks.
func (m *model) missing(shape, path string, v any) (found []string) {
	s := m.Shapes[shape]
	switch {
	case s.Type == "structure" && !s.Document:
		have, _ := v.(object)
		for _, name := range slices.Sorted(maps.Keys(s.Members)) {
			at := strings.TrimPrefix(path+"."+name, ".")
			inner, ok := have[name]
			if !ok {
				found = append(found, at)
				continue
			}
			found = append(found, m.missing(s.Members[name].Shape, at, inner)...)
		}
	case s.Type == "list":
		// A member counts as missing if every element lacks it.
		lacking := map[string]int{}
		list, _ := v.([]any)
		for _, element := range list {
			for _, name := range m.missing(s.Member.Shape, path, element) {
				lacking[name]++
			}
		}
		for name, n := range lacking {
			if n == len(list) {
				found = append(found, name)
			}
		}
	}
	return found
}

// misfits lists the errors of a response: members that are not in the model,
// missing required ones, other types, values outside enumerations.
func (m *model) misfits(shape, path string, v any) (found []string) {
	s := m.Shapes[shape]
	wrong := func(format string, args ...any) {
		found = append(found, path+": "+fmt.Sprintf(format, args...))
	}
	switch s.Type {
	case "structure":
		return m.structureMisfits(s, path, v)
	case "list":
		list, ok := v.([]any)
		if !ok {
			wrong("%v is not a list", v)
		}
		for i, element := range list {
			found = append(found, m.misfits(s.Member.Shape, fmt.Sprintf("%s[%d]", path, i), element)...)
		}
	case "map":
		entries, ok := v.(object)
		if !ok {
			wrong("%v is not a map", v)
		}
		for key, value := range entries {
			found = append(found, m.misfits(s.Value.Shape, path+"."+key, value)...)
		}
	case "string", "blob":
		text, ok := v.(string)
		if !ok {
			wrong("%v is not a string", v)
		} else if len(s.Enum) > 0 && !slices.Contains(s.Enum, text) {
			wrong("%q is not in %v", text, s.Enum)
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			wrong("%v is not a boolean", v)
		}
	case "integer", "long", "timestamp", "double":
		if _, ok := v.(float64); !ok {
			wrong("%v is not a number", v)
		}
	}
	return found
}

func (m *model) structureMisfits(s modelShape, path string, v any) (found []string) {
	have, ok := v.(object)
	if !ok {
		return []string{fmt.Sprintf("%s: %v is not a structure", path, v)}
	}
	if s.Document || len(have) == 0 && strings.HasSuffix(path, ".CustomDomainConfig") {
		return nil // the service returns that of a prefix domain as {}
	}
	for name, value := range have {
		member, known := s.Members[name]
		switch {
		case !known:
			found = append(found, path+"."+name+": the model has no such member")
		case value == nil:
			found = append(found, path+"."+name+": null")
		default:
			found = append(found, m.misfits(member.Shape, path+"."+name, value)...)
		}
	}
	for _, name := range s.Required {
		if have[name] == nil {
			found = append(found, path+"."+name+": required and missing")
		}
	}
	return found
}
