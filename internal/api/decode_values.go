package api

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
)

// kind returns the name of the next value's kind, for messages.
func (d *decoder) kind() string {
	switch c := d.peek(); {
	case c == '"':
		return "STRING_VALUE"
	case c == 't':
		return "TRUE_VALUE"
	case c == 'f':
		return "FALSE_VALUE"
	case c == '-' || c >= '0' && c <= '9':
		return "NUMBER_VALUE"
	}
	return ""
}

// scalar returns an error, with AWS's message, if the next value is not of the
// kind want.
func (d *decoder) scalar(want, to string) error {
	kind := d.kind()
	if kind == want {
		return nil
	}
	switch d.peek() {
	case '{':
		return d.wrong(errObject)
	case '[':
		return d.wrong(errList)
	}
	if kind == "" {
		return d.wrong(errField)
	}
	if kind == "STRING_VALUE" && to != "a String" {
		kind = "class java.lang.String"
	}
	return d.wrong(cannot(kind, to))
}

func (d *decoder) text(v **string) error {
	if d.null() {
		*v = nil
		return nil
	}
	var s string
	err := d.textValue(&s)
	*v = &s
	return err
}

func (d *decoder) textValue(v *string) error {
	if err := d.scalar("STRING_VALUE", "a String"); err != nil {
		return err
	}
	b, err := d.quoted()
	*v = string(b)
	return err
}

func (d *decoder) integer(v **int32) error {
	if d.null() {
		*v = nil
		return nil
	}
	wide, err := d.integral("an Integer", math.MaxInt32)
	n := int32(wide)
	*v = &n
	return err
}

// exact is the largest integer up to which a double, and so a JSON number of any
// client, represents every integer exactly.
const exact = 1<<53 - 1

func (d *decoder) long(v **int64) error {
	if d.null() {
		*v = nil
		return nil
	}
	n, err := d.integral("a Long", exact)
	*v = &n
	return err
}

// integral reads a number without a fraction, between -limit-1 and limit.
func (d *decoder) integral(to string, limit int64) (int64, error) {
	if err := d.scalar("NUMBER_VALUE", to); err != nil {
		return 0, err
	}
	text, err := d.number()
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		// 1.0 and 1e3 are integers too.
		f, err := strconv.ParseFloat(text, 64)
		if err != nil || f != math.Trunc(f) || math.Abs(f) > exact {
			return 0, cannot("NUMBER_VALUE", to)
		}
		n = int64(f)
	}
	if n < -limit-1 || n > limit {
		return 0, cannot("NUMBER_VALUE", to)
	}
	return n, nil
}

func (d *decoder) boolean(v **bool) error {
	if d.null() {
		*v = nil
		return nil
	}
	var b bool
	switch d.kind() {
	case "TRUE_VALUE":
		if b = true; !d.literal("true") {
			return errSyntax
		}
	case "FALSE_VALUE":
		if !d.literal("false") {
			return errSyntax
		}
	default:
		return d.scalar("TRUE_VALUE", "a Boolean")
	}
	*v = &b
	return nil
}

// timestamp reads epoch seconds or an RFC 3339 date.
func (d *decoder) timestamp(v **time.Time) error {
	if d.null() {
		*v = nil
		return nil
	}
	if d.kind() == "STRING_VALUE" {
		text, err := d.quoted()
		if err != nil {
			return err
		}
		t, err := time.Parse(time.RFC3339Nano, string(text))
		if err != nil {
			return cannot("class java.lang.String", "a Date")
		}
		*v = &t
		return nil
	}
	if err := d.scalar("NUMBER_VALUE", "a Date"); err != nil {
		return err
	}
	text, err := d.number()
	if err != nil {
		return err
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.Abs(f) > 1e12 {
		return cannot("NUMBER_VALUE", "a Date")
	}
	t := time.UnixMilli(int64(math.Round(f * 1000))).UTC()
	*v = &t
	return nil
}

func (d *decoder) blob(v *[]byte) error {
	if d.null() {
		*v = nil
		return nil
	}
	var s string
	if err := d.textValue(&s); err != nil {
		return err
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return &SerializationError{"A blob must be base64 text."}
	}
	*v = b
	return nil
}

// document keeps a free-form object as it is.
func (d *decoder) document(v *Document) error {
	if d.null() {
		*v = nil
		return nil
	}
	start := d.pos
	if d.peek() != '{' {
		return d.wrong(errField)
	}
	if err := d.skip(); err != nil {
		return err
	}
	*v = append(Document(nil), d.data[start:d.pos]...)
	return nil
}

func decodeStruct[T any](d *decoder, v **T, decode func(*T, *decoder) error) error {
	if d.null() {
		*v = nil
		return nil
	}
	*v = new(T)
	return decode(*v, d)
}

func decodeList[T any](d *decoder, v *[]T, decode func(*T, *decoder) error) error {
	if d.null() {
		*v = nil
		return nil
	}
	*v = []T{}
	return d.list(func() error {
		if len(*v) == maxElements {
			return errMany
		}
		if d.null() {
			return nil // null elements are omitted
		}
		var element T
		if err := decode(&element, d); err != nil {
			return err
		}
		*v = append(*v, element)
		return nil
	})
}

func decodeMap[T any](d *decoder, v *map[string]T, decode func(*T, *decoder) error) error {
	if d.null() {
		*v = nil
		return nil
	}
	*v = map[string]T{}
	return d.object(func(name []byte) error {
		if len(*v) == maxElements {
			return errMany
		}
		key := string(name)
		if d.null() {
			delete(*v, key) // null means absent and replaces an earlier entry
			return nil
		}
		var element T
		if err := decode(&element, d); err != nil {
			return err
		}
		(*v)[key] = element
		return nil
	})
}

func decodeText(v *string, d *decoder) error { return d.textValue(v) }
