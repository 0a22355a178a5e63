package brand

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// ManagedLogin is the style of one client's managed login pages.
// Source: guide page managed-login-brandingeditor.
type ManagedLogin struct {
	userpool.Resource
	ClientID string
	// UseCognitoProvidedValues: the style has no settings or assets of its own.
	UseCognitoProvidedValues bool
	// Settings is the JSON object as given, or empty.
	Settings string
	Assets   []Asset
}

// Asset is an image of a style.
type Asset struct {
	Category, ColorMode, Extension string
	ResourceID                     string
	Bytes                          []byte
}

// Change is an update of a style. A nil member changes nothing.
type Change struct {
	UseCognitoProvidedValues *bool
	Settings                 []byte
	Assets                   []Asset
}

// Limits of a style. Sources: API model; the limits of settings are
// this project's own, far beyond the complete document's 10 KB and 7 levels.
const (
	maxBrandingAssets   = 40
	maxBrandingSettings = 128 << 10
	maxSettingsDepth    = 32
	maxUnknownSettings  = 10
)

// defaultBranding is the complete document of settings. Source: the AWS CLI's
// example update-managed-login-branding.
//
//go:embed branding_defaults.json
var defaultBranding []byte

// Change applies a request. Members that are nil do not change. Settings are
// merged by RFC 7396, so null removes a property. An asset replaces the one of
// the same category and mode; an empty list removes all assets.
// UseCognitoProvidedValues removes the style's own values. Source of the error
// text: floci-io/floci#2869, measured.
func (b *ManagedLogin) Change(c Change) error {
	if c.providedValues() {
		if c.Settings != nil || c.Assets != nil {
			return errEitherStyle
		}
		b.UseCognitoProvidedValues, b.Settings, b.Assets = true, "", nil
		return nil
	}
	if c.UseCognitoProvidedValues != nil || c.Settings != nil || c.Assets != nil {
		b.UseCognitoProvidedValues = false
	}
	if err := b.changeSettings(c.Settings); err != nil {
		return err
	}
	return b.changeAssets(c.Assets)
}

// Create applies the first change of a style, which must have settings or
// UseCognitoProvidedValues.
func (b *ManagedLogin) Create(c Change) error {
	if !c.providedValues() && c.Settings == nil {
		return errEitherStyle
	}
	return b.Change(c)
}

var errEitherStyle = fault.Invalid("useCognitoProvidedValues or settings should be specified (but not both)")

func (c Change) providedValues() bool {
	return c.UseCognitoProvidedValues != nil && *c.UseCognitoProvidedValues
}

func (b *ManagedLogin) changeSettings(given []byte) error {
	if given == nil {
		return nil
	}
	if err := checkSettings(given); err != nil {
		return err
	}
	settings := given
	if b.Settings != "" {
		var err error
		if settings, err = mergeJSON([]byte(b.Settings), given); err != nil {
			return err
		}
	}
	if len(settings) > maxBrandingSettings {
		return fault.Invalid("Settings must not be larger than %d bytes.", maxBrandingSettings)
	}
	b.Settings = string(settings)
	return nil
}

// checkSettings refuses names that the default document does not have in its
// two upper levels. Deeper names are not checked.
func checkSettings(given []byte) error {
	if len(given) > maxBrandingSettings {
		return fault.Invalid("Settings must not be larger than %d bytes.", maxBrandingSettings)
	}
	if depthJSON(given) > maxSettingsDepth {
		return fault.Invalid("Settings must not be nested deeper than %d levels.", maxSettingsDepth)
	}
	unknown, err := unknownJSON(given, defaultBranding, "$", 2)
	if err != nil {
		return fault.Invalid("Settings is not a JSON object.")
	}
	if len(unknown) == 0 {
		return nil
	}
	unknown = unknown[:min(len(unknown), maxUnknownSettings)]
	for i, path := range unknown {
		unknown[i] = fmt.Sprintf("{property: %.100s, errorType: UnknownProperty}", path)
	}
	return fault.Invalid("Invalid settings provided. Validation errors: [%s]", strings.Join(unknown, ", "))
}

func (b *ManagedLogin) changeAssets(given []Asset) error {
	if given == nil {
		return nil
	}
	if len(given) == 0 {
		b.Assets = nil
		return nil
	}
	kept := slices.Clone(b.Assets)
	for i, a := range given {
		if slices.ContainsFunc(given[:i], a.replaces) {
			return fault.Invalid("Duplicate asset with category %s and color mode %s.", a.Category, a.ColorMode)
		}
		if len(a.Bytes) == 0 {
			j := slices.IndexFunc(b.Assets, func(o Asset) bool {
				return a.ResourceID != "" && o.ResourceID == a.ResourceID
			})
			if j < 0 {
				return fault.Invalid("The asset with category %s and color mode %s has neither Bytes "+
					"nor the ResourceId of an existing asset.", a.Category, a.ColorMode)
			}
			a.Bytes = b.Assets[j].Bytes
		}
		if err := a.Check(); err != nil {
			return err
		}
		if j := slices.IndexFunc(kept, a.replaces); j >= 0 {
			kept[j] = a
		} else {
			kept = append(kept, a)
		}
	}
	if len(kept) > maxBrandingAssets {
		return fault.Invalid("A managed login branding style must not have more than %d assets.", maxBrandingAssets)
	}
	b.Assets = kept
	return nil
}

// replaces reports whether a replaces o: a style has one asset per category and
// color mode, and one icon per identity provider.
func (a Asset) replaces(o Asset) bool {
	return a.Category == o.Category && a.ColorMode == o.ColorMode &&
		(a.Category != IdPButtonIcon || a.ResourceID == o.ResourceID)
}

// IdPButtonIcon is the category of the icons of identity providers.
const IdPButtonIcon = "IDP_BUTTON_ICON"

// graphicExtensions are the extensions of every category that
// brandingExtensions does not list. Sources: guide page
// managed-login-brandingeditor; WEBP: API model.
var graphicExtensions = []string{"PNG", "SVG", "JPEG", "WEBP"}

var brandingExtensions = map[string][]string{
	"FAVICON_ICO": {"ICO"},
	"FAVICON_SVG": {"SVG"},
	IdPButtonIcon: {"ICO", "SVG"},
}

// Check refuses an extension that the category does not allow, a file that does
// not match its extension, and an SVG that could run or fetch anything.
func (a Asset) Check() error {
	extensions, ok := brandingExtensions[a.Category]
	if !ok {
		extensions = graphicExtensions
	}
	if !slices.Contains(extensions, a.Extension) {
		return fault.Invalid("The extension %s is not supported for assets of category %s.", a.Extension, a.Category)
	}
	if a.Extension == "SVG" {
		return checkSVG(a.Bytes)
	}
	is := map[string]func([]byte) bool{"PNG": isPNG, "JPEG": isJPEG, "WEBP": isWEBP, "ICO": isICO}[a.Extension]
	if is == nil || !is(a.Bytes) {
		return fault.Invalid("The file of the asset with category %s is not of type %s.", a.Category, a.Extension)
	}
	return nil
}

// MergedSettings returns the style's settings merged over the defaults.
func (b *ManagedLogin) MergedSettings() ([]byte, error) {
	own := b.Settings
	if own == "" {
		own = "{}"
	}
	return mergeJSON(defaultBranding, []byte(own))
}
