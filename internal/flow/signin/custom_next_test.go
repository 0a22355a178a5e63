package signin

import (
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// DefineAuthChallenge runs where other sign-ins with the password issue tokens
// or verify the device. A second factor comes first, and so does a device that
// replaces it.
func TestFunctionsNext(t *testing.T) {
	yes := true
	suffices := &userpool.DeviceConfiguration{ChallengeRequiredOnNewDevice: &yes}
	for _, c := range []struct {
		name     string
		flow     string
		first    proof
		status   userpool.Status
		mfa      string
		verified bool
		device   device
		devices  *userpool.DeviceConfiguration
		want     bool
	}{
		{name: "password", want: true},
		{name: "another flow", flow: "USER_AUTH"},
		{name: "no password", first: proofNone},
		{name: "the functions issued tokens", first: proofFunctions},
		{name: "temporary password", status: userpool.ForceChangePassword},
		{name: "unconfirmed", status: userpool.Unconfirmed},
		{name: "second factor due", mfa: "ON"},
		{name: "second factor verified", mfa: "ON", verified: true, want: true},
		{name: "device", device: deviceNamed, devices: suffices, want: true},
		{name: "device in place of the factor", mfa: "ON", device: deviceNamed, devices: suffices},
		{
			name: "device and verified factor", mfa: "ON", verified: true,
			device: deviceNamed, devices: suffices, want: true,
		},
		{name: "verified device", mfa: "ON", device: deviceVerified, devices: suffices, want: true},
	} {
		a := &attempt{
			flow: flowCustom, first: proofPassword, factorVerified: c.verified, device: c.device,
			user: &userpool.User{Status: userpool.Confirmed}, pool: &userpool.Pool{},
		}
		a.pool.MfaConfiguration, a.pool.DeviceConfiguration = "OFF", c.devices
		if c.flow != "" {
			a.flow = c.flow
		}
		if c.first != proofNone || c.name == "no password" {
			a.first = c.first
		}
		if c.status != "" {
			a.user.Status = c.status
		}
		if c.mfa != "" {
			a.pool.MfaConfiguration = c.mfa
		}
		if got := a.functionsNext(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}
