package store_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func device(pool, owner, key string) *userpool.Device {
	return &userpool.Device{
		Resource: userpool.Resource{PoolID: pool, ID: key, Owner: owner},
		Name:     "phone", GroupKey: "-group", Salt: []byte{1}, Verifier: []byte{2}, LastIP: "192.0.2.1",
		Authenticated: storetest.Start,
	}
}

func findDevice(t *testing.T, db *store.DB, pool, owner, key string) (d *userpool.Device, err error) {
	t.Helper()
	err = db.View(t.Context(), func(tx *store.Tx) error {
		d, err = tx.Device(pool, owner, key)
		return err
	})
	return d, err
}

func TestDevices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		a, b := pool(t, db, "us-east-1_A"), pool(t, db, "us-east-1_B")
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(a, user(a, "ann", nil)), tx.InsertUser(a, user(a, "bob", nil)),
				tx.InsertUser(b, user(b, "ann", nil)), tx.InsertDevice(device(a.ID, "ann", "d2")),
				tx.InsertDevice(device(a.ID, "ann", "d1")), tx.InsertDevice(device(b.ID, "ann", "d3")))
		})
		d, err := findDevice(t, db, a.ID, "ann", "d1")
		if err != nil || d.Name != "phone" || d.GroupKey != "-group" || string(d.Verifier) != "\x02" ||
			string(d.Salt) != "\x01" || !d.Authenticated.Equal(storetest.Start) {
			t.Fatalf("read %+v, %v", d, err)
		}
		for what, at := range map[string][3]string{
			"another user's": {a.ID, "bob", "d1"},
			"another pool's": {b.ID, "ann", "d1"},
			"unknown":        {a.ID, "ann", "d9"},
		} {
			if _, err := findDevice(t, db, at[0], at[1], at[2]); fault.Of(err) != fault.DeviceDoesNotExist {
				t.Errorf("%s device: %v", what, err)
			}
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ForgetDevice(at[0], at[1], at[2]) })
			if fault.Of(err) != fault.DeviceDoesNotExist {
				t.Errorf("forgetting %s device: %v", what, err)
			}
		}
		// A key is unique among the devices of all users.
		err = db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertDevice(device(a.ID, "bob", "d1")) })
		if !errors.Is(err, fault.DeviceKeyExists) {
			t.Errorf("a taken key: %v", err)
		}
		var keys string
		view(t, db, func(tx *store.Tx) error {
			for _, after := range []string{"", "d1", "d2"} {
				page, err := tx.Devices(a.ID, "ann", after, 1)
				if err != nil {
					return err
				}
				for _, d := range page {
					keys += d.ID + " "
				}
			}
			return nil
		})
		if keys != "d1 d2 " {
			t.Errorf("listed %s", keys)
		}
		clk.Advance(1e9)
		d.Remembered = true
		update(t, db, func(tx *store.Tx) error { return tx.UpdateDevice(d) })
		if d, err := findDevice(t, db, a.ID, "ann", "d1"); err != nil || !d.Remembered || !d.Modified.After(d.Created) {
			t.Errorf("updated %+v, %v", d, err)
		}
	})
}

// The key of a forgotten device cannot be used again.
func TestForgottenDevices(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.InsertUser(p, user(p, "ann", nil)), tx.InsertDevice(device(p.ID, "ann", "gone")),
				tx.InsertDevice(device(p.ID, "ann", "kept")))
		})
		// Of parallel calls that forget the device, one succeeds.
		won := parallel(t, 8, func() (bool, error) {
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.ForgetDevice(p.ID, "ann", "gone") })
			if errors.Is(err, fault.ResourceNotFound) {
				return false, nil
			}
			return err == nil, err
		})
		if won != 1 {
			t.Errorf("%d calls succeeded, want 1", won)
		}
		err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.InsertDevice(device(p.ID, "ann", "gone")) })
		if !errors.Is(err, fault.InvalidParameter) {
			t.Errorf("insert of a forgotten device: %v", err)
		}
		for key, want := range map[string]bool{"gone": true, "kept": false} {
			view(t, db, func(tx *store.Tx) error {
				forgotten, err := tx.DeviceForgotten(p.ID, key)
				if forgotten != want {
					t.Errorf("%s: forgotten %v", key, forgotten)
				}
				return err
			})
		}
		if _, err := findDevice(t, db, p.ID, "ann", "kept"); err != nil {
			t.Errorf("positive control: %v", err)
		}
	})
}

// Devices are deleted with their user. A new user of the same name has none.
func TestDevicesAreDeletedWithTheirUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			err := errors.Join(tx.InsertUser(p, user(p, "ann", nil)), tx.InsertUser(p, user(p, "bob", nil)),
				tx.InsertDevice(device(p.ID, "bob", "bobs")))
			for n := range 3 {
				err = errors.Join(err, tx.InsertDevice(device(p.ID, "ann", fmt.Sprint("d", n))))
			}
			return err
		})
		update(t, db, func(tx *store.Tx) error {
			return errors.Join(tx.DeleteUser(p, "ann"), tx.InsertUser(p, user(p, "ann", nil)))
		})
		view(t, db, func(tx *store.Tx) error {
			left, err := tx.Devices(p.ID, "ann", "", 10)
			if len(left) > 0 {
				t.Errorf("%d devices are left", len(left))
			}
			return err
		})
		if _, err := findDevice(t, db, p.ID, "bob", "bobs"); err != nil {
			t.Errorf("positive control: %v", err)
		}
	})
}
