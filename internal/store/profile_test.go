package store

import (
	"encoding/json"
	"maps"
	"testing"
	"unicode/utf8"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The quick way and the general one read the same.
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
	} {
		doc, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decodeProfile(string(doc))
		if err != nil || !maps.Equal(got.Attributes, p.Attributes) || got.SelfRegistered != p.SelfRegistered {
			t.Errorf("%s: %s reads as %+v, %v", name, doc, got, err)
		}
	}
}

func FuzzDecodeProfile(f *testing.F) {
	f.Add(`{"Attributes":{"a":"b","c":"d"}}`)
	f.Add(`{"Attributes":{"a":"b"},"SelfRegistered":true}`)
	f.Fuzz(func(t *testing.T, doc string) {
		quick, ok := plainProfile(doc)
		if !ok || !json.Valid([]byte(doc)) || !utf8.ValidString(doc) {
			return // only documents that we have written are read
		}
		var slow userpool.UserProfile
		if err := json.Unmarshal([]byte(doc), &slow); err != nil || !maps.Equal(quick.Attributes, slow.Attributes) {
			t.Errorf("%q: %v and %v, %v", doc, quick, slow, err)
		}
	})
}
