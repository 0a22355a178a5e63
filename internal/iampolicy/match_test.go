package iampolicy

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// FuzzMatch compares match with regular expressions.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"arn:aws:*", "arn:aws:cognito-idp:us-east-1:1:userpool/a"}, {"a*b*c", "axxbyyc"}, {"a*b*c", "axxbyyd"},
		{"*", ""}, {"", ""}, {"?", ""}, {"**a?", "bab"}, {"a?*", "a"}, {"*ab", "aab"},
		{"*a*a*a*b", "aaaaaaaaaaaa"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, value string) {
		if len(pattern) > 40 || len(value) > 100 ||
			strings.ContainsFunc(pattern+value, func(r rune) bool { return r > '~' }) {
			return
		}
		quoted := strings.NewReplacer(`\*`, `.*`, `\?`, `.`).Replace(regexp.QuoteMeta(pattern))
		want := regexp.MustCompile(`(?s)^` + quoted + `$`).MatchString(value)
		if got := match(pattern, value); got != want {
			t.Errorf("match(%q, %q) is %v", pattern, value, got)
		}
	})
}

// The gate parses the policy of the key of every request.
func BenchmarkParse(b *testing.B) {
	for name, statements := range map[string]int{"small": 2, "largest": 30} {
		list := make([]map[string]any, statements)
		for i := range list {
			list[i] = map[string]any{
				"Sid": fmt.Sprint("S", i), "Effect": "Allow",
				"Action":   []string{"cognito-idp:Admin*", "cognito-idp:List*"},
				"Resource": "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_AAAAAAAAA",
			}
		}
		text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": list})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				p, err := Parse(text)
				if err != nil || p.Decide("cognito-idp:GetGroup", "arn:x") != NotAllowed {
					b.Fatal(err)
				}
			}
		})
	}
}

func TestMemo(t *testing.T) {
	text := func(i int) string {
		return fmt.Sprintf(`{"Statement":{"Effect":"Allow","Action":"a:b%d","Resource":"*"}}`, i)
	}
	m := &Memo{}
	first, err := m.Parse(text(0))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := m.Parse(text(0)); err != nil || again != first {
		t.Errorf("parsed again: %v", err)
	}
	for range 2 {
		if _, err := m.Parse(`{}`); err == nil {
			t.Error("an invalid policy was cached")
		}
	}
	for i := range 2 * maxCached {
		if p, err := m.Parse(text(i)); err != nil || p.Decide(fmt.Sprint("a:b", i), "x") != Allowed ||
			p.Decide("a:c", "x") != NotAllowed {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if len(m.known) > maxCached {
		t.Errorf("%d policies are cached", len(m.known))
	}
	var none *Memo
	if p, err := none.Parse(text(1)); err != nil || p == nil {
		t.Error(err)
	}
}
