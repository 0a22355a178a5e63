package record

import (
	"encoding/json"
	"maps"
	"reflect"
	"testing"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// DecodeProfile and User.Decode return the same value.
func TestDecodeProfile(t *testing.T) {
	for name, p := range map[string]userpool.UserProfile{
		"plain":     {Attributes: map[string]string{"email": "ann@example.com", "name": "Ann"}},
		"signed up": {Attributes: map[string]string{"email": "ann@example.com"}, SelfRegistered: true},
		"none":      {Attributes: map[string]string{}},
		"nil":       {},
		"quotes":    {Attributes: map[string]string{"name": `O"Neil\`, "x": `","y":"`}},
		"braces":    {Attributes: map[string]string{"name": `}}`, "x": `},"SelfRegistered":true}`}},
		"markup":    {Attributes: map[string]string{"name": "<b>&\u2028é"}},
		"empty":     {Attributes: map[string]string{"": ""}},
		"factors":   {Attributes: map[string]string{"a": "b"}, Factors: userpool.Factors{SoftwareToken: true}},
	} {
		doc := put(t, User, p, nil)
		for _, doc := range []string{string(doc), string(withoutHeader(doc))} {
			if _, quick := plainProfile(doc); !quick && (name == "plain" || name == "signed up") {
				t.Errorf("%s is not decoded by plainProfile", doc)
			}
			got, err := DecodeProfile(doc)
			if err != nil || !reflect.DeepEqual(got, p) {
				t.Errorf("%s: %s is decoded as %+v, %v", name, doc, got, err)
			}
		}
	}
}

func FuzzDecodeProfile(f *testing.F) {
	f.Add(`{"Attributes":{"a":"b","c":"d"}}`)
	f.Add(`{"Attributes":{"a":"b"},"SelfRegistered":true}`)
	f.Add(`{"v":1,"Attributes":{"a":"b"}}`)
	f.Fuzz(func(t *testing.T, doc string) {
		quick, ok := plainProfile(doc)
		if !ok || !json.Valid([]byte(doc)) || !utf8.ValidString(doc) {
			return // DecodeProfile is used for valid documents only
		}
		var slow userpool.UserProfile
		if err := User.Decode([]byte(doc), &slow); err != nil || !maps.Equal(quick.Attributes, slow.Attributes) {
			t.Errorf("%q: %v and %v, %v", doc, quick, slow, err)
		}
	})
}
