package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
	"github.com/lifeguard-auth/lifeguard/internal/userpool/brand"
)

// Branding is a style of managed login.
var Branding = of("branding", 1, fromManagedLogin, toManagedLogin)

// LinkToBranding maps a client to its style.
type LinkToBranding struct {
	userpool.Resource `json:"-"`
	BrandingID        string `json:"BrandingID"`
}

// BrandingOfClient is the kind of LinkToBranding.
var BrandingOfClient = itself[LinkToBranding]("branding_of_client", 1)

type managedLogin struct {
	userpool.Resource        `json:"-"`
	ClientID                 string  `json:"ClientID"`
	UseCognitoProvidedValues bool    `json:"UseCognitoProvidedValues"`
	Settings                 string  `json:"Settings,omitempty"`
	Assets                   []asset `json:"Assets,omitempty"`
}

type asset struct {
	Category   string `json:"Category"`
	ColorMode  string `json:"ColorMode"`
	Extension  string `json:"Extension"`
	ResourceID string `json:"ResourceID,omitempty"`
	Bytes      []byte `json:"Bytes"`
}

func fromManagedLogin(b brand.ManagedLogin) managedLogin {
	return managedLogin{
		ClientID: b.ClientID, UseCognitoProvidedValues: b.UseCognitoProvidedValues, Settings: b.Settings,
		Assets: listOf(b.Assets, func(a brand.Asset) asset { return asset(a) }),
	}
}

func toManagedLogin(b managedLogin) brand.ManagedLogin {
	return brand.ManagedLogin{
		ClientID: b.ClientID, UseCognitoProvidedValues: b.UseCognitoProvidedValues, Settings: b.Settings,
		Assets: listOf(b.Assets, func(a asset) brand.Asset { return brand.Asset(a) }),
	}
}
