package locale

import (
	"embed"
	"encoding/json"
	"html/template"
	"path"
	"strings"
)

//go:embed texts
var files embed.FS

// Language is the texts of one language.
type Language struct {
	// Tag is the language tag (BCP 47), Name the name of the language in itself.
	Tag, Name string
	texts     map[string]string
}

// Languages are all languages, English first, then by name. Source: guide page
// cognito-user-pools-managed-login, "Managed login localization".
var Languages = []*Language{
	load("en", "English"),
	load("id", "Bahasa Indonesia"),
	load("de", "Deutsch"),
	load("es", "Español"),
	load("fr", "Français"),
	load("it", "Italiano"),
	load("nl", "Nederlands"),
	load("pt-BR", "Português (Brasil)"),
	load("ko", "한국어"),
	load("ja", "日本語"),
	load("zh-CN", "简体中文"),
	load("zh-TW", "繁體中文"),
}

// English is the language of users whose language is not known.
var English = Languages[0]

// byTag are the languages by tag, in lower case, and by tags that have no file of their
// own: those without a region, and those of places that write traditional Chinese.
var byTag = tags()

// maxTag is more than the length of any language tag in use (RFC 5646 section 4.4.1).
const maxTag = 35

// load reads a file that is part of the program; the tests read them all.
func load(tag, name string) *Language {
	text, err := files.ReadFile(path.Join("texts", tag+".json"))
	if err != nil {
		panic(err)
	}
	l := &Language{Tag: tag, Name: name}
	if err := json.Unmarshal(text, &l.texts); err != nil {
		panic(tag + ": " + err.Error())
	}
	return l
}

func tags() map[string]*Language {
	found := map[string]*Language{}
	for _, l := range Languages {
		tag := strings.ToLower(l.Tag)
		found[tag] = l
		if language, _, ok := strings.Cut(tag, "-"); ok && found[language] == nil {
			found[language] = l
		}
	}
	for _, tag := range []string{"zh-hant", "zh-hk", "zh-mo"} {
		found[tag] = found["zh-tw"]
	}
	return found
}

// Of returns the language for a tag or, as lookup does (RFC 4647 section 3.4), for the
// longest start of it that names one; else nil.
func Of(tag string) *Language {
	if len(tag) > maxTag {
		return nil
	}
	for tag = strings.ToLower(tag); tag != ""; {
		if l := byTag[tag]; l != nil {
			return l
		}
		tag = tag[:max(0, strings.LastIndexByte(tag, '-'))]
	}
	return nil
}

// Pseudo is English with longer texts, for tests of layouts in development mode.
var Pseudo = lengthen("xx", "Pseudo")

// lengthen returns a language whose texts are those of English and 40 % more, the room
// that other languages need.
func lengthen(tag, name string) *Language {
	l := &Language{Tag: tag, Name: name, texts: map[string]string{}}
	for key, text := range English.texts {
		l.texts[key] = text + strings.Repeat(" ñandú", 1+len(text)*2/5/len(" ñandú"))
	}
	return l
}

// Tags returns the tags of all languages.
func Tags() []string {
	tags := make([]string, len(Languages))
	for i, l := range Languages {
		tags[i] = l.Tag
	}
	return tags
}

// Text returns the text with a key. values are names and values of placeholders.
// A text that is missing is in English; without that, the key is returned itself.
func (l *Language) Text(key string, values ...string) string {
	text, ok := l.texts[key]
	if !ok {
		text, ok = English.texts[key]
	}
	if !ok {
		return key
	}
	return fill(text, values)
}

// HTML is Text for a text with elements of HTML, in which the values are escaped.
func (l *Language) HTML(key string, values ...string) template.HTML {
	escaped := make([]string, len(values))
	for i, v := range values {
		escaped[i] = v
		if i%2 == 1 {
			escaped[i] = template.HTMLEscapeString(v)
		}
	}
	return template.HTML(l.Text(key, escaped...))
}

// fill replaces placeholders. Values are not searched for placeholders.
func fill(text string, values []string) string {
	if len(values) == 0 {
		return text
	}
	var filled strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		filled.WriteString(before)
		if !found {
			return filled.String()
		}
		name, after, closed := strings.Cut(rest, "}")
		i := 0
		for i < len(values)-1 && values[i] != name {
			i += 2
		}
		if closed && i < len(values)-1 {
			filled.WriteString(values[i+1])
			text = after
			continue
		}
		filled.WriteByte('{')
		text = rest
	}
}
