package record

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// keepUnknown returns doc, the document of a record of type t, with the members
// of the stored document that t does not have. A node of a newer version has
// written them, and this node must keep them when it changes other members. The
// header is not copied.
func keepUnknown(stored, doc json.RawMessage, t reflect.Type) (json.RawMessage, error) {
	known := members(t)
	maps.Copy(known, members(reflect.TypeFor[header]()))
	return mergeObject(stored, doc, known)
}

func merge(stored, doc json.RawMessage, t reflect.Type) (json.RawMessage, error) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case bytes.Equal(stored, doc):
	case isObject(t) && begins(stored, '{') && begins(doc, '{'):
		return mergeObject(stored, doc, members(t))
	case t.Kind() == reflect.Slice && isObject(t.Elem()) && begins(stored, '[') && begins(doc, '['):
		return mergeList(stored, doc, t.Elem())
	}
	return doc, nil
}

func mergeObject(stored, doc json.RawMessage, known map[string]reflect.Type) (json.RawMessage, error) {
	var before, after map[string]json.RawMessage
	if err := json.Unmarshal(stored, &before); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc, &after); err != nil {
		return nil, err
	}
	changed := false
	for name, value := range before {
		inner, isKnown := known[strings.ToLower(name)]
		now, has := after[name]
		switch {
		case !isKnown:
			after[name], changed = value, true
			continue
		case !has && isObject(inner):
			now = json.RawMessage("{}") // omitted because its known members are zero
		case !has:
			continue
		}
		merged, err := merge(value, now, inner)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(merged, now) {
			after[name], changed = merged, true
		}
	}
	if !changed {
		return doc, nil
	}
	return marshal(after)
}

// mergeList replaces each object of doc with the stored object whose known members
// are equal.
func mergeList(stored, doc json.RawMessage, t reflect.Type) (json.RawMessage, error) {
	var before, after []json.RawMessage
	if err := json.Unmarshal(stored, &before); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(doc, &after); err != nil {
		return nil, err
	}
	for _, old := range before {
		known := reflect.New(t).Interface()
		if err := json.Unmarshal(old, known); err != nil {
			return nil, err
		}
		same, err := marshal(known)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(after, func(now json.RawMessage) bool { return bytes.Equal(now, same) }); i >= 0 {
			after[i] = old
		}
	}
	return marshal(after)
}

var marshaler = reflect.TypeFor[json.Marshaler]()

// isObject reports whether values of t are encoded as objects with t's members.
func isObject(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && !reflect.PointerTo(t).Implements(marshaler)
}

func begins(text []byte, with byte) bool { return len(text) > 0 && text[0] == with }

// members returns the types of a record's members by lower-case name, since
// encoding/json ignores case.
func members(t reflect.Type) map[string]reflect.Type {
	found := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case name == "" && f.Anonymous:
			maps.Copy(found, members(f.Type))
		default:
			found[strings.ToLower(name)] = f.Type
		}
	}
	return found
}
