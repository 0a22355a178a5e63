package look

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/face/view"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// Prefix is the prefix of the addresses of files. The id of the client follows.
const Prefix = view.Prefix + "branding/"

// Style is the look of a client, with its files by the last part of their address.
type Style struct {
	view.Look
	files map[string]file
	// Warnings are the pairs of colors that are hard to read.
	Warnings []string
}

type file struct {
	contentType string
	body        []byte
}

// builder makes the look of a style.
type builder struct {
	*brand.ManagedLogin
	brand.Values
	style *Style
	// fixed is the index of the only mode of the page, or -1.
	fixed int
}

// New returns the look of a style.
func New(b *brand.ManagedLogin) (*Style, error) {
	v, err := b.Values()
	if err != nil {
		return nil, err
	}
	s := &builder{ManagedLogin: b, Values: v, style: &Style{files: map[string]file{}}, fixed: -1}
	s.choices()
	s.logos()
	s.icons()
	s.providers()
	colors := newSheet(v)
	if text := colors.text(s.background, s.fixed); text != "" {
		s.style.Style = s.add("css", "text/css; charset=utf-8", []byte(text))
	}
	s.style.Warnings = colors.warnings(s.fixed)
	return s.style, nil
}

// add adds a file and returns its address.
func (s *builder) add(ending, contentType string, body []byte) string {
	sum := sha256.Sum256(body)
	name := hex.EncodeToString(sum[:8]) + "." + ending
	s.style.files[name] = file{contentType, body}
	return Prefix + url.PathEscape(s.ClientID) + "/" + name
}

// imageTypes are the types of images by their extension in the API.
var imageTypes = map[string]string{
	"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "SVG": "image/svg+xml", "ICO": "image/x-icon",
}

// address adds an asset and returns its address, or "" if there is none.
func (s *builder) address(a *brand.Asset) string {
	if a == nil {
		return ""
	}
	return s.add(strings.ToLower(a.Extension), imageTypes[a.Extension], a.Bytes)
}

// image returns the image of a category, or nil.
func (s *builder) image(category, id string) *view.Image {
	light := s.address(s.Image(category, id, brand.LightMode))
	dark := s.address(s.Image(category, id, brand.DarkMode))
	switch {
	case light == "":
		return nil
	case s.fixed == 1:
		light, dark = dark, ""
	case s.fixed == 0, light == dark:
		dark = ""
	}
	return &view.Image{Address: light, Dark: dark}
}

// background returns the address of a background in a mode, or "".
func (s *builder) background(b background, mode brand.Mode) string {
	if !s.On(b.enabled) {
		return ""
	}
	return s.address(s.Image(b.category, "", mode))
}

// choices are the settings of the layout. A color mode that the style has counts even
// if it is the default: its colors are made for it.
func (s *builder) choices() {
	look := &s.style.Look
	switch s.Chosen("categories.global.colorSchemeMode") {
	case "LIGHT":
		look.Theme, s.fixed = "light", 0
	case "DARK":
		look.Theme, s.fixed = "dark", 1
	}
	look.Density = known(s.Text("categories.global.spacingDensity"), "COMPACT", "SPACIOUS")
	look.X = known(s.Text("categories.form.location.horizontal"), "START", "END")
	look.Y = known(s.Text("categories.form.location.vertical"), "TOP", "BOTTOM")
	look.Plain = !s.On("categories.form.displayGraphics")
}

// known returns one of some values in lower case; "" for others.
func known(value string, values ...string) string {
	for _, v := range values {
		if v == value {
			return strings.ToLower(v)
		}
	}
	return ""
}

// logos are the logo of the form, the header and the footer.
func (s *builder) logos() {
	look := &s.style.Look
	const form = "components.form.logo."
	if logo := s.image("FORM_LOGO", ""); logo != nil && s.On(form+"enabled") {
		look.Logo = &view.Logo{
			Image: *logo, Place: known(s.Text(form+"location"), "CENTER", "END"),
			Outside: s.Text(form+"formInclusion") == "OUT", Below: s.Text(form+"position") == "BOTTOM",
		}
	}
	look.Header = s.bar("pageHeader", "PAGE_HEADER_LOGO")
	look.Footer = s.bar("pageFooter", "PAGE_FOOTER_LOGO")
}

func (s *builder) bar(component, category string) *view.Bar {
	if !s.On("categories.global." + component + ".enabled") {
		return nil
	}
	logo := "components." + component + ".logo."
	b := &view.Bar{}
	if s.On(logo + "enabled") {
		b.Logo = s.image(category, "")
		b.Place = known(s.Text(logo+"location"), "START", "CENTER", "END")
	}
	return b
}

// graphics are the assets that replace icons.
var graphics = map[string]string{
	"mail": "EMAIL_GRAPHIC", "message": "SMS_GRAPHIC", "shield": "AUTH_APP_GRAPHIC", "lock": "PASSWORD_GRAPHIC",
	"key": "PASSWORD_GRAPHIC", "passkey": "PASSKEY_GRAPHIC",
}

// icons are the icons of the window, and the graphics of pages.
func (s *builder) icons() {
	look := &s.style.Look
	enabled, _ := s.Merged("components.favicon.enabledTypes").([]any)
	for _, kind := range enabled {
		name, _ := kind.(string)
		icon := s.image("FAVICON_"+name, "")
		if icon == nil {
			continue
		}
		contentType := imageTypes[name]
		if icon.Dark == "" {
			look.Icons = append(look.Icons, view.Icon{Address: icon.Address, Type: contentType})
			continue
		}
		look.Icons = append(look.Icons,
			view.Icon{Address: icon.Address, Type: contentType, Media: "(prefers-color-scheme:light)"},
			view.Icon{Address: icon.Dark, Type: contentType, Media: "(prefers-color-scheme:dark)"})
	}
	for icon, category := range graphics {
		if image := s.image(category, ""); image != nil {
			if look.Graphics == nil {
				look.Graphics = map[string]*view.Image{}
			}
			look.Graphics[icon] = image
		}
	}
}

// providers are the order and the icons of the buttons of identity providers.
func (s *builder) providers() {
	look := &s.style.Providers
	look.First = federatedFirst(s.Chosen("categories.auth.authMethodOrder"))
	order, _ := s.Merged("categories.auth.federation.order").([]any)
	for _, name := range order {
		if text, ok := name.(string); ok {
			look.Order = append(look.Order, text)
		}
	}
	look.Plain = !s.On("componentClasses.idpButtons.icons.enabled")
	for _, a := range s.Assets {
		if a.Category == brand.IdPButtonIcon {
			if look.Icons == nil {
				look.Icons = map[string]*view.Image{}
			}
			look.Icons[a.ResourceID] = s.image(a.Category, a.ResourceID)
		}
	}
}

// federatedFirst reports whether identity providers come before the form in a list of
// lists of ways to sign in.
func federatedFirst(order any) bool {
	groups, _ := order.([]any)
	for _, group := range groups {
		ways, _ := group.([]any)
		for _, way := range ways {
			members, _ := way.(map[string]any)
			switch members["type"] {
			case "FEDERATED":
				return true
			case "USERNAME_PASSWORD":
				return false
			}
		}
	}
	return false
}
