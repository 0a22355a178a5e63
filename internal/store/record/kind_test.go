package record

import (
	"strings"
	"testing"
)

// colour is a domain type with different records in two releases: the newer one
// has renamed Paint and has more members.
type colour struct {
	Name  string
	Parts []part
	Mix   mix
}

type (
	part struct {
		Name  string `json:"Name"`
		Share int    `json:"Share,omitempty"`
	}
	mix  struct{ Red, Blue int }
	mix1 struct {
		Red int `json:"Red,omitempty"`
	}
	mix2 struct {
		Red  int `json:"Red,omitempty"`
		Blue int `json:"Blue,omitempty"`
	}
	part1 struct {
		Name string `json:"Name"`
	}
	colour1 struct {
		Paint string  `json:"Paint"`
		Parts []part1 `json:"Parts,omitempty"`
		Mix   mix1    `json:"Mix,omitzero"`
	}
	colour2 struct {
		Paint string `json:"Paint"` // for nodes of version 1
		Name  string `json:"Name"`
		Parts []part `json:"Parts,omitempty"`
		Mix   mix2   `json:"Mix,omitzero"`
	}
)

func (c *colour2) upgrade(int) { c.Name = c.Paint }

var (
	older = of("colour", 1,
		func(c colour) colour1 {
			return colour1{c.Name, listOf(c.Parts, func(p part) part1 { return part1{p.Name} }), mix1{c.Mix.Red}}
		},
		func(r colour1) colour {
			return colour{
				r.Paint,
				listOf(r.Parts, func(p part1) part { return part{Name: p.Name} }),
				mix{Red: r.Mix.Red},
			}
		})
	newer = of("colour", 2,
		func(c colour) colour2 { return colour2{c.Name, c.Name, c.Parts, mix2(c.Mix)} },
		func(r colour2) colour { return colour{r.Name, r.Parts, mix(r.Mix)} })
)

func put[N any](t *testing.T, k Kind[N], n N, stored []byte) []byte {
	t.Helper()
	doc, err := k.Encode(n, stored)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func get[N any](t *testing.T, k Kind[N], doc []byte) N {
	t.Helper()
	var n N
	if err := k.Decode(doc, &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// Nodes of two versions change one document in turn.
func TestTwoVersionsInTurn(t *testing.T) {
	doc := put(t, newer, colour{"red", []part{{"a", 1}, {"b", 2}, {"c", 3}}, mix{1, 2}}, nil)

	seen := get(t, older, doc)
	if seen.Name != "red" || len(seen.Parts) != 3 {
		t.Fatalf("the older version reads %+v", seen)
	}
	seen.Name, seen.Parts, seen.Mix = "blue", seen.Parts[1:], mix{}
	doc = put(t, older, seen, doc)
	if !strings.HasPrefix(string(doc), `{"v":2,"written":1,`) {
		t.Errorf("the older version writes %s", doc)
	}

	now := get(t, newer, doc)
	if now.Name != "blue" {
		t.Errorf("the change of the older version is lost: %+v", now)
	}
	if len(now.Parts) != 2 || now.Parts[0] != (part{"b", 2}) || now.Parts[1] != (part{"c", 3}) ||
		now.Mix != (mix{0, 2}) {
		t.Errorf("members of the newer version are lost: %+v", now)
	}
	now.Name = "green"
	doc = put(t, newer, now, doc)
	if !strings.HasPrefix(string(doc), `{"v":2,"`) || strings.Contains(string(doc), `"written"`) {
		t.Errorf("the newer version writes %s", doc)
	}
	if back := get(t, newer, doc); back.Name != "green" {
		t.Errorf("the change of the newer version is lost: %+v", back)
	}
	if back := get(t, older, doc); back.Name != "green" {
		t.Errorf("the older version reads %+v", back)
	}

	for _, first := range []string{`{"Paint":"red"}`, `{"v":1,"Paint":"red"}`} {
		if back := get(t, newer, []byte(first)); back.Name != "red" {
			t.Errorf("the newer version reads %+v from %s", back, first)
		}
		if again := put(t, newer, colour{Name: "x"}, []byte(first)); !strings.HasPrefix(string(again), `{"v":2,"`) {
			t.Errorf("%s keeps its version: %s", first, again)
		}
	}
}

// A member that an older version removes is removed with the members that a newer
// version has added to it.
func TestRemovedMembersDoNotStay(t *testing.T) {
	doc := put(t, newer, colour{"red", []part{{"a", 1}}, mix{}}, nil)
	seen := get(t, older, doc)
	seen.Parts = nil
	if back := get(t, newer, put(t, older, seen, doc)); len(back.Parts) != 0 {
		t.Errorf("%+v", back)
	}
}

// A document of a version that is too new is neither read nor overwritten.
func TestTooNewDocumentsAreRefused(t *testing.T) {
	for doc, refused := range map[string]bool{
		`{"v":2,"Paint":"a"}`: false, `{"Paint":"a","v":2}`: false, `{"v":1}`: false, `{"v":0}`: false,
		`{"v":3,"Paint":"a"}`: true, `{"Paint":"a","v":3}`: true, `{"v":10,"Paint":"a"}`: true,
		`{"v":"1"}`: true, `{`: true,
	} {
		if err := older.Decode([]byte(doc), new(colour)); (err != nil) != refused {
			t.Errorf("decode %s: %v", doc, err)
		}
		if _, err := older.Encode(colour{}, []byte(doc)); (err != nil) != refused {
			t.Errorf("encode over %s: %v", doc, err)
		}
	}
}
