package api

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// modelPatterns returns the patterns of the patched model.
func modelPatterns(t testing.TB) []string {
	set := map[string]bool{}
	for _, s := range patchedModel(t).Shapes {
		if s.Pattern != "" {
			set[s.Pattern] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// Every pattern of the model matches the same texts as in java.util.regex. The
// expected results were written by testdata/Patterns.java.
func TestPatternsAsJava(t *testing.T) {
	patterns := modelPatterns(t)
	if output := os.Getenv("PATTERNS"); output != "" {
		if err := os.WriteFile(output, []byte(strings.Join(patterns, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Skip("the patterns were written to $PATTERNS")
	}
	file, err := os.Open("testdata/java-patterns.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	var listed []string
	for lines.Scan() {
		pattern := lines.Text()
		listed = append(listed, pattern)
		match := matcherOf(pattern)
		for lines.Scan() && lines.Text() != "" {
			code, java, _ := strings.Cut(lines.Text(), "\t")
			text, ok := fromUTF16(t, code)
			if pattern == domainPattern && strings.Contains(text, ".") {
				continue // the one pattern that the service does not enforce
			}
			if ok && match(text) != (java == "1") {
				t.Errorf("%s: %q: Java's result is %s", pattern, text, java)
			}
		}
	}
	if slices.Sort(listed); !slices.Equal(listed, patterns) {
		t.Error("the results are not for the model's patterns: run testdata/Patterns.java")
	}
}

// Custom domains may have dots, although the model's pattern forbids them.
func TestDomainsMayHaveDots(t *testing.T) {
	match := matcherOf(domainPattern)
	for text, want := range map[string]bool{
		"auth.example.com": true, "my-app": true, "a": true, "": false,
		".example.com": false, "auth.": false, "Auth.example.com": false, "a_b.example.com": false,
	} {
		if match(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// fromUTF16 returns false for unpaired surrogates, which no decoded text has.
func fromUTF16(t *testing.T, code string) (string, bool) {
	b, err := hex.DecodeString(code)
	if err != nil {
		t.Fatal(err)
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = uint16(b[2*i])<<8 | uint16(b[2*i+1])
	}
	text := string(utf16.Decode(units))
	return text, !strings.ContainsRune(text, '\ufffd')
}

// Tables and hand-written matchers match the same texts as the regular expressions.
func TestMatchersEqualExpressions(t *testing.T) {
	alphabet := []rune("aZf079_-+.@=/,:\"\\{}# \t\n\r\v\f\u0085\u00a0\u2028\u2029\u3000éÉ\u0301©€\u200b\x00\x7f😀中")
	chance := rand.New(rand.NewPCG(3, 4))
	tables := 0
	for _, pattern := range modelPatterns(t) {
		match, re := matcherOf(pattern), expression(pattern)
		if fmt.Sprintf("%p", match) != fmt.Sprintf("%p", re.MatchString) {
			tables++
		}
		base := sampleText(pattern, 6)
		for range 1000 {
			text := []rune(base)
			if chance.IntN(2) == 0 {
				text = text[:0]
			}
			for range chance.IntN(6) {
				text = slices.Insert(text, chance.IntN(len(text)+1), alphabet[chance.IntN(len(alphabet))])
			}
			if s := string(text); match(s) != re.MatchString(s) {
				t.Fatalf("%s: %q: %t by the table", pattern, s, match(s))
			}
		}
		for _, r := range alphabet {
			if s := string(r); match(s) != re.MatchString(s) {
				t.Errorf("%s: %q: %t by the table", pattern, s, match(s))
			}
		}
	}
	if tables < 20 {
		t.Errorf("only %d patterns have a fast path", tables)
	}
}

func BenchmarkMatch(b *testing.B) {
	for name, c := range map[string]struct{ pattern, text string }{
		"pool":  {`[\w-]+_[0-9a-zA-Z]+`, "us-east-1_AbCdEfGhI"},
		"token": {`[A-Za-z0-9-_=.]+`, strings.Repeat("eyJhbGciOi", 100)},
		"name":  {`[\p{L}\p{M}\p{S}\p{N}\p{P}]+`, "ann@example.com"},
	} {
		match, re := matcherOf(c.pattern), expression(c.pattern)
		b.Run(name+"/table", func(b *testing.B) {
			for b.Loop() {
				match(c.text)
			}
		})
		b.Run(name+"/expression", func(b *testing.B) {
			for b.Loop() {
				re.MatchString(c.text)
			}
		})
	}
}
