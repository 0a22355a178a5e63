package jose_test

import (
	"errors"
	"math"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"testing"

	exact "github.com/go-jose/go-jose/v4/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/jose"
)

// someClaims has a member of each type that flow/token reads.
type someClaims struct {
	Subject string   `json:"sub"`
	Issuer  string   `json:"iss"`
	Expires int64    `json:"exp"`
	AMR     []string `json:"amr"`
}

// accessClaims are the claims of an access token of a user in a group.
const accessClaims = `{"sub":"5f0e1c5a-0c3e-4d3f-9a53-6c1f0a1b2c3d","cognito:groups":["admin","users"],` +
	`"iss":"https://id.example.com/us-east-1_Example01","client_id":"1example23456789example123",` +
	`"origin_jti":"0d9a3c1e-5f3b-4a7e-8a55-1c2d3e4f5a6b","event_id":"7c1f0a1b-2c3d-4e5f-8a6b-5f0e1c5a0c3e",` +
	`"token_use":"access","scope":"aws.cognito.signin.user.admin","auth_time":1795910000,"exp":1795913600,` +
	`"iat":1795910000,"jti":"9a536c1f-0a1b-4c3d-8e5f-5a6b7c8d9e0f","username":"ann"}`

func TestDecodeClaims(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want someClaims
	}{
		"all": {
			`{"sub":"ann","iss":"x","exp":1795910400,"amr":["pwd","otp"]}`,
			someClaims{"ann", "x", 1795910400, []string{"pwd", "otp"}},
		},
		"names by case":   {`{"Sub":"bob","sub":"ann","SUB":["x"],"EXP":"never"}`, someClaims{Subject: "ann"}},
		"folded names":    {`{"sub":"ann","ſub":"bob","i\u017f\u017f":5}`, someClaims{Subject: "ann"}},
		"escaped name":    {`{"s\u0075b":"ann"}`, someClaims{Subject: "ann"}},
		"largest integer": {`{"exp":9223372036854775807}`, someClaims{Expires: math.MaxInt64}},
		"above 2^53":      {`{"exp":9007199254740993}`, someClaims{Expires: 1<<53 + 1}},
		"null":            {`{"sub":null,"exp":null,"amr":null}`, someClaims{}},
		"invalid UTF-8":   {"{\"sub\":\"a\xff\"}", someClaims{Subject: "a\uFFFD"}},
		"half a pair":     {`{"sub":"a\ud800"}`, someClaims{Subject: "a\uFFFD"}},
		"a pair":          {`{"sub":"\ud83d\ude00"}`, someClaims{Subject: "😀"}},
		"space":           {" {\n\"sub\" :\t\"ann\" }\r\n", someClaims{Subject: "ann"}},
		"deep, unread":    {`{"x":` + nested(100) + `,"sub":"ann"}`, someClaims{Subject: "ann"}},
	} {
		var got someClaims
		if err := jose.DecodeClaims([]byte(c.text), &got); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func nested(depth int) string { return strings.Repeat("[", depth) + strings.Repeat("]", depth) }

func TestDecodeClaimsRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"name twice":             `{"sub":"ann","sub":"ann"}`,
		"name twice, escaped":    `{"sub":"ann","\u0073ub":"bob"}`,
		"unread name twice":      `{"x":1,"sub":"ann","x":2}`,
		"name twice, below":      `{"sub":"ann","x":[{"y":1,"y":2}]}`,
		"name twice, replaced":   "{\"\xff\":1,\"\xfe\":2}",
		"data after the object":  `{"sub":"ann"}{}`,
		"text after the object":  `{"sub":"ann"}x`,
		"comma after the last":   `{"sub":"ann",}`,
		"truncated":              `{"sub":"ann"`,
		"empty":                  ``,
		"no object":              `["ann"]`,
		"text":                   `"ann"`,
		"bare text":              `{"sub":ann}`,
		"single quotes":          `{'sub':'ann'}`,
		"comment":                `{"sub":"ann"/**/}`,
		"byte order mark":        "\uFEFF" + `{"sub":"ann"}`,
		"control character":      "{\"sub\":\"a\nb\"}",
		"unknown escape":         `{"sub":"\x61"}`,
		"number for a text":      `{"sub":5}`,
		"text for a number":      `{"exp":"5"}`,
		"fraction":               `{"exp":5.0}`,
		"exponent":               `{"exp":5e3}`,
		"too large":              `{"exp":9223372036854775808}`,
		"leading zero":           `{"exp":05}`,
		"plus":                   `{"exp":+5}`,
		"hexadecimal":            `{"exp":0x5}`,
		"not a number":           `{"exp":NaN}`,
		"text for a list":        `{"amr":"pwd"}`,
		"number in a list":       `{"amr":[5]}`,
		"deeper than the limit":  `{"x":` + nested(20_000) + `}`,
		"deeper, not terminated": `{"x":` + strings.Repeat("[", 100_000),
	} {
		var got someClaims
		if err := jose.DecodeClaims([]byte(text), &got); err == nil {
			t.Errorf("%s: decoded %+v", name, got)
		}
	}
}

// Unverified claims of any form are decoded at a cost in proportion to their
// length, which the limit of a token bounds.
func TestHostileClaimsAllocateLittle(t *testing.T) {
	const length = 190 << 10
	distinct := func(format func(i int) string) string {
		var b strings.Builder
		for i := 0; b.Len() < length; i++ {
			b.WriteString(format(i))
		}
		return b.String()
	}
	member := func(i int) string { return `"` + strconv.Itoa(i) + `":0,` }
	for name, text := range map[string]string{
		"control":       accessClaims,
		"many members":  `{` + distinct(member) + `"sub":"ann"}`,
		"members below": `{"x":{` + distinct(member) + `"sub":"ann"}}`,
		"many objects":  `{"x":[` + strings.Repeat(`{"a":0},`, length/8) + `0]}`,
		"deep objects":  `{"x":` + strings.Repeat(`{"a":`, 9_000) + `0` + strings.Repeat(`}`, 9_000) + `}`,
		"long list":     `{"amr":[` + strings.Repeat(`"",`, length/3) + `""]}`,
		"escapes":       `{"sub":"` + strings.Repeat(`\u0061`, length/6) + `"}`,
	} {
		var before, after runtime.MemStats
		var got someClaims
		runtime.ReadMemStats(&before)
		err := jose.DecodeClaims([]byte(text), &got)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; err != nil || n > 16<<20 {
			t.Errorf("%s: %d bytes allocated, %v", name, n, err)
		}
	}
}

// The decoder and that of go-jose, which is exact as well, decode the same
// values. Ours also refuses a name that occurs twice in a value that is not read.
func FuzzDecodeClaims(f *testing.F) {
	for _, text := range []string{
		accessClaims, claims, `{"Sub":"bob","sub":"ann"}`, `{"sub":"ann","\u0073ub":"bob"}`, `{"x":[{"y":1,"y":2}]}`,
		`{"exp":-0}`, `{"exp":5.0}`, `{"exp":1e3}`, `{"exp":9223372036854775808}`, `{"amr":[null,"pwd"]}`, `null`,
		"{\"\xff\":1,\"sub\":\"\xfe\"}", `{"sub":"a\ud800\ud83d\ude00"}`, `{"sub":null,"amr":[]}`,
		` {} `, `{"a":` + nested(9) + `}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var ours, theirs someClaims
		err, wantErr := jose.DecodeClaims(text, &ours), exact.Unmarshal(text, &theirs)
		if wantErr == nil && errors.Is(err, jsontext.ErrDuplicateName) {
			return
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, go-jose: %v", text, err, wantErr)
		}
		if err == nil && !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%q: %+v, go-jose: %+v", text, ours, theirs)
		}
	})
}

func BenchmarkDecodeClaims(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		var got someClaims
		if err := jose.DecodeClaims([]byte(accessClaims), &got); err != nil {
			b.Fatal(err)
		}
	}
}
