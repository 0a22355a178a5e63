package userpool

import (
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
)

// Usable checks whether the client and the user may be used now. Every path
// that issues or verifies a token, and every page of a signed-in user, calls
// it. It returns, in this order, fault.UserIsDisabled, fault.ResetRequired and
// fault.UserIsNotConfirmed. A client of another pool is
// fault.ClientDoesNotExist.
func Usable(c *Client, u *User) error {
	if c.PoolID != u.PoolID {
		return fault.ClientDoesNotExist(c.ID)
	}
	switch {
	case !u.Enabled:
		return fault.UserIsDisabled
	case u.Status == ResetRequired:
		return fault.ResetRequired
	case u.Status == Unconfirmed:
		return fault.UserIsNotConfirmed
	}
	return nil
}

// SignOut revokes every token that u has at now. SignedOut always increases, in
// whole milliseconds: a sign-in between two sign-outs of one millisecond is
// dated after the first and must be before the second.
func (u *User) SignOut(now time.Time) {
	now = now.Truncate(time.Millisecond)
	if !now.After(u.SignedOut) {
		now = u.SignedOut.Add(time.Millisecond)
	}
	u.SignedOut = now
}
