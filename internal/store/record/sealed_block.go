package record

import "encoding/json"

// SRPExchange is the server's state of an SRP exchange. The names of two members
// differ only in case.
type SRPExchange struct {
	Secret []byte `json:"b"`
	Public []byte `json:"B"`
	A      string `json:"A"`
}

// SRPBlock is the server's state of an SRP exchange with a password.
type SRPBlock struct {
	SRPExchange
	Unknown bool   `json:"n,omitempty"` // the user does not exist
	Typed   string `json:"t"`
	EventID string `json:"e"`
	// Flow is the flow of the exchange, empty for USER_SRP_AUTH.
	Flow string `json:"f,omitempty"`
	// Device is the DEVICE_KEY of the request that began the exchange.
	Device string `json:"d,omitempty"`
	// Methods, Target and Origin are those of the Session.
	Methods []string `json:"m,omitempty"`
	Target  int      `json:"l,omitempty"`
	Origin  string   `json:"o,omitempty"`
}

// DeviceBlock is the server's state of a device's SRP exchange, with the Session
// of its sign-in.
type DeviceBlock struct {
	SRPExchange
	Progress Session `json:"p"`
}

// Kinds of the contents of a SECRET_BLOCK: SRPBlock for PASSWORD_VERIFIER,
// DeviceBlock for DEVICE_PASSWORD_VERIFIER.
var (
	SealedSRPBlock    = itself[SRPBlock]("sealed_srp_block", 1)
	SealedDeviceBlock = itself[DeviceBlock]("sealed_device_block", 1)
)

// ProgressOf returns the encoded Session in a DeviceBlock, with its unknown
// members.
func ProgressOf(deviceBlock []byte) ([]byte, error) {
	var block struct {
		Progress json.RawMessage `json:"p"`
	}
	err := json.Unmarshal(deviceBlock, &block)
	return block.Progress, err
}
