package brand

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"sync"
)

// Mode is a color mode, by its name in the settings.
type Mode string

// The color modes.
const (
	LightMode Mode = "lightMode"
	DarkMode  Mode = "darkMode"
)

// Values are the settings of a style by their path, such as "components.form.logo.enabled".
type Values struct {
	given map[string]any
	// set is whether the style has a value that is not a default, or an asset.
	set bool
}

// defaultValues is the default document.
var defaultValues = sync.OnceValues(func() (all map[string]any, err error) {
	return all, json.Unmarshal(defaultBranding, &all)
})

// Values returns the settings of a style.
func (b *ManagedLogin) Values() (v Values, err error) {
	defaults, err := defaultValues()
	if err != nil {
		return v, err
	}
	if b.Settings != "" {
		if err := json.Unmarshal([]byte(b.Settings), &v.given); err != nil {
			return v, fmt.Errorf("settings of the style %s: %w", b.ID, err)
		}
	}
	v.set = len(b.Assets) > 0 || differs(v.given, defaults)
	return v, nil
}

// differs reports whether a document has a value that another one does not have.
func differs(document, other any) bool {
	members, ok := document.(map[string]any)
	if !ok {
		return !same(document, other)
	}
	others, _ := other.(map[string]any)
	for name, value := range members {
		if differs(value, others[name]) {
			return true
		}
	}
	return false
}

// same reports whether two values of a setting are the same. Colors may be written
// in more than one way.
func same(a, b any) bool {
	x, isColor := color(a)
	y, _ := color(b)
	return isColor && x == y || reflect.DeepEqual(a, b)
}

var colorForm = regexp.MustCompile(`^[0-9a-fA-F]{6}([0-9a-fA-F]{2})?$`)

// color returns a color as rrggbb or rrggbbaa in lower case, without an opaque aa.
func color(value any) (string, bool) {
	text, ok := value.(string)
	if !ok || !colorForm.MatchString(text) {
		return "", false
	}
	text = strings.ToLower(text)
	if len(text) == len("rrggbbaa") {
		text = text[:6] + strings.TrimSuffix(text[6:], "ff")
	}
	return text, true
}

func at(document map[string]any, path ...string) any {
	var value any = document
	for _, name := range path {
		members, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = members[name]
	}
	return value
}

// own returns a value that the style sets; nil if there is none, or if it is the
// default.
func (v Values) own(path ...string) any {
	defaults, err := defaultValues()
	given := at(v.given, path...)
	if err != nil || given == nil || same(given, at(defaults, path...)) {
		return nil
	}
	return given
}

// Color returns a color of a component as rrggbb or rrggbbaa, or "" if the style does
// not set it.
func (v Values) Color(component string, mode Mode, name string) string {
	path := append(strings.Split(component, "."), string(mode))
	found, _ := color(v.own(append(path, strings.Split(name, ".")...)...))
	return found
}

// Providers returns the names of the identity providers whose buttons have colors of
// their own.
func (v Values) Providers() (names []string) {
	custom, _ := at(v.given, "components", "idpButton", "custom").(map[string]any)
	for name := range custom {
		names = append(names, name)
	}
	return names
}

// ProviderColor returns a color of the button of an identity provider, or "".
func (v Values) ProviderColor(provider string, mode Mode, name string) string {
	path := []string{"components", "idpButton", "custom", provider, string(mode)}
	found, _ := color(at(v.given, append(path, strings.Split(name, ".")...)...))
	return found
}

// maxRadius is the largest radius in pixels.
const maxRadius = 64

// Radius returns a radius in pixels, at most 64, if the style sets it.
func (v Values) Radius(path string) (pixels float64, ok bool) {
	pixels, ok = v.own(strings.Split(path, ".")...).(float64)
	return min(max(pixels, 0), maxRadius), ok
}

// Chosen returns a value that the style has, even if it is the default. A style that
// sets nothing else has none: its settings are the default document.
func (v Values) Chosen(path string) any {
	if !v.set {
		return nil
	}
	return at(v.given, strings.Split(path, ".")...)
}

// Merged returns a value of the style, or the default.
func (v Values) Merged(path string) any {
	names := strings.Split(path, ".")
	if given := at(v.given, names...); given != nil {
		return given
	}
	defaults, err := defaultValues()
	if err != nil {
		return nil
	}
	return at(defaults, names...)
}

// Text returns a text value of the style, or the default.
func (v Values) Text(path string) string {
	text, _ := v.Merged(path).(string)
	return text
}

// On reports whether a setting is true.
func (v Values) On(path string) bool {
	on, _ := v.Merged(path).(bool)
	return on
}

// Image returns the asset of a category for a mode: the one for the mode, else the one
// for both, else the one for the other mode. id is the ResourceId of icons of identity
// providers.
func (b *ManagedLogin) Image(category, id string, mode Mode) *Asset {
	order := []string{"LIGHT", "DYNAMIC", "DARK"}
	if mode == DarkMode {
		order = []string{"DARK", "DYNAMIC", "LIGHT"}
	}
	for _, colors := range order {
		for i := range b.Assets {
			a := &b.Assets[i]
			if a.Category == category && a.ColorMode == colors && (category != IdPButtonIcon || a.ResourceID == id) {
				return a
			}
		}
	}
	return nil
}
