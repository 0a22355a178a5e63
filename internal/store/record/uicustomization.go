package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// UICustomization is a customization of the classic hosted UI.
var UICustomization = of("ui_customization", 1,
	func(n brand.UICustomization) uiCustomization { return uiCustomization(n) },
	func(r uiCustomization) brand.UICustomization { return brand.UICustomization(r) })

type uiCustomization struct {
	userpool.Resource `json:"-"`
	CSS               *string `json:"CSS,omitempty"`
	CSSVersion        string  `json:"CSSVersion"`
	ImageFile         []byte  `json:"ImageFile,omitempty"`
}
