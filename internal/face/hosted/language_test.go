package hosted_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/face/hosted/hostedtest"
	"github.com/lifeguard-auth/lifeguard/internal/locale"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// requireLanguage requires that a page is in a language.
func requireLanguage(t *testing.T, what string, p hostedtest.Page, tag string) {
	t.Helper()
	if p.Status != http.StatusOK || !strings.Contains(p.Body, `<html lang="`+tag+`"`) {
		t.Errorf("%s: want a page in %s, got %d %s", what, tag, p.Status, p.Body)
	}
}

// The first page is in each language that lang names, and so are later requests without
// lang, until another one names another language.
func TestLang(t *testing.T) {
	w := world(t)
	b := w.Browser()
	requireLanguage(t, "without lang", form(b), "en")
	for _, l := range locale.Languages {
		first := b.Follow(b.Get(hostedtest.AuthorizeURL("public", "lang", l.Tag)))
		requireLanguage(t, "lang", first, l.Tag)
		if !strings.Contains(first.Body, "<h1>"+l.Text("signIn.title")+"</h1>") || b.Cookies["lang"] != l.Tag {
			t.Errorf("%s: the cookie is %q, the page %s", l.Tag, b.Cookies["lang"], first.Body)
		}
		requireLanguage(t, "without lang", form(b), l.Tag)
		refused(t, l.Tag, b.Fill(first, "username", "", "password", "x"), l.Text("error.empty"))
		other := w.Browser()
		other.Cookies["lang"] = l.Tag
		signedIn(t, l.Tag, other.Fill(form(other), "username", "ann", "password", hostedtest.Password))
	}
}

// What lang and ui_locales name, and what they do not.
func TestLanguageOfARequest(t *testing.T) {
	w := world(t)
	for _, test := range []struct {
		cookie string
		values []string
		want   string
	}{
		{"", []string{"lang", "DE"}, "de"},
		{"", []string{"lang", "de-AT"}, "de"},
		{"", []string{"lang", "pt"}, "pt-BR"},
		{"", []string{"lang", "zh"}, "zh-CN"},
		{"", []string{"lang", "zh-Hant-HK"}, "zh-TW"},
		{"", []string{"lang", "tlh"}, "en"},
		{"de", []string{"lang", "tlh"}, "de"},
		{"de", []string{"lang", "en"}, "en"},
		{"de", []string{"lang", strings.Repeat("en-", 1000)}, "de"},
		{"tlh", nil, "en"},
		{"", []string{"ui_locales", "tlh de-CH en"}, "de"},
		{"ja", []string{"ui_locales", "de"}, "de"},
		{"", []string{"ui_locales", "de", "lang", "ja"}, "ja"},
		{"", []string{"ui_locales", "de", "lang", "tlh"}, "de"},
	} {
		b := w.Browser()
		if test.cookie != "" {
			b.Cookies["lang"] = test.cookie
		}
		b.Header.Set("Accept-Language", "ja")
		p := b.Follow(b.Get(hostedtest.AuthorizeURL("public", test.values...)))
		requireLanguage(t, test.cookie+" "+strings.Join(test.values, " "), p, test.want)
	}
}

// A silent sign-in and a refusal keep the language, too.
func TestLanguageWithoutAPage(t *testing.T) {
	w := world(t)
	b := w.Browser()
	signedIn(t, "first", b.SignIn(hostedtest.AuthorizeURL("public")))
	signedIn(t, "silent", b.Get(hostedtest.AuthorizeURL("public", "lang", "de")))
	if b.Cookies["lang"] != "de" {
		t.Errorf("cookies %v", b.Cookies)
	}
	p := b.Get(hostedtest.AuthorizeURL("public", "lang", "ja", "redirect_uri", "https://other.example.com"))
	if p = b.Follow(p); !strings.Contains(p.Body, `<html lang="ja"`) {
		t.Error(p.Body)
	}
}

// A pushed request has its language, which the user can change.
func TestLanguageOfAPushedRequest(t *testing.T) {
	w := world(t)
	w.Extend(w.Pool, func(e *userpool.PoolExtensions) { e.PushedRequests = true })
	query := url.Values{
		"client_id": {"public"}, "response_type": {"code"}, "redirect_uri": {hostedtest.Callback}, "state": {"st"},
		"lang": {"de"},
	}
	b := w.Browser()
	pushed := b.Post("/oauth2/par", query)
	_, uri, _ := strings.Cut(pushed.Body, `"request_uri":"`)
	uri, _, _ = strings.Cut(uri, `"`)
	first := b.Follow(b.Get("/oauth2/authorize?" + url.Values{"client_id": {"public"}, "request_uri": {uri}}.Encode()))
	requireLanguage(t, "pushed", first, "de")
	again := b.Translate(first, "ja")
	requireLanguage(t, "changed", again, "ja")
	signedIn(t, "pushed", b.Fill(again, "username", "ann", "password", hostedtest.Password))
}

// A change of the language in the middle of a sign-in keeps the sign-in: the address
// may name another language, and the change is no response to the challenge.
func TestLanguageChangesInTheMiddle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		w := hostedtest.New(t, db, clk)
		w.User(w.Pool, "temp", userpool.ForceChangePassword)
		b := w.Browser()
		first := b.Follow(b.Get(hostedtest.AuthorizeURL("public", "lang", "de")))
		first = b.Translate(b.Translate(first, "ja"), "de")
		wrong := b.Translate(b.Fill(first, "username", "temp", "password", "wrong"), "de")
		page := b.Fill(wrong, "username", "temp", "password", hostedtest.Password)
		requireLanguage(t, "step", page, "de")
		differ := b.Fill(page, "new_password", "Other5word!", "confirm_password", "x")
		refused(t, "step", differ, locale.Of("de").Text("newPassword.differ"))
		for _, tag := range []string{"ja", "en", "ja"} {
			page = b.Translate(page, tag)
			requireLanguage(t, "changed", page, tag)
		}
		if strings.Contains(page.Body, "alert") {
			t.Errorf("a change is no response: %s", page.Body)
		}
		action, posted := page.Form()
		if strings.Contains(action, "lang=") {
			t.Errorf("the address of the form is %s", action)
		}
		// The step is bound to the browser and the page, also for a change.
		other := w.Browser()
		form(other)
		posted.Set("_csrf", other.Cookies["XSRF-TOKEN"])
		posted.Set("lang", "de")
		if p := other.Post(action, posted); p.Status != http.StatusSeeOther {
			t.Errorf("a step of another browser: %d %s", p.Status, p.Body)
		}
		signedIn(t, "after changes",
			b.Fill(page, "new_password", "Other5word!", "confirm_password", "Other5word!"))
	})
}

// A change does not make a step last longer.
func TestLanguageDoesNotProlongAStep(t *testing.T) {
	w := world(t)
	w.User(w.Pool, "temp", userpool.ForceChangePassword)
	b := w.Browser()
	page := b.Fill(form(b), "username", "temp", "password", hostedtest.Password)
	w.Clock.Advance(5*time.Minute - time.Second)
	page = b.Translate(page, "de")
	requireLanguage(t, "in time", page, "de")
	w.Clock.Advance(2 * time.Second)
	if p := b.Translate(page, "ja"); p.Status != http.StatusSeeOther {
		t.Errorf("too late: %d %s", p.Status, p.Body)
	}
}

// The page for the code of a device can be read in every language.
func TestLanguageOfADevicePage(t *testing.T) {
	b := world(t).Browser()
	page := b.Get("/device?user_code=BCDF-GHJK&lang=de")
	requireLanguage(t, "device", page, "de")
	page = b.Translate(page, "ja")
	requireLanguage(t, "changed", page, "ja")
	if _, form := page.Form(); form.Get("user_code") != "BCDF-GHJK" {
		t.Errorf("the code is lost: %s", page.Body)
	}
}

// The language for tests of layouts is one of development mode.
func TestPseudoLanguage(t *testing.T) {
	w := world(t)
	page := func() hostedtest.Page {
		b := w.Browser()
		return b.Follow(b.Get(hostedtest.AuthorizeURL("public", "lang", "xx")))
	}
	requireLanguage(t, "not in dev", page(), "en")
	w.OAuth.Dev = true
	requireLanguage(t, "in dev", page(), "xx")
}

// Texts of pages are in the files of the languages, not in the source. Those of the page
// at the root in development mode are for developers.
func TestNoTextInTheSource(t *testing.T) {
	const members = "Title|Lead|Text|Label|Hint|Note|Notice|Summary|Busy|Optional|Said|HTML|Before|Waiting"
	texts := regexp.MustCompile("^(" + members + ")$")
	words := regexp.MustCompile(`^"[^{<]*[A-Za-z]{2,} [A-Za-z]`)
	report := func(set *token.FileSet, name string, value ast.Expr) {
		lit, ok := value.(*ast.BasicLit)
		if ok && texts.MatchString(name) && words.MatchString(lit.Value) {
			t.Errorf("%s: %s", set.Position(lit.Pos()), lit.Value)
		}
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") || name == "elsewhere.go" {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				report(set, called(n.Key), n.Value)
			case *ast.AssignStmt:
				if s, ok := n.Lhs[0].(*ast.SelectorExpr); ok {
					report(set, s.Sel.Name, n.Rhs[0])
				}
			case *ast.CallExpr:
				if called(n.Fun) == "plain" {
					report(set, "Lead", n.Args[0])
				}
			}
			return true
		})
	}
}
