package awsapi_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/api"
)

// TestNULIsRefused sends U+0000 in every string, map key and map value of every
// operation, in unknown members, and in documents. The gate refuses it and does not
// call the operation. Violations of the model are reported first.
func TestNULIsRefused(t *testing.T) {
	w, m := furnished(t)
	w.gate.Service = api.Unbuilt{}
	const refusal = `"InvalidParameterException","message":"The request has a string with the character U+0000`
	const nul = `"a\u0000b"`
	sent := 0
	for _, operation := range m.operations() {
		input := m.Operations[operation].Input.Shape
		refused := func(what, body string) {
			t.Helper()
			answer := w.send(w.raw(operation, body))
			text := answer.Body.String()
			known := strings.Contains(text, refusal) || strings.Contains(text, "failed to satisfy constraint") ||
				strings.Contains(text, "Unexpected field type")
			if answer.Code != 400 || !known {
				t.Errorf("%s, %s: %d %.300s", operation, what, answer.Code, text)
			}
			sent++
		}
		valid := strings.TrimSuffix(asJSON(t, m.smallest(operation)), "}")
		if answer := w.send(w.raw(operation, valid+"}")); answer.Code != 501 {
			t.Errorf("control: %s was not called: %d %s", operation, answer.Code, answer.Body)
		}
		for _, member := range []string{`"Unknown":` + nul, nul + `:1`, `"Unknown":[{"a":{` + nul + `:""}}]`} {
			refused(member, strings.Replace(valid+","+member+"}", "{,", "{", 1))
		}
		for _, path := range m.paths(m.input(operation), nesting) {
			shape := m.Shapes[m.leaf(input, path)]
			before, after := m.around(t, input, path)
			switch {
			case shape.Document:
				refused(path.String(), before+`{"a":[`+nul+`]}`+after)
			case shape.Type == "map":
				refused(path.String()+", key", before+`{`+nul+`:"v"}`+after)
				refused(path.String()+", value", before+`{"k":`+nul+`}`+after)
			case shape.Type == "string":
				refused(path.String(), before+nul+after)
			}
		}
	}
	if sent < 1000 {
		t.Errorf("only %d texts were tried", sent)
	}
}

// leaf returns the shape of the value at a path, which may lead through lists.
func (m *apiModel) leaf(shape string, path memberPath) string {
	for _, name := range path {
		if s := m.Shapes[shape]; s.Type == "list" {
			shape = s.Member.Shape
		} else {
			shape = s.Members[name].Shape
		}
	}
	return shape
}
