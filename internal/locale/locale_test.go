package locale_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/locale"
)

var placeholder = regexp.MustCompile(`\{\w+\}|</?\w+`)

func texts(t *testing.T, tag string) (texts map[string]string) {
	t.Helper()
	file, err := os.ReadFile(filepath.Join("texts", tag+".json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(file, &texts); err != nil {
		t.Fatalf("%s: %v", tag, err)
	}
	return texts
}

// TestLanguagesAreComplete: every language has the keys of English, with the same
// placeholders and elements.
func TestLanguagesAreComplete(t *testing.T) {
	english := texts(t, "en")
	for _, l := range locale.Languages {
		own := texts(t, l.Tag)
		for key, text := range english {
			got, want := placeholder.FindAllString(own[key], -1), placeholder.FindAllString(text, -1)
			slices.Sort(got)
			slices.Sort(want)
			if own[key] == "" || !slices.Equal(got, want) {
				t.Errorf("%s: %s: %q has %q, want %q", l.Tag, key, own[key], got, want)
			}
		}
		for key := range own {
			if _, ok := english[key]; !ok {
				t.Errorf("%s: %s is not a key of English", l.Tag, key)
			}
		}
	}
}

func TestText(t *testing.T) {
	l := locale.English
	if got := l.Text("post.lead", "host", "a {host} <b>"); got != "Continue to a {host} <b>." {
		t.Errorf("Text: %q", got)
	}
	for text, values := range map[string][]string{
		"to continue to {application}": {"other", "x"}, "to continue to {x}": {"application", "{x}", "x", "y"},
		"to continue to a": {"other", "x", "application", "a"},
	} {
		if got := l.Text("page.for", values...); got != text {
			t.Errorf("%q: %q", values, got)
		}
	}
	if got := l.HTML("factor.smsLead", "to", "<i>"); got != "It went to <b>&lt;i&gt;</b> and is good for 3 minutes." {
		t.Errorf("HTML: %q", got)
	}
	if got := l.Text("no.such"); got != "no.such" {
		t.Errorf("unknown key: %q", got)
	}
	if locale.Of("EN") != l || locale.Of("tlh") != nil {
		t.Error("Of")
	}
}

// TestLanguages: the languages of the guide are complete.
func TestLanguages(t *testing.T) {
	tags := locale.Tags()
	slices.Sort(tags)
	want := []string{"de", "en", "es", "fr", "id", "it", "ja", "ko", "nl", "pt-BR", "zh-CN", "zh-TW"}
	if !slices.Equal(tags, want) {
		t.Errorf("the languages are %q", tags)
	}
	if got := locale.Pseudo.Text("post.lead", "host", "h"); got != "Continue to h. ñandú" {
		t.Errorf("the language for tests of layouts: %q", got)
	}
}
