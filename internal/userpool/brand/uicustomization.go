package brand

import (
	"encoding/base64"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// UICustomization is the look of the classic hosted UI: of one client, whose
// id is its ID, or of every client without one of its own (AllClients).
// Source: guide page hosted-ui-classic-branding.
type UICustomization struct {
	userpool.Resource
	// CSS is the style sheet as it was given; pages show Stylesheet.
	CSS *string
	// CSSVersion is the second in which this was set.
	CSSVersion string
	// ImageFile is the logo, a PNG or JPEG file.
	ImageFile []byte
}

// AllClients is the id of the customization of every client that has none.
const AllClients = "ALL"

// Limits of a customization. Source: guide page hosted-ui-classic-branding.
const (
	maxLogoBytes          = 100 << 10
	maxCustomizationBytes = 135 << 10
)

// Empty is whether the customization says nothing.
func (c *UICustomization) Empty() bool {
	return c.css() == "" && len(c.ImageFile) == 0
}

func (c *UICustomization) css() string {
	if c.CSS == nil {
		return ""
	}
	return *c.CSS
}

// Check refuses what is too large, a style sheet that ParseCSS refuses, and a
// logo that is neither PNG nor JPEG.
func (c *UICustomization) Check() error {
	css := c.css()
	switch {
	case len(c.ImageFile) > maxLogoBytes:
		return fault.Invalid("The image file must not be larger than %d KB.", maxLogoBytes>>10)
	case len(css)+base64.StdEncoding.EncodedLen(len(c.ImageFile)) > maxCustomizationBytes:
		return fault.Invalid("request parameters too large")
	case len(c.ImageFile) > 0 && c.ImageType() == "":
		return fault.Invalid("The image file must be a PNG or JPEG image.")
	}
	_, err := ParseCSS(css)
	return err
}

// Stamp marks the customization as set at a moment.
func (c *UICustomization) Stamp(now time.Time) { c.CSSVersion = now.UTC().Format("20060102150405") }

// Stylesheet is the style sheet in a form that may stand in a page.
func (c *UICustomization) Stylesheet() string {
	rules, err := ParseCSS(c.css())
	if err != nil {
		return ""
	}
	return FormatCSS(rules)
}

// ImageType is the logo's media type by its own header, empty when it is no
// image of a known type.
func (c *UICustomization) ImageType() string {
	switch {
	case isPNG(c.ImageFile):
		return "image/png"
	case isJPEG(c.ImageFile):
		return "image/jpeg"
	}
	return ""
}

// ImagePath is where the logo is served, below the server's public URL: the
// service's own form, the user pool, the client or ALL, the version, a fixed
// name. Source: the AWS CLI's example get-ui-customization.
func (c *UICustomization) ImagePath() string {
	return "/" + c.PoolID + "/" + c.ID + "/" + c.CSSVersion + "/assets/images/image.jpg"
}
