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

// groupKeyLength is the length of a device group key after its hyphen.
const groupKeyLength = 8

// DeviceGroupKey is what a pool's devices bind their secrets to, besides their
// own keys; a device keeps the one that it was confirmed with.
func (f *Flow) DeviceGroupKey(p *userpool.Pool) string {
	return "-" + base64.RawURLEncoding.EncodeToString(f.deviceGroups.MAC(p.ID))[:groupKeyLength]
}

// DeviceConfirmation asks to confirm the device of a sign-in.
type DeviceConfirmation struct {
	Pool *userpool.Pool
	User *userpool.User
	// Issued is the device key of the sign-in's tokens, SignedIn its time.
	Issued   string
	SignedIn time.Time
	// Key, Name, Salt and Verifier are the app's; the last two are base64, and
	// both are empty where the device has no secret.
	Key, Name, Salt, Verifier string
	IP                        string
}

// ConfirmDevice makes the device of a sign-in one of its user's. Only the key
// that came with the sign-in's tokens can be confirmed, so that nobody
// confirms a device for somebody else. ask reports that the device is not
// remembered until its user says so. Source: API_ConfirmDevice.
func (f *Flow) ConfirmDevice(ctx context.Context, c DeviceConfirmation) (ask bool, err error) {
	if err := c.Pool.RequireDevices(); err != nil {
		return false, err
	}
	if c.Issued == "" || c.Key != c.Issued {
		return false, fault.InvalidDeviceKey.Because(errors.New("not the key of this sign-in"))
	}
	v, err := c.verifier()
	if err != nil {
		return false, err
	}
	ask = c.Pool.AsksToRemember()
	return ask, f.Store.Update(ctx, func(tx *store.Tx) error {
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
			Remembered: !ask, LastIP: c.IP, Authenticated: c.SignedIn,
		})
	})
}

// verifier reads the proof of the device's secret.
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
		return v, fault.New(fault.InvalidParameter, "Invalid DeviceSecretVerifierConfig given.").Because(err)
	}
	return v, nil
}

// DeviceQuery names a user's devices, or one of them.
type DeviceQuery struct {
	User Ref
	// Remembered leaves out the devices that are not; a user sees no others.
	Remembered bool
	// Key is of the one device that is meant, or, in a list, of the last one
	// on the page before. Limit is the size of a page.
	Key   string
	Limit int
}

func (q DeviceQuery) shows(d *userpool.Device) bool { return d.Remembered || !q.Remembered }

// Device finds a device; none is fault.DeviceDoesNotExist.
// Source: API_GetDevice, API_AdminGetDevice.
func (f *Flow) Device(ctx context.Context, p *userpool.Pool, q DeviceQuery) (d *userpool.Device, err error) {
	err = f.Store.View(ctx, func(tx *store.Tx) error {
		d, err = ownDevice(tx, p, q)
		return err
	})
	if err == nil && !q.shows(d) {
		return nil, fault.DeviceDoesNotExist.Because(errors.New("the device is not remembered"))
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

// ForgetDevice removes a device; tokens that were issued to it are refreshed
// no more. Source: API_ForgetDevice, API_AdminForgetDevice.
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
