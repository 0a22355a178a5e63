package userpool_test

import (
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// The example of admin-get-device in the AWS CLI's reference.
func TestDeviceAttributes(t *testing.T) {
	p := &userpool.Pool{ID: "us-west-2_EXAMPLE", Region: "us-west-2", Account: "123456789012"}
	d := &userpool.Device{
		Resource: userpool.Resource{ID: "us-west-2_a1b2c3d4-5678-90ab-cdef-EXAMPLE11111", Owner: "diego"},
		Name:     "MyDevice", Remembered: true, LastIP: "192.0.2.1",
	}
	shown := func() string {
		var lines []string
		for _, a := range d.Attributes(p) {
			lines = append(lines, a.Name+"="+a.Value)
		}
		return strings.Join(lines, "\n")
	}
	want := `device_status=valid
device_name=MyDevice
dev:device_arn=arn:aws:cognito-idp:us-west-2:123456789012:owner/diego.us-west-2_EXAMPLE/device/us-west-2_a1b2c3d4-5678-90ab-cdef-EXAMPLE11111
dev:device_owner=diego.us-west-2_EXAMPLE
last_ip_used=192.0.2.1
dev:device_remembered_status=remembered
dev:device_sdk=aws-sdk`
	if got := shown(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	d.Name, d.Remembered = "", false
	if got := shown(); strings.Contains(got, "device_name") ||
		!strings.Contains(got, "dev:device_remembered_status=not_remembered") {
		t.Errorf("without a name, not remembered:\n%s", got)
	}
}

func TestDeviceConfiguration(t *testing.T) {
	yes, no := true, false
	for _, c := range []struct {
		name            string
		is              *userpool.DeviceConfiguration
		tracks, chooses bool
	}{
		{"none", nil, false, false},
		{"empty", &userpool.DeviceConfiguration{}, true, false},
		{"always", &userpool.DeviceConfiguration{DeviceOnlyRememberedOnUserPrompt: &no}, true, false},
		{"on prompt", &userpool.DeviceConfiguration{DeviceOnlyRememberedOnUserPrompt: &yes}, true, true},
		{"challenge only", &userpool.DeviceConfiguration{ChallengeRequiredOnNewDevice: &yes}, true, false},
	} {
		p := &userpool.Pool{}
		p.DeviceConfiguration = c.is
		tracks, chooses, err := p.TracksDevices(), p.UserChoosesToRemember(), p.RequireDevices()
		if tracks != c.tracks || chooses != c.chooses || (err == nil) != c.tracks {
			t.Errorf("%s: tracks %v, user chooses %v, %v", c.name, tracks, chooses, err)
		}
	}
}

// Only a remembered device with a verifier gets a challenge.
func TestVerifiableDevices(t *testing.T) {
	for _, c := range []struct {
		d    userpool.Device
		want bool
	}{
		{userpool.Device{Remembered: true, Verifier: []byte{2}}, true},
		{userpool.Device{Remembered: false, Verifier: []byte{2}}, false},
		{userpool.Device{Remembered: true}, false},
	} {
		if got := c.d.Verifiable(); got != c.want {
			t.Errorf("remembered %v, verifier %v: %v", c.d.Remembered, c.d.Verifier, got)
		}
	}
}
