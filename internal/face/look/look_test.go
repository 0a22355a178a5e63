package look_test

import (
	"encoding/json"
	"maps"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/face/look"
	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// document is a document of settings.
type document = map[string]any

// style returns a style with settings and assets.
func style(t *testing.T, settings document, assets ...brand.Asset) *brand.ManagedLogin {
	t.Helper()
	text, err := json.Marshal(settings)
	if err != nil {
		t.Fatal(err)
	}
	return &brand.ManagedLogin{
		Resource: userpool.Resource{PoolID: "us-east-1_A", ID: "style"}, ClientID: "client+1",
		Settings: string(text), Assets: assets,
	}
}

func made(t *testing.T, b *brand.ManagedLogin) *look.Style {
	t.Helper()
	s, err := look.New(b)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sheet returns the style sheet of a look, or "".
func sheet(s *look.Style) string { return s.File(s.Style) }

// setting returns a document with one value, for example "a.b", 1 -> {"a": {"b": 1}}.
func setting(value any, names ...string) document {
	for _, name := range slices.Backward(names) {
		value = document{name: value}
	}
	return value.(document)
}

func defaults(t *testing.T) (all document) {
	t.Helper()
	text, err := (&brand.ManagedLogin{}).MergedSettings()
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// put sets a value of a document.
func put(d document, value any, names ...string) {
	for _, name := range names[:len(names)-1] {
		next, ok := d[name].(document)
		if !ok {
			next = document{}
			d[name] = next
		}
		d = next
	}
	d[names[len(names)-1]] = value
}

// everyAsset has an image of each category and mode.
func everyAsset() (assets []brand.Asset) {
	for _, category := range []string{
		"FAVICON_SVG", "FAVICON_ICO", "EMAIL_GRAPHIC", "PAGE_HEADER_LOGO", "PAGE_HEADER_BACKGROUND", "PAGE_FOOTER_LOGO",
		"PAGE_FOOTER_BACKGROUND", "PAGE_BACKGROUND", "FORM_BACKGROUND", "FORM_LOGO", brand.IdPButtonIcon,
	} {
		for _, mode := range []string{"LIGHT", "DARK"} {
			a := brand.Asset{Category: category, ColorMode: mode, Extension: "SVG", Bytes: []byte(category + mode)}
			if category == "FAVICON_ICO" {
				a.Extension = "ICO"
			}
			if category == brand.IdPButtonIcon {
				a.ResourceID = "Google"
			}
			assets = append(assets, a)
		}
	}
	return assets
}

// page returns a page with the look, and its style sheet.
func page(t *testing.T, s *look.Style) string {
	t.Helper()
	var text strings.Builder
	err := view.Write(&text, view.Frame{Language: "en", Application: "App", Look: s.Look}, view.Page{
		Title: "Sign in", Icon: "mail", Parts: []view.Part{
			&view.Form{Name: "cognitoSignInForm", Parts: []view.Part{&view.Input{Name: "username", Label: "Name"}}},
			&view.Or{Text: "or"},
			&view.Form{Name: "providers", Class: "idps", Parts: []view.Part{
				&view.Provider{Name: "identity_provider", Value: "Facebook", Text: "Facebook", Mark: "F"},
				&view.Provider{Name: "identity_provider", Value: "Google", Text: "Google", Mark: "G"},
			}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text.String() + sheet(s)
}

// changed are the other values of settings that are neither colors, numbers nor
// booleans.
var changed = map[string]any{
	"categories.auth.authMethodOrder": []any{
		[]any{document{"display": "INPUT", "type": "USERNAME_PASSWORD"}},
		[]any{document{"display": "BUTTON", "type": "FEDERATED"}},
	},
	"categories.auth.federation.interfaceStyle":  "DOMAIN_INPUT",
	"categories.auth.federation.order":           []any{"Google"},
	"categories.form.location.horizontal":        "END",
	"categories.form.location.vertical":          "TOP",
	"categories.form.sessionTimerDisplay":        "STATIC",
	"categories.global.colorSchemeMode":          "DARK",
	"categories.global.spacingDensity":           "COMPACT",
	"categories.signUp.acceptanceElements":       []any{},
	"components.favicon.enabledTypes":            []any{"SVG"},
	"components.form.logo.formInclusion":         "OUT",
	"components.form.logo.location":              "START",
	"components.form.logo.position":              "BOTTOM",
	"components.pageFooter.logo.location":        "CENTER",
	"components.pageHeader.logo.location":        "CENTER",
	"components.phoneNumberSelector.displayType": "FLAG",
}

// exceptions are the settings that the guide lists as without effect.
func exceptions(t *testing.T) (patterns []string) {
	t.Helper()
	guide, err := os.ReadFile("../../../docs/branding.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(guide), "## Settings that change nothing\n")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(table, -1) {
		patterns = append(patterns, row[1])
	}
	return patterns
}

// TestEverySetting changes every leaf of the default document. The page or its style
// sheet then differs, or the guide lists the setting.
func TestEverySetting(t *testing.T) {
	base := defaults(t)
	put(base, "DYNAMIC", "categories", "global", "colorSchemeMode")
	for _, on := range []string{
		"categories.global.pageHeader.enabled", "categories.global.pageFooter.enabled",
		"components.form.backgroundImage.enabled", "components.form.logo.enabled", "components.pageHeader.logo.enabled",
		"components.pageHeader.backgroundImage.enabled", "components.pageFooter.logo.enabled",
		"components.pageFooter.backgroundImage.enabled",
	} {
		put(base, true, strings.Split(on, ".")...)
	}
	before, listed, used := page(t, made(t, style(t, base, everyAsset()...))), exceptions(t), map[string]bool{}
	leaves := 0
	eachLeaf(base, nil, func(names []string, value any) {
		leaves++
		name := strings.Join(names, ".")
		put(base, otherValue(t, name, value), names...)
		differs := page(t, made(t, style(t, base, everyAsset()...))) != before
		put(base, value, names...)
		i := slices.IndexFunc(listed, func(pattern string) bool {
			ok, _ := path.Match(strings.ReplaceAll(pattern, ".", "/"), strings.ReplaceAll(name, ".", "/"))
			return ok
		})
		if i >= 0 {
			used[listed[i]] = true
		}
		if differs == (i >= 0) {
			t.Errorf("%s: changes the page: %v, listed as without effect: %v", name, differs, i >= 0)
		}
	})
	if leaves < 150 || len(used) != len(listed) {
		t.Errorf("%d settings; of the list of %d, %v are settings", leaves, len(listed), used)
	}
}

func eachLeaf(value any, names []string, visit func([]string, any)) {
	members, ok := value.(document)
	if !ok {
		visit(names, value)
		return
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		eachLeaf(members[name], append(slices.Clone(names), name), visit)
	}
}

func otherValue(t *testing.T, name string, value any) any {
	if other, ok := changed[name]; ok {
		return other
	}
	switch value := value.(type) {
	case bool:
		return !value
	case float64:
		return value + 3
	case string:
		if regexp.MustCompile(`^[0-9a-fA-F]{8}$`).MatchString(value) {
			return "12345678"
		}
	}
	t.Errorf("no other value for %s", name)
	return value
}

// TestOwnValues: what is equal to the defaults of Amazon Cognito, however it is
// written, leaves our look as it is, and a color that is no color is ignored.
func TestOwnValues(t *testing.T) {
	whole := made(t, style(t, defaults(t)))
	if ours := made(t, &brand.ManagedLogin{UseCognitoProvidedValues: true}); page(t, whole) != page(t, ours) ||
		whole.Style != "" || whole.Theme != "" {
		t.Errorf("the defaults have the look %+v %s", whole.Look, sheet(whole))
	}
	button := func(color any) document {
		return setting(color, "components", "primaryButton", "lightMode", "defaults", "backgroundColor")
	}
	for _, same := range []any{"0972D3FF", "0972d3", "red", "12345", "1234567", "123456789", "#123456", 5, nil,
		"123456;}", "url(//evil.example)", []any{"123456"}} {
		if s := made(t, style(t, button(same))); s.Style != "" {
			t.Errorf("%v: %s", same, sheet(s))
		}
	}
	got := sheet(made(t, style(t, button("AbCdEf80"))))
	if !strings.Contains(got, "--accent:light-dark(#abcdef80,#6ea8ff)") {
		t.Errorf("positive control: %s", got)
	}
	// A mode that is the default counts if the style sets something else.
	light := button("123456ff")
	put(light, "LIGHT", "categories", "global", "colorSchemeMode")
	if s := made(t, style(t, light)); s.Theme != "light" {
		t.Errorf("light mode: %+v", s.Look)
	}
}

// TestRadius: radii are numbers from 0 to 64.
func TestRadius(t *testing.T) {
	for value, want := range map[any]string{
		0.0: "0px", 4: "4px", 2.5: "2.5px", 9999.0: "64px", -3: "0px", "4px": "", "4": "", true: "",
	} {
		got := sheet(made(t, style(t, setting(value, "componentClasses", "input", "borderRadius"))))
		if want != "" {
			want = ":root{--input-radius:" + want + "}\n"
		}
		if got != want {
			t.Errorf("%v: %q", value, got)
		}
	}
}

// TestProviderNames: the name of a provider cannot leave its string in the style sheet.
func TestProviderNames(t *testing.T) {
	const evil = "\"]{}\\ </style>\n*{background:url(//evil.example)}/*\x00é"
	colors := document{"lightMode": document{"defaults": document{"backgroundColor": "123456"}}}
	got := sheet(made(t, style(t, setting(document{evil: colors}, "components", "idpButton", "custom"))))
	const want = `.idp[value="\22 \5d \7b \7d \5c  \3c \2f style\3e \a \2a \7b background\3a url\28 \2f \2f evil` +
		`\2e example\29 \7d \2f \2a \fffd \e9 "]{`
	if !strings.HasPrefix(got, want) || strings.Count(got, "{") != 1 {
		t.Errorf("got %s", got)
	}
}

// TestStates: a button whose resting state alone is set has matching states, further
// from the text than the resting one.
func TestStates(t *testing.T) {
	for _, c := range []struct{ ground, text, hover string }{
		{"0f5b6b", "ffffff", "#0d4e5c"}, {"7fd0de", "04171b", "#91d7e3"}, {"000000", "ffffff", "#242424"},
		{"00000000", "123456", "#12345624"},
	} {
		got := sheet(made(t, style(t, setting(document{"defaults": document{
			"backgroundColor": c.ground, "textColor": c.text,
		}}, "components", "secondaryButton", "lightMode"))))
		for _, want := range []string{
			"--second-hover:light-dark(" + c.hover + ",#1d232b)",
			"--second-hover-text:light-dark(var(--second-text),var(--heading))", "--second-active:light-dark(",
		} {
			if !strings.Contains(got, want) {
				t.Errorf("no %s in %s", want, got)
			}
		}
	}
}

// TestTokens: every custom property of a style sheet is used by ours.
func TestTokens(t *testing.T) {
	all := defaults(t)
	eachLeaf(all, nil, func(names []string, value any) {
		if text, ok := value.(string); ok && len(text) == 8 && text != "FEDERATED" {
			put(all, "12345678", names...)
		}
	})
	w := httptest.NewRecorder()
	view.ServeFile(w, httptest.NewRequest("GET", view.Address("login.css"), nil))
	property := regexp.MustCompile(`--[\w-]+`)
	found := property.FindAllString(sheet(made(t, style(t, all, everyAsset()...))), -1)
	if len(found) < 50 {
		t.Errorf("only %v", found)
	}
	for _, name := range found {
		if !strings.Contains(w.Body.String(), "var("+name+")") {
			t.Errorf("our style sheet does not use %s", name)
		}
	}
}

// TestImages: each mode has its own image, or that of both, or that of the other one.
func TestImages(t *testing.T) {
	logo := func(mode string) brand.Asset {
		return brand.Asset{Category: "FORM_LOGO", ColorMode: mode, Extension: "PNG", Bytes: []byte(mode)}
	}
	for _, c := range []struct {
		mode        string
		assets      []string
		light, dark string
	}{
		{"DYNAMIC", []string{"LIGHT", "DARK"}, "LIGHT", "DARK"}, {"DYNAMIC", []string{"DYNAMIC"}, "DYNAMIC", ""},
		{"DYNAMIC", []string{"DARK"}, "DARK", ""}, {"DYNAMIC", []string{"DARK", "DYNAMIC"}, "DYNAMIC", "DARK"},
		{"LIGHT", []string{"DARK", "LIGHT"}, "LIGHT", ""}, {"DARK", []string{"DARK", "LIGHT"}, "DARK", ""},
		{"DARK", []string{"LIGHT"}, "LIGHT", ""},
	} {
		settings := setting(true, "components", "form", "logo", "enabled")
		put(settings, c.mode, "categories", "global", "colorSchemeMode")
		var assets []brand.Asset
		for _, mode := range c.assets {
			assets = append(assets, logo(mode))
		}
		s := made(t, style(t, settings, assets...))
		if s.Logo == nil || s.File(s.Logo.Address) != c.light || s.File(s.Logo.Dark) != c.dark {
			t.Errorf("%s with %v: %+v", c.mode, c.assets, s.Logo)
		}
	}
	// A setting without an image, and an image that is not enabled, change nothing.
	if s := made(t, style(t, setting(true, "components", "form", "logo", "enabled"))); s.Logo != nil {
		t.Errorf("a logo without an image: %+v", s.Logo)
	}
	if s := made(t, style(t, nil, logo("LIGHT"))); s.Logo != nil {
		t.Errorf("a logo that is off: %+v", s.Logo)
	}
}

// TestWarnings: a style that is hard to read is described, in the modes of the page;
// ours and a good one are not.
func TestWarnings(t *testing.T) {
	pale := setting(document{
		"lightMode": document{"defaults": document{"backgroundColor": "ffffffff", "textColor": "eeeeeeff"}},
	}, "components", "primaryButton")
	if got := made(t, style(t, pale)).Warnings; len(got) == 0 ||
		got[0] != "primary buttons (lightMode): contrast 1.2, at least 4.5 is needed" {
		t.Errorf("pale buttons: %v", got)
	}
	put(pale, "DARK", "categories", "global", "colorSchemeMode")
	if got := made(t, style(t, pale)).Warnings; len(got) != 0 {
		t.Errorf("pale buttons in a mode that the page does not have: %v", got)
	}
	grey := setting("777777", "components", "form", "lightMode", "backgroundColor")
	if got := made(t, style(t, grey)).Warnings; len(got) < 5 {
		t.Errorf("our text on grey: %v", got)
	}
	if got := made(t, style(t, setting("0f5b6b", "components", "primaryButton", "lightMode", "defaults",
		"backgroundColor"))).Warnings; len(got) != 0 {
		t.Errorf("a good style: %v", got)
	}
	// Our own look has no such pair: as if a style had set each color to ours.
	if got := made(t, style(t, nil)).Warnings; len(got) != 0 {
		t.Errorf("our look: %v", got)
	}
}
