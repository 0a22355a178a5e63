package store

import (
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// devices are the confirmed devices of users, by key. Documents are sealed
// because they contain verifiers and addresses.
var devices = Collection[userpool.Device, *userpool.Device]{
	kind: "device", shape: record.Device, sealed: true, owned: true,
	missing: func(string, string) error { return fault.DeviceDoesNotExist },
	taken:   func(string, string) error { return fault.DeviceIsConfirmed },
}

// Device returns a user's device. An unknown device and a device of another user
// are both fault.DeviceDoesNotExist.
func (tx *Tx) Device(poolID, username, key string) (*userpool.Device, error) {
	d, err := devices.Get(tx, poolID, key)
	if err != nil {
		return nil, err
	}
	if d.Owner != username {
		return nil, fault.DeviceDoesNotExist
	}
	return d, nil
}

// Devices returns up to limit devices of a user, in order of their keys, starting
// after the given key.
func (tx *Tx) Devices(poolID, username, after string, limit int) ([]*userpool.Device, error) {
	return devices.Owned(tx, poolID, username, after, limit)
}

// InsertDevice adds a device. A key that any user has is fault.DeviceIsConfirmed,
// a forgotten one fault.InvalidDeviceKey.
func (tx *Tx) InsertDevice(d *userpool.Device) error {
	forgotten, err := tx.DeviceForgotten(d.PoolID, d.ID)
	if err != nil {
		return err
	}
	if forgotten {
		return fault.InvalidDeviceKey.WithCause(errors.New("the device was forgotten"))
	}
	return devices.Insert(tx, d)
}

// UpdateDevice writes a device. A Version that is not the stored one is
// fault.ConcurrentModification.
func (tx *Tx) UpdateDevice(d *userpool.Device) error { return devices.Update(tx, d) }

const (
	forgottenDevice = "device"
	// forgottenFor is longer than the lifetime of any token of a device.
	forgottenFor = 3651 * 24 * time.Hour
)

// ForgetDevice removes a user's device. Its key is refused from then on, and
// DeviceForgotten reports it, so that tokens of the device can be refused.
func (tx *Tx) ForgetDevice(poolID, username, key string) error {
	if _, err := tx.Device(poolID, username, key); err != nil {
		return err
	}
	if _, err := tx.Spend(poolID, forgottenDevice, []byte(key), tx.Now.Add(forgottenFor)); err != nil {
		return err
	}
	return devices.Delete(tx, poolID, key)
}

// DeviceForgotten reports whether a device has been forgotten.
func (tx *Tx) DeviceForgotten(poolID, key string) (bool, error) {
	return tx.Spent(poolID, forgottenDevice, []byte(key))
}
