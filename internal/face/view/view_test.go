package view_test

import (
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
)

func write(t *testing.T, f view.Frame, p view.Page) string {
	t.Helper()
	var text strings.Builder
	if err := view.Write(&text, f, p); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// everyPart is a page with every part.
func everyPart() []view.Part {
	button := &view.Button{Kind: "primary", Text: "Send", Name: "send", Value: "1", Busy: "Sending"}
	return []view.Part{
		&view.Form{Name: "form", Action: "/there", Hidden: []view.Hidden{{Name: "h", Value: "v"}}, Parts: []view.Part{
			&view.UserName{Name: "ann"},
			&view.Pair{Parts: []view.Part{&view.Input{Name: "a", Label: "A"}, &view.Input{Name: "b", Label: "B"}}},
			&view.Input{
				Name: "p", Label: "P", Hint: "hint", Rules: []view.Rule{{Text: "long", State: "no", Said: "Missing"}},
			},
			&view.Cells{N: 6, Input: view.Input{Name: "code", Label: "Code"}},
			&view.Phone{
				Input:     view.Input{Name: "phone", Label: "Phone"},
				Countries: []view.Option{{Value: "+49", Text: "x"}},
			},
			&view.Check{Name: "remember", Label: "Remember"}, button,
			&view.Ways{Parts: []view.Part{&view.Way{Name: "way", Value: "w", Icon: "key", Text: "Key"}}},
			&view.Provider{Name: "idp", Value: "Google", Text: "Google", Mark: "G"},
			&view.QR{Path: "M0 0.5h1", Size: 21, Label: "QR"}, &view.Secret{Summary: "?", Hint: "key", Text: "ABC"},
			&view.Row{Parts: []view.Part{&view.Text{HTML: "row"}}}, &view.Stack{},
		}},
		&view.Or{Text: "or"}, &view.LinkButton{Text: "Back", Address: "/back"},
		&view.Links{Before: "New?", Links: []view.Link{{Address: "/new", Text: "Sign up"}}},
		&view.Facts{Facts: []view.Fact{{Name: "Error", Value: "x"}}}, &view.List{Items: []string{"one"}},
		&view.Resend{
			Wait: 30, Waiting: "<b></b>",
			Form: view.Form{Name: "resend", Action: "/again", Parts: []view.Part{button}},
		},
	}
}

// TestPage: a page with every part is complete, has no inline style or script, and
// unique ids.
func TestPage(t *testing.T) {
	text := write(t, view.Frame{Language: "de", Application: "Élan", Look: view.Look{
		Style: "/style.css", Theme: "dark", X: "end", Header: &view.Bar{}, Footer: &view.Bar{Place: "center"},
	}}, view.Page{Title: "T", Icon: "key", Who: &view.Who{Name: "ann", Change: "/", ChangeText: "Not you?"},
		Notice: "sent", Parts: everyPart(),
		Problems: []view.Problem{{Text: "too short", Fields: []string{"x", "p"}}},
	})
	for _, want := range []string{
		`<html lang="de" data-theme="dark" data-x="end">`, `aria-hidden="true">É</span>Élan`,
		`aria-describedby="p-error p-hint p-rules" autofocus`,
		`<p class="error errorMessage-customizable" id="p-error">`,
		`<link rel="stylesheet" href="/style.css">`, `</html>`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	if regexp.MustCompile(` style=| on[a-z]+=|javascript:|<style|<script>|ZgotmplZ`).MatchString(text) {
		t.Errorf("inline style or script in\n%s", text)
	}
	seen := map[string]bool{}
	for _, id := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(text, -1) {
		if seen[id[1]] {
			t.Errorf("two elements have the id %s", id[1])
		}
		seen[id[1]] = true
	}
}

// TestProblems: a problem belongs to its field, or else to the page. With several, no
// field has the focus and a summary comes first.
func TestProblems(t *testing.T) {
	page := func(problems ...view.Problem) string {
		return write(t, view.Frame{}, view.Page{Summary: "Two things.", Problems: problems, Parts: []view.Part{
			&view.Form{Parts: []view.Part{&view.Input{Name: "a", Value: "v"}, &view.Input{Name: "b"}}},
		}})
	}
	of := func(text string, fields ...string) view.Problem { return view.Problem{Text: text, Fields: fields} }
	if one := page(of("wrong", "a")); strings.Contains(one, "loginErrorMessage") ||
		!strings.Contains(one, `aria-invalid="true" aria-describedby="a-error" autofocus`) {
		t.Error(one)
	}
	if whole := page(of("closed")); !strings.Contains(whole, "<p>closed</p>") || !strings.Contains(whole, "autofocus") {
		t.Error(whole)
	}
	if two := page(of("wrong", "a"), of("empty", "b")); !strings.Contains(two, "<p>Two things.</p>") ||
		strings.Contains(two, "autofocus") {
		t.Error(two)
	}
}

// TestWeight: a page with its files stays below 25 kB, and the script below 4 kB.
func TestWeight(t *testing.T) {
	all := len(write(t, view.Frame{Languages: &view.Languages{Choices: make([]view.Language, 12)}},
		view.Page{Parts: everyPart()}))
	for _, name := range []string{"login.css", "page.js", "icons.svg", "favicon.svg"} {
		w := httptest.NewRecorder()
		view.ServeFile(w, httptest.NewRequest("GET", view.Address(name), nil))
		size := w.Body.Len()
		if w.Code != 200 || size == 0 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
		if all += size; name == "page.js" && size > 4<<10 {
			t.Errorf("the script has %d bytes", size)
		}
	}
	if all > 25_000 {
		t.Errorf("a page has %d bytes", all)
	}
	w := httptest.NewRecorder()
	if view.ServeFile(w, httptest.NewRequest("GET", "/assets/login.css", nil)); w.Code != 404 {
		t.Errorf("without a hash: %d", w.Code)
	}
}
