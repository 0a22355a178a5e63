package record

import (
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Passkey is what is stored of the registration of a passkey.
var Passkey = of("passkey", 1,
	func(n userpool.PasskeyTraits) passkey { return passkey(n) },
	func(r passkey) userpool.PasskeyTraits { return userpool.PasskeyTraits(r) })

type passkey struct {
	FriendlyName   string   `json:"FriendlyName"`
	AAGUID         string   `json:"AAGUID"`
	Attachment     string   `json:"Attachment,omitempty"`
	Transports     []string `json:"Transports,omitempty"`
	BackupEligible bool     `json:"BackupEligible,omitempty"`
	UserVerified   bool     `json:"UserVerified,omitempty"`
}
