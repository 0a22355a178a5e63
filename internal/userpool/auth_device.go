package userpool

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Device is a device of a user that the app has confirmed (ConfirmDevice). ID
// is the device key, Owner the user. Source: guide page
// amazon-cognito-user-pools-device-tracking.
type Device struct {
	Resource
	Name string
	// GroupKey takes the place of the pool name in the device's SRP.
	GroupKey string
	// Salt and Verifier verify the device's secret. They are empty if the app
	// confirmed the device without one.
	Salt, Verifier []byte
	// Remembered devices can replace a second factor. Users can list only these.
	Remembered bool
	// LastIP and Authenticated are the address and time of the last sign-in.
	LastIP        string
	Authenticated time.Time
}

// Verifiable reports whether the device can be authenticated at a sign-in.
func (d *Device) Verifiable() bool { return d.Remembered && len(d.Verifier) > 0 }

// DeviceAttribute is one attribute of a device in the API.
type DeviceAttribute struct{ Name, Value string }

// Attributes returns the attributes that administrators can read. Users cannot
// read those that begin with "dev:". Names and order: examples of
// admin-get-device in the AWS CLI's reference.
func (d *Device) Attributes(p *Pool) []DeviceAttribute {
	owner, status := d.Owner+"."+p.ID, "not_remembered"
	if d.Remembered {
		status = "remembered"
	}
	all := []DeviceAttribute{{"device_status", "valid"}}
	if d.Name != "" {
		all = append(all, DeviceAttribute{"device_name", d.Name})
	}
	arn := "arn:aws:cognito-idp:" + p.Region + ":" + p.Account + ":owner/" + owner + "/device/" + d.ID
	return append(all,
		DeviceAttribute{"dev:device_arn", arn},
		DeviceAttribute{"dev:device_owner", owner},
		DeviceAttribute{"last_ip_used", d.LastIP},
		DeviceAttribute{"dev:device_remembered_status", status},
		DeviceAttribute{"dev:device_sdk", "aws-sdk"})
}

// TracksDevices reports whether sign-ins are tied to devices.
func (p *Pool) TracksDevices() bool { return p.DeviceConfiguration != nil }

// RequireDevices refuses a pool that does not track devices.
func (p *Pool) RequireDevices() error {
	if !p.TracksDevices() {
		return fault.DevicesNotTracked
	}
	return nil
}

// DeviceReplacesFactor reports whether a remembered device replaces the second
// factor.
func (p *Pool) DeviceReplacesFactor() bool {
	c := p.DeviceConfiguration
	return c != nil && c.ChallengeRequiredOnNewDevice != nil && *c.ChallengeRequiredOnNewDevice
}

// UserChoosesToRemember reports whether a confirmed device is remembered only if the
// user agrees. Otherwise it is remembered at once.
func (p *Pool) UserChoosesToRemember() bool {
	c := p.DeviceConfiguration
	return c != nil && c.DeviceOnlyRememberedOnUserPrompt != nil && *c.DeviceOnlyRememberedOnUserPrompt
}
