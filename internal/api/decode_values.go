package api

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"
)

// kind names the value that comes next, for messages.
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

// scalar refuses a value of another kind than want, in AWS's words.
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
	s, err := d.quoted()
	*v = s
	return err
}

func (d *decoder) integer(v **int32) error {
	var wide *int64
	if err := d.long(&wide); err != nil || wide == nil {
		*v = nil
		return err
	}
	if *wide < math.MinInt32 || *wide > math.MaxInt32 {
		return cannot("NUMBER_VALUE", "an Integer")
	}
	n := int32(*wide)
	*v = &n
	return nil
}

func (d *decoder) long(v **int64) error {
	if d.null() {
		*v = nil
		return nil
	}
	if err := d.scalar("NUMBER_VALUE", "an Integer"); err != nil {
		return err
	}
	text, err := d.number()
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		// 1.0 and 1e3 are integers too, as long as a double holds them exactly.
		f, ferr := strconv.ParseFloat(text, 64)
		if ferr != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
			return cannot("NUMBER_VALUE", "an Integer")
		}
		n = int64(f)
	}
	*v = &n
	return nil
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
		t, err := time.Parse(time.RFC3339Nano, text)
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
		var element T
		if d.null() {
			return nil // a null element is no element
		}
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
	return d.object(func(name string) error {
		var element T
		if d.null() {
			return nil
		}
		if err := decode(&element, d); err != nil {
			return err
		}
		(*v)[name] = element
		return nil
	})
}

func decodeText(v *string, d *decoder) error { return d.textValue(v) }
