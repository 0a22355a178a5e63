package store

import (
	"encoding/json"
	"reflect"
	"strings"
)

// keepUnknown returns doc, which v was encoded to, with those members of the
// stored document that the type of v does not have: a node of a newer version
// has written them, and a node of this one must not drop them when it changes
// another. It looks into nested structs, not into lists and maps.
func keepUnknown(stored, doc []byte, v any) ([]byte, error) {
	return mergeUnknown(stored, doc, reflect.TypeOf(v))
}

func mergeUnknown(stored, doc json.RawMessage, t reflect.Type) (json.RawMessage, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || reflect.PointerTo(t).Implements(marshaler) || !isObject(stored) || !isObject(doc) {
		return doc, nil
	}
	var before, after map[string]json.RawMessage
	if err := json.Unmarshal(stored, &before); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc, &after); err != nil {
		return nil, err
	}
	known, changed := members(t), false
	for name, value := range before {
		inner, isKnown := known[strings.ToLower(name)]
		if !isKnown {
			after[name], changed = value, true
			continue
		}
		if _, has := after[name]; !has {
			continue
		}
		merged, err := mergeUnknown(value, after[name], inner)
		if err != nil {
			return nil, err
		}
		changed = changed || len(merged) != len(after[name])
		after[name] = merged
	}
	if !changed {
		return doc, nil
	}
	return json.Marshal(after)
}

var marshaler = reflect.TypeFor[json.Marshaler]()

func isObject(text []byte) bool { return len(text) > 0 && text[0] == '{' }

// members are the types of a struct's members, by name without case: that is how
// encoding/json finds them.
func members(t reflect.Type) map[string]reflect.Type {
	found := map[string]reflect.Type{}
	for _, f := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || name == "-" || f.Anonymous && name == "" {
			continue
		}
		if name == "" {
			name = f.Name
		}
		found[strings.ToLower(name)] = f.Type
	}
	return found
}

// encodeOver encodes v in place of the document that the query finds.
func (tx *Tx) encodeOver(v any, query string, args ...any) ([]byte, error) {
	var stored string
	if _, err := tx.one([]any{&stored}, query, args...); err != nil {
		return nil, err
	}
	doc, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return keepUnknown([]byte(stored), doc, v)
}
