package view

import (
	"bytes"
	"embed"
	"html/template"
	"io"
	"net/url"
	"reflect"
	"slices"
	"unicode"
)

//go:embed templates
var sources embed.FS

// managed are the templates of managed login.
var managed = parse("templates/page.html", "templates/parts.html")

// parse parses templates. The function draw writes a part by its own template.
func parse(files ...string) *template.Template {
	set := template.New("")
	set.Funcs(template.FuncMap{
		"address": Address,
		"initial": Initial,
		"draw": func(p Part) (template.HTML, error) {
			var text bytes.Buffer
			err := set.ExecuteTemplate(&text, reflect.TypeOf(p).Elem().Name(), p)
			return template.HTML(text.String()), err
		},
	})
	return template.Must(set.ParseFS(sources, files...))
}

// Initial returns the first letter of a name as a capital.
func Initial(name string) string {
	for _, r := range name {
		return string(unicode.ToUpper(r))
	}
	return ""
}

// content is the data of the template of a page.
type content struct {
	Frame
	Page
	// Alert are the problems that belong to no field.
	Alert []string
	// LogoInHeader is whether the header names the application.
	LogoInHeader bool
	// Passkey is whether the page needs the script for passkeys.
	Passkey bool
}

// Write writes a page.
func Write(w io.Writer, f Frame, p Page) error {
	data := content{Frame: f, Page: p, Passkey: usesPasskey(p.Parts)}
	data.wear()
	fields := inputs(data.Parts)
	for _, problem := range p.Problems {
		i := slices.IndexFunc(problem.Fields, func(name string) bool { return fields[name] != nil })
		if i < 0 {
			data.Alert = append(data.Alert, problem.Text)
			continue
		}
		fields[problem.Fields[i]].Error = problem.Text
	}
	if len(p.Problems) > 1 {
		data.Alert = append([]string{p.Summary}, data.Alert...)
	} else {
		focus(data.Parts)
	}
	return managed.ExecuteTemplate(w, "page", data)
}

// inputs returns the inputs of parts by name.
func inputs(parts []Part) map[string]*Input {
	found := map[string]*Input{}
	eachInput(parts, func(i *Input) bool {
		found[i.Name] = i
		return true
	})
	return found
}

// focus marks the field that the user is to fill next: the one with an error, else
// the first one without a value.
func focus(parts []Part) {
	var next *Input
	eachInput(parts, func(i *Input) bool {
		if i.Error != "" || next == nil && i.Value == "" && i.Optional == "" {
			next = i
		}
		return i.Error == ""
	})
	if next != nil {
		next.Focus = true
	}
}

// eachInput calls visit for the inputs in parts until it returns false.
func eachInput(parts []Part, visit func(*Input) bool) bool {
	for _, p := range parts {
		more := true
		switch p := p.(type) {
		case *Input:
			more = visit(p)
		case *Cells:
			more = visit(&p.Input)
		case *Phone:
			more = visit(&p.Input)
		case *Form:
			more = eachInput(p.Parts, visit)
		case *Pair:
			more = eachInput(p.Parts, visit)
		}
		if !more {
			return false
		}
	}
	return true
}

// Refill sets the values of fields to those posted, except passwords and codes.
func Refill(parts []Part, posted url.Values) {
	eachInput(parts, func(i *Input) bool {
		if i.Type != "password" && i.Autocomplete != "one-time-code" && posted.Has(i.Name) {
			i.Value = posted.Get(i.Name)
		}
		return true
	})
}

// Identifier returns the id of the element.
func (i *Input) Identifier() string {
	if i.ID != "" {
		return i.ID
	}
	return i.Name
}

// usesPasskey reports whether a form has a field for a passkey.
func usesPasskey(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool {
		switch p := p.(type) {
		case *Passkey:
			return true
		case *Form:
			return usesPasskey(p.Parts)
		}
		return false
	})
}

// HasForm reports whether parts have a form.
func HasForm(parts []Part) bool {
	return slices.ContainsFunc(parts, func(p Part) bool {
		switch p.(type) {
		case *Form, *Resend:
			return true
		}
		return false
	})
}
