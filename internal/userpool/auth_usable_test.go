package userpool

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

func TestUsable(t *testing.T) {
	client := &Client{PoolID: "p", ID: "c"}
	for _, c := range []struct {
		name   string
		status Status
		off    bool
		pool   string
		want   error
	}{
		{"confirmed", Confirmed, false, "p", nil},
		{"federated", ExternalProvider, false, "p", nil},
		{"disabled", Confirmed, true, "p", fault.UserIsDisabled},
		{"disabled comes before reset", ResetRequired, true, "p", fault.UserIsDisabled},
		{"reset required", ResetRequired, false, "p", fault.ResetRequired},
		{"unconfirmed", Unconfirmed, false, "p", fault.UserIsNotConfirmed},
		{"user of another pool", Confirmed, false, "q", fault.ClientDoesNotExist("c")},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := Usable(client, &User{PoolID: c.pool, Status: c.status, Enabled: !c.off})
			if (err == nil) != (c.want == nil) || err != nil && err.Error() != c.want.Error() {
				t.Errorf("Usable = %v, want %v", err, c.want)
			}
		})
	}
}

func TestSignOutMovesForward(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 1_700_000, time.UTC)
	u := &User{}
	u.SignOut(now)
	first := u.SignedOut
	if want := now.Truncate(time.Millisecond); !first.Equal(want) {
		t.Fatalf("SignedOut = %v, want %v", first, want)
	}
	u.SignOut(now)
	if !u.SignedOut.After(first) {
		t.Fatal("a second sign-out in the same millisecond does not revoke the sign-ins between the two")
	}
	second := u.SignedOut
	u.SignOut(now.Add(-time.Hour))
	if !u.SignedOut.After(second) {
		t.Fatal("tokens are valid again after the clock was set back")
	}
}
