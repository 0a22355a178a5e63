package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// Kind is a kind of document, which stores the domain type N.
type Kind[N any] struct {
	name    string
	version int
	record  reflect.Type
	encode  func(N) ([]byte, error)
	// written is the version that wrote the document last.
	decode func(doc []byte, written int) (N, error)
}

// upgrader is a record of a version above 1. upgrade converts a record that a
// lower version has written to this version.
type upgrader interface{ upgrade(written int) }

// of returns a kind. from converts a domain type to its record, to is the inverse.
func of[N, R any](name string, version int, from func(N) R, to func(R) N) Kind[N] {
	return Kind[N]{
		name: name, version: version, record: reflect.TypeFor[R](),
		encode: func(n N) ([]byte, error) { return marshal(from(n)) },
		decode: func(doc []byte, written int) (n N, err error) {
			var r R
			if err := json.Unmarshal(doc, &r); err != nil {
				return n, err
			}
			if old, ok := any(&r).(upgrader); ok && written < version {
				old.upgrade(written)
			}
			return to(r), nil
		},
	}
}

// itself returns the kind of a domain type that is its own record.
func itself[R any](name string, version int) Kind[R] {
	same := func(r R) R { return r }
	return of(name, version, same, same)
}

// marshal is json.Marshal without the escaping of <, > and &. Escaped characters
// are six times as long.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// header is the beginning of a document.
type header struct {
	// Version is the highest version that has written the document.
	Version int `json:"v"`
	// Written is the version that wrote it last, if that is a lower one. Its name is
	// long because the members of sealed records have names of one letter.
	Written int `json:"written,omitempty"`
}

// header reads the header of a document.
func (k Kind[N]) header(doc []byte) (h header, err error) {
	if rest, ok := bytes.CutPrefix(doc, firstVersion); ok && len(rest) > 0 && (rest[0] == ',' || rest[0] == '}') {
		return header{Version: 1}, nil // the most common case
	}
	if err := json.Unmarshal(doc, &h); err != nil {
		return h, err
	}
	h.Version = max(h.Version, 1)
	if h.Version > k.version+1 {
		return h, fmt.Errorf("the %s is of version %d, and this version of Lifeguard reads up to %d",
			k.name, h.Version, k.version+1)
	}
	return h, nil
}

var firstVersion = []byte(`{"v":1`)

// put returns an object with the header as its first members.
func (h header) put(object []byte) []byte {
	doc := append(make([]byte, 0, len(object)+16), `{"v":`...)
	doc = strconv.AppendInt(doc, int64(h.Version), 10)
	if h.Written != 0 {
		doc = strconv.AppendInt(append(doc, `,"written":`...), int64(h.Written), 10)
	}
	if string(object) != "{}" {
		doc = append(doc, ',')
	}
	return append(doc, object[1:]...)
}

// Decode decodes a document into n. It returns an error for a document of a
// version that is too new.
func (k Kind[N]) Decode(doc []byte, n *N) error {
	h, err := k.header(doc)
	if err != nil {
		return err
	}
	decoded, err := k.decode(doc, cmp.Or(h.Written, h.Version))
	if err == nil {
		*n = decoded
	}
	return err
}

// Encode encodes n as a document that replaces the stored one. stored is empty if
// there is none. Members that this version does not define are kept as they are
// stored: members of the document, of objects in it, and of unchanged objects in
// its lists.
func (k Kind[N]) Encode(n N, stored []byte) ([]byte, error) {
	doc, err := k.encode(n)
	if err != nil {
		return nil, err
	}
	now := header{Version: k.version}
	if len(stored) == 0 {
		return now.put(doc), nil
	}
	before, err := k.header(stored)
	if err != nil {
		return nil, err
	}
	if before.Version > k.version {
		now = header{before.Version, k.version}
	}
	if doc, err = keepUnknown(stored, doc, k.record); err != nil {
		return nil, err
	}
	return now.put(doc), nil
}
