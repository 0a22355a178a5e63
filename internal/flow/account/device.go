package account

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// groupKeyLength is the length of a device group key after the hyphen.
const groupKeyLength = 8

// DeviceGroupKey returns the device group key of a pool, which is part of every
// device's verifier. A device keeps the one that it was confirmed with.
func (f *Flow) DeviceGroupKey(p *userpool.Pool) string {
	return "-" + base64.RawURLEncoding.EncodeToString(f.deviceGroups.MAC(p.ID))[:groupKeyLength]
}

// DeviceConfirmation is a request to confirm the device of a sign-in.
type DeviceConfirmation struct {
	Pool *userpool.Pool
	User *userpool.User
	// Issued is the device key in the sign-in's tokens, SignedIn the time of
	// the sign-in.
	Issued   string
	SignedIn time.Time
	// Key, Name, Salt and Verifier are sent by the app. The last two are
	// base64, and both empty for a device without a secret.
	Key, Name, Salt, Verifier string
	IP                        string
	// Agreed is whether the user has agreed already that the device is remembered.
	Agreed bool
}

// ConfirmDevice confirms the device of a sign-in for its user. Only the key in
// the sign-in's tokens can be confirmed, so that no user confirms a device for
// another. userConfirms is whether the device is remembered only when its user
// has agreed. Source: API_ConfirmDevice.
func (f *Flow) ConfirmDevice(ctx context.Context, c DeviceConfirmation) (userConfirms bool, err error) {
	if err := c.Pool.RequireDevices(); err != nil {
		return false, err
	}
	if c.Issued == "" || c.Key != c.Issued {
		return false, fault.InvalidDeviceKey.WithCause(errors.New("not the key of this sign-in"))
	}
	v, err := c.verifier()
	if err != nil {
		return false, err
	}
	userConfirms = c.Pool.UserChoosesToRemember()
	return userConfirms, f.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := tx.UserBySub(c.Pool, c.User.Sub)
		if err != nil {
			return err
		}
		if !u.Enabled {
			return fault.UserIsDisabled
		}
		return tx.InsertDevice(&userpool.Device{
			Resource: userpool.Resource{PoolID: c.Pool.ID, ID: c.Key, Owner: u.Username},
			Name:     c.Name, GroupKey: f.DeviceGroupKey(c.Pool), Salt: v.Salt, Verifier: v.V,
			Remembered: c.Agreed || !userConfirms, LastIP: c.IP, Authenticated: c.SignedIn,
		})
	})
}

// verifier parses the verifier of the device's secret.
func (c DeviceConfirmation) verifier() (v srp.Verifier, err error) {
	if c.Salt == "" && c.Verifier == "" {
		return v, nil
	}
	salt, badSalt := base64.StdEncoding.DecodeString(c.Salt)
	number, badNumber := base64.StdEncoding.DecodeString(c.Verifier)
	if err = errors.Join(badSalt, badNumber); err == nil {
		v, err = srp.ParseVerifier(salt, number)
	}
	if err != nil {
		return v, fault.New(fault.InvalidParameter, "Invalid DeviceSecretVerifierConfig given.").WithCause(err)
	}
	return v, nil
}

// DeviceQuery selects the devices of a user, or one of them.
type DeviceQuery struct {
	User Ref
	// Remembered leaves out devices that are not remembered, which their user
	// does not see.
	Remembered bool
	// Key is the key of the one device or, in a list, of the last device of the
	// previous page. Limit is the size of a page.
	Key   string
	Limit int
}

func (q DeviceQuery) shows(d *userpool.Device) bool { return d.Remembered || !q.Remembered }

// Device returns a device. An unknown one is fault.DeviceDoesNotExist. Source:
// API_GetDevice, API_AdminGetDevice.
func (f *Flow) Device(ctx context.Context, p *userpool.Pool, q DeviceQuery) (d *userpool.Device, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		d, err = ownDevice(tx, p, q)
		return err
	})
	if err == nil && !q.shows(d) {
		return nil, fault.DeviceDoesNotExist.WithCause(errors.New("the device is not remembered"))
	}
	return d, err
}

// Devices returns a page of a user's devices, and whether more follow.
// Source: API_ListDevices, API_AdminListDevices.
func (f *Flow) Devices(
	ctx context.Context, p *userpool.Pool, q DeviceQuery,
) (page []*userpool.Device, more bool, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		page = nil
		u, err := deviceOwner(tx, p, q.User)
		if err != nil {
			return err
		}
		for after, last := q.Key, false; !last && len(page) <= q.Limit; {
			some, err := tx.Devices(p.ID, u.Username, after, q.Limit+1)
			if err != nil {
				return err
			}
			last = len(some) <= q.Limit
			for _, d := range some {
				after = d.ID
				if q.shows(d) {
					page = append(page, d)
				}
			}
		}
		return nil
	})
	if len(page) > q.Limit {
		return page[:q.Limit], true, err
	}
	return page, false, err
}

// RememberDevice sets whether a device is remembered; nil leaves it as it is.
// Source: API_UpdateDeviceStatus, API_AdminUpdateDeviceStatus.
func (f *Flow) RememberDevice(ctx context.Context, p *userpool.Pool, q DeviceQuery, remember *bool) error {
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		d, err := ownDevice(tx, p, q)
		if err != nil || remember == nil {
			return err
		}
		d.Remembered = *remember
		return tx.UpdateDevice(d)
	})
}

// ForgetDevice removes a device; refresh tokens that were issued to it are no
// longer valid. Source: API_ForgetDevice, API_AdminForgetDevice.
func (f *Flow) ForgetDevice(ctx context.Context, p *userpool.Pool, q DeviceQuery) error {
	return f.Store.Update(ctx, func(tx *store.Tx) error {
		u, err := deviceOwner(tx, p, q.User)
		if err != nil {
			return err
		}
		return tx.ForgetDevice(p.ID, u.Username, q.Key)
	})
}

func deviceOwner(tx *store.Tx, p *userpool.Pool, r Ref) (*userpool.User, error) {
	if err := p.RequireDevices(); err != nil {
		return nil, err
	}
	return r.find(tx, p)
}

func ownDevice(tx *store.Tx, p *userpool.Pool, q DeviceQuery) (*userpool.Device, error) {
	u, err := deviceOwner(tx, p, q.User)
	if err != nil {
		return nil, err
	}
	return tx.Device(p.ID, u.Username, q.Key)
}
