package trigger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"unicode/utf8"
)

// Errors of responses. Their texts are for the log and contain names of
// members, never values.
var (
	errNotJSON      = errors.New("the response is null or not JSON")
	errUnrecognized = errors.New("the response is not the event")
)

// object reads members of a JSON object by their exact names. It keeps the
// first error of a member with a wrong type.
type object struct {
	path    string
	members map[string]json.RawMessage
	wrong   *error // shared with the objects inside
}

// parseAnswer parses a returned event and returns its response. The envelope
// must be complete: a function in a typed language that drops members has not
// decoded the event. Lambda's runtimes return null for a function without a
// result.
func parseAnswer(answer []byte) (object, error) {
	if !json.Valid(answer) || !utf8.Valid(answer) || kind(answer) == "null" {
		return object{}, errNotJSON
	}
	var wrong error
	whole := open("event", answer, &wrong)
	for _, name := range []string{"version", "region", "userPoolId", "userName"} {
		whole.required(name)
	}
	caller := whole.object("callerContext")
	caller.required("awsSdkVersion")
	caller.required("clientId")
	whole.object("request")
	response := whole.object("response")
	if hasNUL(whole.members["response"]) {
		whole.reject("event.response has text with U+0000")
	}
	return response, wrong
}

// hasNUL reports whether a JSON value contains U+0000, which cannot be stored.
// In JSON it is always escaped.
func hasNUL(value json.RawMessage) bool {
	for {
		at := bytes.IndexByte(value, '\\')
		if at < 0 {
			return false
		}
		if bytes.HasPrefix(value[at+1:], []byte("u0000")) {
			return true
		}
		value = value[at+2:]
	}
}

// open parses an object; null is an error.
func open(path string, text json.RawMessage, wrong *error) object {
	o := object{path: path, wrong: wrong}
	if kind(text) != "an object" {
		o.refuse("", text, "an object")
	} else if err := json.Unmarshal(text, &o.members); err != nil {
		o.refuse("", text, "an object")
	}
	return o
}

func (o object) refuse(name string, value json.RawMessage, want string) {
	path := o.path
	if name != "" {
		path += "." + name
	}
	o.reject(fmt.Sprintf("%s is %s, not %s", path, kind(value), want))
}

func (o object) reject(why string) {
	if *o.wrong == nil {
		*o.wrong = fmt.Errorf("%w: %s", errUnrecognized, why)
	}
}

// kind returns the name of the type of a JSON value.
func kind(value json.RawMessage) string {
	value = bytes.TrimLeft(value, " \t\r\n")
	if len(value) == 0 {
		return "absent"
	}
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	}
	return "a number"
}

// given reports whether a member is present and not null.
func (o object) given(name string) bool {
	k := kind(o.members[name])
	return k != "absent" && k != "null"
}

// required checks that a string member is present.
func (o object) required(name string) { o.decode(name, "a string", new(string)) }

// object returns an object member that must be present.
func (o object) object(name string) object {
	inner := open(o.path+"."+name, o.members[name], o.wrong)
	return inner
}

// optional returns an object member; null and absent are an empty object.
func (o object) optional(name string) object {
	if !o.given(name) {
		return object{path: o.path + "." + name, wrong: o.wrong}
	}
	return o.object(name)
}

// flag returns a boolean member; absent is false. flagOrNull also accepts null,
// for members that are null in Cognito's own event.
func (o object) flag(name string) (b bool) {
	if kind(o.members[name]) != "absent" {
		o.decode(name, "a boolean", &b)
	}
	return b
}

func (o object) flagOrNull(name string) bool { return o.given(name) && o.flag(name) }

// text returns a string member; null and absent are empty, because functions in
// typed languages cannot distinguish them.
func (o object) text(name string) (s string) {
	if o.given(name) {
		o.decode(name, "a string", &s)
	}
	return s
}

// texts returns an object of strings; null and absent are nil.
func (o object) texts(name string) map[string]string {
	if !o.given(name) {
		return nil
	}
	inner, found := o.object(name), map[string]string{}
	for key := range inner.members {
		var value string
		inner.decode(key, "a string", &value)
		found[key] = value
	}
	return found
}

// list returns an array of strings; null and absent are nil.
func (o object) list(name string) (found []string) {
	if !o.given(name) {
		return nil
	}
	var items []json.RawMessage
	o.decode(name, "an array", &items)
	for _, item := range items {
		var s string
		if kind(item) != "a string" || json.Unmarshal(item, &s) != nil {
			o.refuse(name+"[]", item, "a string")
			return nil
		}
		found = append(found, s)
	}
	return found
}

// values returns an object of non-null values, with numbers as json.Number;
// null and absent are nil.
func (o object) values(name string) map[string]any {
	if !o.given(name) {
		return nil
	}
	inner, found := o.object(name), map[string]any{}
	for key, text := range inner.members {
		if kind(text) == "null" {
			inner.refuse(key, text, "a value")
			return nil
		}
		var value any
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&value) != nil {
			inner.refuse(key, text, "a value")
		}
		found[key] = value
	}
	return found
}

// oneOf returns a string member that must be empty or one of words.
func (o object) oneOf(name string, words ...string) string {
	s := o.text(name)
	if s != "" && !slices.Contains(words, s) {
		o.reject(o.path + "." + name + " is none of its words")
	}
	return s
}

func (o object) decode(name, want string, into any) {
	value := o.members[name]
	if kind(value) != want || json.Unmarshal(value, into) != nil {
		o.refuse(name, value, want)
	}
}
