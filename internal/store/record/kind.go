package record

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
)

// Kind is a kind of document, which keeps the noun N.
type Kind[N any] struct {
	name    string
	version int
	record  reflect.Type
	encode  func(N) ([]byte, error)
	// decode gets the version that the document was last written by.
	decode func(doc []byte, written int) (N, error)
}

// upgrader is a record of a version above 1. upgrade makes one that a lower
// version has written what this version would have written.
type upgrader interface{ upgrade(written int) }

// of is the kind whose nouns become records by from, and come back by to.
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

// itself is the kind of a noun that is a record.
func itself[R any](name string, version int) Kind[R] {
	same := func(r R) R { return r }
	return of(name, version, same, same)
}

// marshal is json.Marshal, but leaves <, > and & as they are: escaped, a scope of
// them is six times as long.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// header is what a document begins with.
type header struct {
	// Version is the highest that has written the document.
	Version int `json:"v"`
	// Written is the version that wrote it last, where that is a lower one. Sealed
	// records have members of one letter.
	Written int `json:"written,omitempty"`
}

// header reads the header of a document.
func (k Kind[N]) header(doc []byte) (h header, err error) {
	if rest, ok := bytes.CutPrefix(doc, firstVersion); ok && len(rest) > 0 && (rest[0] == ',' || rest[0] == '}') {
		return header{Version: 1}, nil // as nearly all are
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

// put returns an object with the header at its front.
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

// Decode sets a noun to what a document says.
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

// Encode makes the document of a noun in place of the stored one, which is
// empty when there is none. Members that this version does not know stay as
// they are stored: those of the document, of objects in it, and of objects in
// its lists that have not changed.
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
