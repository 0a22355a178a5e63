package token_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

const deviceKey = "us-east-1_01234567-89ab-4cde-8f01-23456789abcd"

// tracked makes the grant a sign-in from a device, in a pool that tracks
// devices.
func tracked(g *token.Grant) {
	g.Pool.DeviceConfiguration, g.DeviceKey = &userpool.DeviceConfiguration{}, deviceKey
}

func confirmDevice(t *testing.T, db *store.DB, owner, key string) {
	t.Helper()
	if err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.InsertDevice(&userpool.Device{
			Resource: userpool.Resource{PoolID: "us-east-1_Test", ID: key, Owner: owner},
		})
	}); err != nil {
		t.Fatal(err)
	}
}

func TestDeviceKeyInTokens(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, tracked)
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	raw, access := claims(t, set.Access)
	if access["device_key"] != deviceKey ||
		!regexp.MustCompile(`^\{"sub":"sub-ann","device_key":"[^"]+","iss":`).MatchString(raw) {
		t.Errorf("access token %s", raw)
	}
	if _, id := claims(t, set.ID); id["device_key"] != nil {
		t.Errorf("the ID token names the device: %v", id)
	}
	b, err := i.Authorize(t.Context(), set.Access)
	if err != nil || b.DeviceKey != deviceKey || !b.AuthTime.Equal(clk.Now()) {
		t.Errorf("bearer %+v, %v", b, err)
	}
	g.DeviceKey = ""
	if set, err = i.Issue(t.Context(), g); err != nil {
		t.Fatal(err)
	}
	if raw, access := claims(t, set.Access); access["device_key"] != nil {
		t.Errorf("without a device: %s", raw)
	}
}

// Only the confirmed device of a family can refresh it. The reason is in the
// log, not in the response.
func TestRefreshNeedsItsDevice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		i := issuer(db, clk, token.ModeSelf)
		g := grant(t, db, clk, tracked)
		set, err := i.Issue(t.Context(), g)
		if err != nil {
			t.Fatal(err)
		}
		redeem := func(key string) error {
			again, err := i.Redeem(t.Context(), g.Pool, g.Client, set.Refresh, key)
			if err == nil && again.DeviceKey != deviceKey {
				t.Errorf("the refreshed grant is of device %q", again.DeviceKey)
			}
			return err
		}
		refused := func(what, key, because string) {
			t.Helper()
			err := redeem(key)
			f := fault.Of(err)
			if f == nil || f.Kind != fault.NotAuthorized || f.Message != "Invalid Refresh Token" ||
				!strings.Contains(err.Error(), because) {
				t.Errorf("%s: %v, want a cause with %q", what, err, because)
			}
		}
		refused("before it is confirmed", deviceKey, "is not confirmed")
		confirmDevice(t, db, "bob", "us-east-1_2")
		confirmDevice(t, db, "ann", "us-east-1_3")
		confirmDevice(t, db, "ann", deviceKey)
		if err := redeem(deviceKey); err != nil {
			t.Errorf("positive control: %v", err)
		}
		refused("without a key", "", "no DEVICE_KEY was sent")
		refused("another user's device", "us-east-1_2", "not to the DEVICE_KEY that was sent")
		refused("another device of the user", "us-east-1_3", "not to the DEVICE_KEY that was sent")
		untracked := *g.Pool
		untracked.DeviceConfiguration = nil
		for _, key := range []string{"", "us-east-1_3"} {
			if _, err := i.Redeem(t.Context(), &untracked, g.Client, set.Refresh, key); err != nil {
				t.Errorf("key %q, in a pool that has stopped tracking: %v", key, err)
			}
		}
	})
}

// A device may have been forgotten because it was stolen: neither turning
// tracking off nor confirming the device again makes its refresh token valid.
func TestForgottenDevicesHaveNoRefreshes(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, tracked)
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	confirmDevice(t, db, "ann", deviceKey)
	if _, err := i.Redeem(t.Context(), g.Pool, g.Client, set.Refresh, deviceKey); err != nil {
		t.Fatalf("positive control: %v", err)
	}
	if err := db.Update(t.Context(),
		func(tx *store.Tx) error { return tx.ForgetDevice(g.Pool.ID, "ann", deviceKey) }); err != nil {
		t.Fatal(err)
	}
	untracked := *g.Pool
	untracked.DeviceConfiguration = nil
	for what, p := range map[string]*userpool.Pool{"tracking": g.Pool, "no longer tracking": &untracked} {
		_, err := i.Redeem(t.Context(), p, g.Client, set.Refresh, deviceKey)
		if fault.Of(err) == nil || fault.Of(err).Message != "Invalid Refresh Token" ||
			!strings.Contains(err.Error(), "was forgotten") {
			t.Errorf("a pool that is %s: %v", what, err)
		}
	}
}

// Families without a device, from before tracking was turned on or from pages,
// are refreshed without one.
func TestFamiliesWithoutDevices(t *testing.T) {
	db, clk := storetest.Open(t)
	i := issuer(db, clk, token.ModeSelf)
	g := grant(t, db, clk, tracked, func(g *token.Grant) { g.DeviceKey = "" })
	set, err := i.Issue(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"", deviceKey} {
		if _, err := i.Redeem(t.Context(), g.Pool, g.Client, set.Refresh, key); err != nil {
			t.Errorf("key %q: %v", key, err)
		}
	}
}
