package api

import (
	"encoding/base64"
	"maps"
	"math"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"
)

// Document is a free-form JSON object, as the client sent it.
type Document []byte

// encoder appends JSON. Nil members are omitted; empty lists and maps are not.
type encoder struct {
	b     []byte
	first bool
}

func (e *encoder) open()  { e.b, e.first = append(e.b, '{'), true }
func (e *encoder) close() { e.b, e.first = append(e.b, '}'), false }

func (e *encoder) name(n string) {
	if !e.first {
		e.b = append(e.b, ',')
	}
	e.first = false
	e.b = append(appendText(e.b, n), ':')
}

func (e *encoder) text(n string, v *string) {
	if v != nil {
		e.name(n)
		e.b = appendText(e.b, *v)
	}
}

func (e *encoder) integer(n string, v *int32) {
	if v != nil {
		e.name(n)
		e.b = strconv.AppendInt(e.b, int64(*v), 10)
	}
}

func (e *encoder) long(n string, v *int64) {
	if v != nil {
		e.name(n)
		e.b = strconv.AppendInt(e.b, *v, 10)
	}
}

func (e *encoder) boolean(n string, v *bool) {
	if v != nil {
		e.name(n)
		e.b = strconv.AppendBool(e.b, *v)
	}
}

// timestamp writes epoch seconds with milliseconds. As in the service, the
// device's last authentication is in whole seconds, with .0.
func (e *encoder) timestamp(n string, v *time.Time) {
	if v == nil {
		return
	}
	e.name(n)
	if n == "DeviceLastAuthenticatedDate" {
		e.b = append(strconv.AppendInt(e.b, v.Unix(), 10), '.', '0')
		return
	}
	seconds := math.Round(float64(v.UnixMilli())) / 1000
	e.b = strconv.AppendFloat(e.b, seconds, 'f', -1, 64)
}

func (e *encoder) blob(n string, v []byte) {
	if v != nil {
		e.name(n)
		e.b = append(e.b, '"')
		e.b = base64.StdEncoding.AppendEncode(e.b, v)
		e.b = append(e.b, '"')
	}
}

func (e *encoder) document(n string, v Document) {
	if len(v) > 0 {
		e.name(n)
		e.b = append(e.b, v...)
	}
}

func encodeStruct[T any](e *encoder, n string, v *T, encode func(*T, *encoder)) {
	if v != nil {
		e.name(n)
		encode(v, e)
	}
}

func encodeList[T any](e *encoder, n string, v []T, encode func(*T, *encoder)) {
	if v == nil {
		return
	}
	e.name(n)
	e.b = append(e.b, '[')
	for i := range v {
		if i > 0 {
			e.b = append(e.b, ',')
		}
		encode(&v[i], e)
	}
	e.b, e.first = append(e.b, ']'), false
}

// encodeMap writes a map in the order of its keys.
func encodeMap[T any](e *encoder, n string, v map[string]T, encode func(*T, *encoder)) {
	if v == nil {
		return
	}
	e.name(n)
	e.open()
	for _, key := range slices.Sorted(maps.Keys(v)) {
		e.name(key)
		element := v[key]
		encode(&element, e)
	}
	e.close()
}

func encodeText(v *string, e *encoder) { e.b = appendText(e.b, *v) }

const hexDigits = "0123456789abcdef"

// appendText appends a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendText(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		case c < utf8.RuneSelf:
			b = append(b, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			b = utf8.AppendRune(b, r)
			i += size
			continue
		}
		i++
	}
	return append(b, '"')
}
