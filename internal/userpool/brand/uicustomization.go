package brand

import (
	"encoding/base64"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// UICustomization is the appearance of the classic hosted UI. Its ID is the id
// of a client, or AllClients for every client without its own. Source: guide
// page hosted-ui-classic-branding.
type UICustomization struct {
	userpool.Resource
	// CSS is the style sheet as given; pages use Stylesheet.
	CSS *string
	// CSSVersion is the time of the last change, to the second.
	CSSVersion string
	// ImageFile is the logo, a PNG or JPEG file.
	ImageFile []byte
}

// AllClients is the ID of the customization for clients without their own.
const AllClients = "ALL"

// Limits of a customization. Source: guide page hosted-ui-classic-branding.
const (
	maxLogoBytes          = 100 << 10
	maxCustomizationBytes = 135 << 10
)

// Empty reports whether the customization sets nothing.
func (c *UICustomization) Empty() bool {
	return c.css() == "" && len(c.ImageFile) == 0
}

func (c *UICustomization) css() string {
	if c.CSS == nil {
		return ""
	}
	return *c.CSS
}

// Check refuses values that are too large, a style sheet that ParseCSS refuses,
// and a logo that is neither PNG nor JPEG.
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

// Stamp sets CSSVersion to now.
func (c *UICustomization) Stamp(now time.Time) { c.CSSVersion = now.UTC().Format("20060102150405") }

// Stylesheet returns the style sheet in a form that is safe in a page.
func (c *UICustomization) Stylesheet() string {
	rules, err := ParseCSS(c.css())
	if err != nil {
		return ""
	}
	return FormatCSS(rules)
}

// ImageType returns the logo's media type by its header, or "" for an unknown
// type.
func (c *UICustomization) ImageType() string {
	switch {
	case isPNG(c.ImageFile):
		return "image/png"
	case isJPEG(c.ImageFile):
		return "image/jpeg"
	}
	return ""
}

// ImagePath returns the path of the logo below the server's public URL, in the
// service's form: user pool, client or ALL, version, a fixed name. Source: the
// AWS CLI's example get-ui-customization.
func (c *UICustomization) ImagePath() string {
	return "/" + c.PoolID + "/" + c.ID + "/" + c.CSSVersion + "/assets/images/image.jpg"
}
