package store_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// deviceRequest is a request of the client c of the pool p.
func deviceRequest(mac, userMAC string) *userpool.DeviceRequest {
	return &userpool.DeviceRequest{
		PoolID: "p", ClientID: "c", MAC: []byte(mac), UserMAC: []byte(userMAC),
		Expires:            storetest.Start.Add(userpool.DeviceRequestLifetime),
		DeviceRequestTerms: userpool.DeviceRequestTerms{Scopes: []string{"openid"}, Resource: "https://a.example.com"},
	}
}

// poll requires the states of polls that follow each other at once.
func poll(t *testing.T, db *store.DB, clientID, mac string, want ...userpool.DeviceState) {
	t.Helper()
	for _, w := range want {
		update(t, db, func(tx *store.Tx) error {
			state, err := tx.PollDeviceRequest("p", clientID, []byte(mac))
			if state != w {
				t.Errorf("poll of %s by %s: %q, want %q", mac, clientID, state, w)
			}
			return err
		})
	}
}

// decide decides a request of the client c.
func decide(t *testing.T, db *store.DB, mac string, state userpool.DeviceState) (decided bool) {
	t.Helper()
	update(t, db, func(tx *store.Tx) (err error) {
		decided, err = tx.DecideDeviceRequest("p", "c", []byte(mac), state)
		return err
	})
	return decided
}

func TestDeviceRequests(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		update(t, db, func(tx *store.Tx) error {
			for _, r := range []*userpool.DeviceRequest{
				deviceRequest("one", "AAAA"), deviceRequest("two", "BBBB"), deviceRequest("three", "CCCC"),
				deviceRequest("four", "CCCC"), deviceRequest("late", "DDDD"),
			} {
				if err := tx.InsertDeviceRequest(r); err != nil {
					return err
				}
			}
			return nil
		})
		found := func(userMAC string) (mac string) {
			view(t, db, func(tx *store.Tx) error {
				mac = ""
				r, err := tx.DeviceRequestOfUserCode([]byte(userMAC))
				if r != nil {
					mac = string(r.MAC)
				}
				return err
			})
			return mac
		}
		for userMAC, want := range map[string]string{"AAAA": "one", "EEEE": "", "CCCC": ""} {
			if mac := found(userMAC); mac != want {
				t.Errorf("%s is the code of %q", userMAC, mac)
			}
		}
		view(t, db, func(tx *store.Tx) error {
			r, err := tx.DeviceRequest("p", "c", []byte("one"))
			if r == nil || r.Resource != "https://a.example.com" || len(r.Scopes) != 1 ||
				!r.Expires.Equal(storetest.Start.Add(userpool.DeviceRequestLifetime)) {
				t.Errorf("read as %+v", r)
			}
			return err
		})
		poll(t, db, "other", "one", userpool.DeviceUnknown)
		poll(t, db, "c", "one", userpool.DevicePending, userpool.DeviceTooSoon, userpool.DeviceTooSoon)
		clk.Advance(userpool.DevicePollInterval)
		if !decide(t, db, "one", userpool.DeviceApproved) || decide(t, db, "one", userpool.DeviceDenied) {
			t.Error("a request is decided once")
		}
		poll(t, db, "c", "one", userpool.DeviceApproved, userpool.DeviceTooSoon)
		decide(t, db, "two", userpool.DeviceDenied)
		poll(t, db, "c", "two", userpool.DeviceDenied)
		if found("AAAA") != "" || found("BBBB") != "" {
			t.Error("the code of a decided request is found")
		}
		clk.Advance(userpool.DeviceRequestLifetime)
		poll(t, db, "c", "late", userpool.DeviceExpired)
		if found("DDDD") != "" || decide(t, db, "late", userpool.DeviceApproved) {
			t.Error("an expired request can be approved")
		}
		clk.Advance(time.Hour)
		sweep(t, db)
		poll(t, db, "c", "late", userpool.DeviceUnknown)
	})
}

// Parallel polls on two nodes are one poll, parallel decisions one decision.
func TestRacingDevicePolls(t *testing.T) {
	nodes(t, func(t *testing.T, nodes [2]*store.DB) {
		update(t, nodes[0], func(tx *store.Tx) error { return tx.InsertDeviceRequest(deviceRequest("one", "A")) })
		polls, decisions := make([]userpool.DeviceState, calls), make([]bool, calls)
		errs := race(nodes, calls, func(db *store.DB, n int) error {
			return db.Update(t.Context(), func(tx *store.Tx) (err error) {
				if polls[n], err = tx.PollDeviceRequest("p", "c", []byte("one")); err != nil {
					return err
				}
				decisions[n], err = tx.DecideDeviceRequest("p", "c", []byte("one"), userpool.DeviceApproved)
				return err
			})
		})
		succeeded(t, errs, nil)
		answered, decided := 0, 0
		for n := range calls {
			if polls[n] != userpool.DeviceTooSoon {
				answered++
			}
			if decisions[n] {
				decided++
			}
		}
		if answered != 1 || decided != 1 {
			t.Errorf("%d polls were answered, %d decisions made: %v", answered, decided, polls)
		}
	})
}
