package brand

import (
	"encoding/json"
	"reflect"
	"testing"
)

// The cases of RFC 7396, appendix A, whose target and patch are objects, and
// cases for order and numbers.
func TestMergeJSON(t *testing.T) {
	for _, c := range []struct{ object, patch, want string }{
		{`{"a":"b"}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"b"}`, `{"b":"c"}`, `{"a":"b","b":"c"}`},
		{`{"a":"b"}`, `{"a":null}`, `{}`},
		{`{"a":"b","b":"c"}`, `{"a":null}`, `{"b":"c"}`},
		{`{"a":["b"]}`, `{"a":"c"}`, `{"a":"c"}`},
		{`{"a":"c"}`, `{"a":["b"]}`, `{"a":["b"]}`},
		{`{"a":{"b":"c"}}`, `{"a":{"b":"d","c":null}}`, `{"a":{"b":"d"}}`},
		{`{"a":[{"b":"c"}]}`, `{"a":[1]}`, `{"a":[1]}`},
		{`{"e":null}`, `{"a":1}`, `{"e":null,"a":1}`},
		{`{}`, `{"a":{"bb":{"ccc":null}}}`, `{"a":{"bb":{}}}`},
		{` { "z" : 8.0 , "a":{"y":1e3, "x":[ 1, {"n":null} ]} } `, `{"a":{"x2":0.10},"b":"\u003c"}`,
			`{"z":8.0,"a":{"y":1e3,"x":[1,{"n":null}],"x2":0.10},"b":"\u003c"}`},
		{`{"a":1,"b":2,"a":3}`, `{"c":null,"c":4}`, `{"a":3,"b":2,"c":4}`},
	} {
		got, err := mergeJSON([]byte(c.object), []byte(c.patch))
		if err != nil || string(got) != c.want {
			t.Errorf("%s with %s is %s, %v, want %s", c.object, c.patch, got, err, c.want)
		}
	}
	for _, bad := range []string{"", "[]", "1", `{"a"}`, `{"a":1`, `{} {}`} {
		if got, err := mergeJSON([]byte(bad), []byte("{}")); err == nil {
			t.Errorf("%q became %s", bad, got)
		}
	}
}

// FuzzMergeJSON compares with the algorithm of RFC 7396, section 2, on decoded
// values.
func FuzzMergeJSON(f *testing.F) {
	f.Add(`{"a":{"b":1}}`, `{"a":{"b":null,"c":[1]},"d":{"e":null}}`)
	f.Add(`{"":{}}`, `{"":{"":null}}`)
	f.Fuzz(func(t *testing.T, object, patch string) {
		got, err := mergeJSON([]byte(object), []byte(patch))
		if err != nil {
			return
		}
		var target, change, merged any
		for text, v := range map[string]*any{object: &target, patch: &change} {
			if err := json.Unmarshal([]byte(text), v); err != nil {
				t.Skip("numbers beyond floats")
			}
		}
		if object == patch {
			target = change
			if err := json.Unmarshal([]byte(object), &target); err != nil {
				t.Skip("numbers beyond floats")
			}
		}
		if err := json.Unmarshal(got, &merged); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if want := mergePatch(target, change); !reflect.DeepEqual(merged, want) {
			t.Fatalf("%s with %s is %s, want %v", object, patch, got, want)
		}
	})
}

func mergePatch(target, patch any) any {
	changes, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	out := map[string]any{}
	if old, ok := target.(map[string]any); ok {
		for name, v := range old {
			out[name] = v
		}
	}
	for name, v := range changes {
		if v == nil {
			delete(out, name)
		} else {
			out[name] = mergePatch(out[name], v)
		}
	}
	return out
}

// The default document is complete: its own names are all known, and a style
// without settings returns it unchanged.
func TestDefaultBranding(t *testing.T) {
	if err := checkSettings(defaultBranding); err != nil {
		t.Error(err)
	}
	merged, err := new(ManagedLogin).MergedSettings()
	var got, want any
	if err != nil || json.Unmarshal(merged, &got) != nil || json.Unmarshal(defaultBranding, &want) != nil ||
		!reflect.DeepEqual(got, want) {
		t.Errorf("merged %s, %v", merged, err)
	}
	if n := len(want.(map[string]any)["components"].(map[string]any)); n != 11 {
		t.Errorf("%d components", n)
	}
}
