package brand

import (
	"bytes"
	"encoding/json"
	"errors"
)

// jsonMember is one member of an object, its value as it was written.
type jsonMember struct {
	name  string
	value json.RawMessage
}

var errNoObject = errors.New("not a JSON object")

// isJSONObject reports whether a valid JSON value is an object.
func isJSONObject(value []byte) bool {
	value = bytes.TrimLeft(value, " \t\r\n")
	return len(value) > 0 && value[0] == '{'
}

// jsonMembers returns the members of an object in order. If a name occurs
// twice, the last value is used in the first position.
func jsonMembers(object []byte) (members []jsonMember, err error) {
	if !isJSONObject(object) || !json.Valid(object) {
		return nil, errNoObject
	}
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	at := map[string]int{}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		m := jsonMember{name: name.(string)}
		if err := d.Decode(&m.value); err != nil {
			return nil, err
		}
		if i, twice := at[m.name]; twice {
			members[i] = m
			continue
		}
		at[m.name] = len(members)
		members = append(members, m)
	}
	return members, nil
}

// mergeJSON applies a patch to an object by RFC 7396. It preserves the order of
// members and the text of numbers. See docs/divergences OA-51.
func mergeJSON(object, patch []byte) ([]byte, error) {
	members, err := jsonMembers(object)
	if err != nil {
		return nil, err
	}
	changes, err := jsonMembers(patch)
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, m := range members {
		at[m.name] = i
	}
	for _, c := range changes {
		i, known := at[c.name]
		if !known {
			i, members = len(members), append(members, jsonMember{name: c.name})
		}
		if members[i].value, err = mergeValue(members[i].value, c.value); err != nil {
			return nil, err
		}
	}
	return writeJSON(members)
}

// mergeValue returns nil for a value to be removed.
func mergeValue(old, patch json.RawMessage) (json.RawMessage, error) {
	switch {
	case string(patch) == "null":
		return nil, nil
	case !isJSONObject(patch):
		return patch, nil
	case !isJSONObject(old):
		old = json.RawMessage("{}")
	}
	return mergeJSON(old, patch)
}

func writeJSON(members []jsonMember) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, m := range members {
		if m.value == nil {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		if err := json.Compact(&b, m.value); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// unknownJSON returns the paths of an object's names that the known object does
// not have, down to the given number of levels.
func unknownJSON(object, known []byte, path string, levels int) (unknown []string, err error) {
	members, err := jsonMembers(object)
	if err != nil {
		return nil, err
	}
	model, err := jsonMembers(known)
	if err != nil {
		return nil, err
	}
	at := map[string]json.RawMessage{}
	for _, m := range model {
		at[m.name] = m.value
	}
	for _, m := range members {
		value, ok := at[m.name]
		if !ok {
			unknown = append(unknown, path+"."+m.name)
			continue
		}
		if levels == 1 || !isJSONObject(m.value) || !isJSONObject(value) {
			continue
		}
		deeper, err := unknownJSON(m.value, value, path+"."+m.name, levels-1)
		if err != nil {
			return nil, err
		}
		unknown = append(unknown, deeper...)
	}
	return unknown, nil
}

// depthJSON returns the nesting depth of a document's arrays and objects.
func depthJSON(document []byte) (deepest int) {
	d := json.NewDecoder(bytes.NewReader(document))
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return deepest
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			deepest = max(deepest, depth)
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
	}
}
