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

// Languages are all languages, English first.
var Languages = []*Language{
	load("en", "English"),
}

// English is the language of users whose language is not known.
var English = Languages[0]

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

// Of returns the language with a tag, or nil.
func Of(tag string) *Language {
	for _, l := range Languages {
		if strings.EqualFold(l.Tag, tag) {
			return l
		}
	}
	return nil
}

// Text returns the text with a key. values are names and values of placeholders.
// A key without a text is returned itself.
func (l *Language) Text(key string, values ...string) string {
	text, ok := l.texts[key]
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
	pairs := make([]string, 0, len(values))
	for i := 0; i+1 < len(values); i += 2 {
		pairs = append(pairs, "{"+values[i]+"}", values[i+1])
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
