package token

import (
	"errors"
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// requireDevice requires that a refresh names the device that the family was
// issued to, and that the user has confirmed the device. The refresh tokens of
// a forgotten device are revoked, even if the pool has stopped tracking;
// otherwise a pool that does not track requires no device. Every refusal is
// fault.InvalidRefreshToken; its cause, for the log, names the device. Source:
// guide page amazon-cognito-user-pools-device-tracking, and reports about pools
// whose tracking was turned on and off.
func requireDevice(tx *store.Tx, u *userpool.User, p *userpool.Pool, device, given string) error {
	if device == "" {
		return nil
	}
	forgotten, err := tx.DeviceForgotten(p.ID, device)
	if err != nil {
		return err
	}
	if forgotten {
		return fault.InvalidRefreshToken.WithCause(fmt.Errorf("device %s was forgotten", device))
	}
	if !p.TracksDevices() {
		return nil
	}
	switch given {
	case device:
	case "":
		return fault.InvalidRefreshToken.WithCause(
			fmt.Errorf("issued to device %s, and no DEVICE_KEY was sent", device))
	default:
		return fault.InvalidRefreshToken.WithCause(
			fmt.Errorf("issued to device %s, not to the DEVICE_KEY that was sent", device))
	}
	_, err = tx.Device(p.ID, u.Username, device)
	if errors.Is(err, fault.ResourceNotFound) {
		return fault.InvalidRefreshToken.WithCause(fmt.Errorf("device %s is not confirmed", device))
	}
	return err
}
