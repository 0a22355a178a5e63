package record

import "github.com/lifeguard-auth/lifeguard/internal/userpool"

// DeviceRequest is a request of the device authorization grant.
var DeviceRequest = of("device_request", 1,
	func(n userpool.DeviceRequestTerms) deviceRequest { return deviceRequest(n) },
	func(r deviceRequest) userpool.DeviceRequestTerms { return userpool.DeviceRequestTerms(r) })

type deviceRequest struct {
	Scopes   []string `json:"Scopes"`
	Resource string   `json:"Resource,omitempty"`
}
