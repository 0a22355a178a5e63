package deliver

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestPlainText(t *testing.T) {
	for body, want := range map[string]string{
		"Your verification code is 123456. ":                           "Your verification code is 123456.",
		"a<br>b<br/>c<BR />d":                                          "a\nb\nc\nd",
		"<p>one</p><p>two</p>":                                         "one\ntwo",
		"<html><head><title>x</title></head><body>y</body>":            "y",
		"<style>p { color: red }</style>a<!-- <b> -->b":                "ab",
		`see <a class="b" href='https://x.example/?a&amp;b'>here</a>!`: "see here (https://x.example/?a&b)!",
		`<a href="https://x.example/"><b>here</b></a>`:                 "here (https://x.example/)",
		"&lt;b&gt; &amp;lt; 1 < 2 &#39;":                               "<b> &lt; 1 < 2 '",
		`<img alt=">" src=x>after`:                                     "after",
		"a\n\n \n\n\nb":                                                "a\n\nb",
		"":                                                             "",
	} {
		if got := PlainText(body); got != want {
			t.Errorf("%q becomes %q, want %q", body, got, want)
		}
	}
}

func FuzzPlainText(f *testing.F) {
	f.Add("<p>Your code is <b>123456</b></p>")
	f.Add(`<a href="x">y</a><a href='<b>`)
	f.Add("<!-- <style> --> </style>&lt;")
	f.Fuzz(func(t *testing.T, body string) {
		got := PlainText(body)
		if utf8.ValidString(body) && !utf8.ValidString(got) {
			t.Errorf("%q becomes %q", body, got)
		}
		if !strings.ContainsAny(body, "<&") &&
			strings.Join(strings.Fields(got), " ") != strings.Join(strings.Fields(body), " ") {
			t.Errorf("%q becomes %q", body, got)
		}
	})
}
