package userpool

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Device is where a user has signed in and what its app has confirmed since
// (ConfirmDevice). ID is the device key, Owner the user. Source: guide page
// amazon-cognito-user-pools-device-tracking.
type Device struct {
	Resource
	Name string
	// GroupKey stands where the pool stands in the SRP of a password.
	GroupKey string
	// Salt and Verifier prove the secret that only the device has; they are
	// empty where the app confirmed it without one.
	Salt, Verifier []byte
	// Remembered devices may take the place of a second factor, and are the
	// only ones that their users see.
	Remembered bool
	// LastIP and Authenticated are of the last sign-in.
	LastIP        string
	Authenticated time.Time
}

// Provable reports whether the device can prove itself at a sign-in.
func (d *Device) Provable() bool { return d.Remembered && len(d.Verifier) > 0 }

// DeviceAttribute is a line of what a device is shown with.
type DeviceAttribute struct{ Name, Value string }

// Attributes are what administrators see of the device; users do not see what
// begins with "dev:". Names and order: examples of admin-get-device in the AWS
// CLI's reference.
func (d *Device) Attributes(p *Pool) []DeviceAttribute {
	owner, status := d.Owner+"."+p.ID, "not_remembered"
	if d.Remembered {
		status = "remembered"
	}
	all := []DeviceAttribute{{"device_status", "valid"}}
	if d.Name != "" {
		all = append(all, DeviceAttribute{"device_name", d.Name})
	}
	return append(all,
		DeviceAttribute{
			"dev:device_arn", "arn:aws:cognito-idp:" + p.Region + ":" + p.Account + ":owner/" + owner + "/device/" + d.ID,
		},
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

// AsksToRemember reports whether a confirmed device is remembered only when
// its user says so; otherwise it is remembered at once.
func (p *Pool) AsksToRemember() bool {
	c := p.DeviceConfiguration
	return c != nil && c.DeviceOnlyRememberedOnUserPrompt != nil && *c.DeviceOnlyRememberedOnUserPrompt
}
