package record

import "encoding/json"

// SRPExchange is what an SRP exchange needs at its end. Two of its members differ
// by case alone.
type SRPExchange struct {
	Secret []byte `json:"b"`
	Public []byte `json:"B"`
	A      string `json:"A"`
}

// SRPBlock is the server's half of an SRP exchange with a password.
type SRPBlock struct {
	SRPExchange
	Unknown bool   `json:"n,omitempty"` // the user does not exist
	Typed   string `json:"t"`
	EventID string `json:"e"`
	// Flow is the flow that the exchange belongs to, empty for USER_SRP_AUTH.
	Flow string `json:"f,omitempty"`
	// Device is the DEVICE_KEY that the exchange began with.
	Device string `json:"d,omitempty"`
}

// DeviceBlock is the server's half of a device's SRP exchange, and the sign-in
// that it belongs to.
type DeviceBlock struct {
	SRPExchange
	Progress Session `json:"p"`
}

// What a SECRET_BLOCK carries: SRPBlock for PASSWORD_VERIFIER, DeviceBlock for
// DEVICE_PASSWORD_VERIFIER.
var (
	SealedSRPBlock    = itself[SRPBlock]("sealed_srp_block", 1)
	SealedDeviceBlock = itself[DeviceBlock]("sealed_device_block", 1)
)

// ProgressOf returns the Session in a DeviceBlock as the block has it.
func ProgressOf(deviceBlock []byte) ([]byte, error) {
	var block struct {
		Progress json.RawMessage `json:"p"`
	}
	err := json.Unmarshal(deviceBlock, &block)
	return block.Progress, err
}
