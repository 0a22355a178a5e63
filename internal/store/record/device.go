package record

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Device is a device of a user.
var Device = of("device", 1,
	func(n userpool.Device) device { return device(n) },
	func(r device) userpool.Device { return userpool.Device(r) })

type device struct {
	userpool.Resource `json:"-"`
	Name              string    `json:"Name,omitempty"`
	GroupKey          string    `json:"GroupKey"`
	Salt              []byte    `json:"Salt,omitempty"`
	Verifier          []byte    `json:"Verifier,omitempty"`
	Remembered        bool      `json:"Remembered"`
	LastIP            string    `json:"LastIP"`
	Authenticated     time.Time `json:"Authenticated"`
}
