package account_test

import (
	"encoding/base64"
	"regexp"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/srp"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const deviceKey = "us-east-1_01234567-89ab-4cde-8f01-23456789abcd"

func tracksDevices(s *userpool.PoolSettings) { s.DeviceConfiguration = &userpool.DeviceConfiguration{} }

// confirmation returns the confirmation of a device with a secret, as apps make
// it.
func (w *world) confirmation(u *userpool.User, secret string) account.DeviceConfirmation {
	w.t.Helper()
	v, err := srp.NewVerifier(entropy.System(), w.flow.DeviceGroupKey(w.pool), deviceKey, secret)
	w.must("verifier", err)
	return account.DeviceConfirmation{
		Pool: w.pool, User: u, Issued: deviceKey, SignedIn: w.clk.Now(), Key: deviceKey, IP: "192.0.2.1",
		Salt:     base64.StdEncoding.EncodeToString(v.Salt),
		Verifier: base64.StdEncoding.EncodeToString(append([]byte{0}, v.V...)),
	}
}

// The verifier of a confirmed device verifies its secret with the group key of
// the pool, and no other secret.
func TestConfirmedDevicesVerifyTheirSecret(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		group := w.flow.DeviceGroupKey(w.pool)
		if !regexp.MustCompile(`^-[A-Za-z0-9_-]{8}$`).MatchString(group) {
			t.Errorf("group key %s", group)
		}
		other := *w.pool
		other.ID = "us-east-1_Other"
		if group != w.flow.DeviceGroupKey(w.pool) || group == w.flow.DeviceGroupKey(&other) {
			t.Error("the group key is not fixed per pool")
		}
		u := w.add("ann", nil)
		_, err := w.flow.ConfirmDevice(t.Context(), w.confirmation(u, "secret"))
		w.must("confirm", err)
		d, err := w.flow.Device(t.Context(), w.pool, account.DeviceQuery{User: account.Self(u), Key: deviceKey})
		w.must("device", err)
		v := srp.Verifier{Salt: d.Salt, V: d.Verifier}
		if !v.CheckPassword(d.GroupKey, d.ID, "secret") || v.CheckPassword(d.GroupKey, d.ID, "guess") ||
			d.GroupKey != group || !d.Verifiable() {
			t.Errorf("stored %+v", d)
		}
	}, tracksDevices)
}

// ConfirmDevice reads the user again: it fails if the user was disabled or
// replaced after the token was verified.
func TestConfirmDeviceRereadsTheUser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		u := w.add("ann", nil)
		c := w.confirmation(u, "secret")
		w.edit("ann", func(u *userpool.User) { u.Enabled = false })
		if _, err := w.flow.ConfirmDevice(t.Context(), c); fault.Of(err) != fault.UserIsDisabled {
			t.Errorf("disabled after the token was verified: %v", err)
		}
		w.edit("ann", func(u *userpool.User) { u.Enabled = true })
		_, err := w.flow.ConfirmDevice(t.Context(), c)
		w.must("positive control", err)
		w.update(func(tx *store.Tx) error { return tx.DeleteUser(w.pool, "ann") })
		w.update(func(tx *store.Tx) error {
			again := u.Clone()
			again.Sub = "another"
			return tx.InsertUser(w.pool, again)
		})
		if _, err := w.flow.ConfirmDevice(t.Context(), c); fault.Of(err) != fault.UserDoesNotExist {
			t.Errorf("another user has the name: %v", err)
		}
	}, tracksDevices)
}
