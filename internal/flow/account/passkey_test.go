package account_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func takesPasskeys(s *userpool.PoolSettings) {
	party := "example.com"
	s.AllowedFirstAuthFactors = []string{"PASSWORD", "WEB_AUTHN"}
	s.WebAuthn = &userpool.WebAuthnConfiguration{RelyingPartyId: &party}
}

func (w *world) holder(u *userpool.User) account.Holder {
	return account.Holder{Pool: w.pool, Client: w.client, User: u}
}

// Of concurrent responses to one registration one stores a passkey.
func TestRegistrationCompletesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := w.holder(w.add("ann", nil))
		options, err := w.flow.StartPasskey(t.Context(), h)
		w.must("start", err)
		var made, refused atomic.Int64
		var done sync.WaitGroup
		for range 200 {
			answer := passkeytest.NewES256(t, "https://example.com").Create(options)
			done.Go(func() {
				err := w.flow.CompletePasskey(t.Context(), h, answer)
				if err == nil {
					made.Add(1)
					return
				}
				wants(t, "a later answer", err, userpool.PasskeyChallengeUnknown)
				refused.Add(1)
			})
		}
		done.Wait()
		all, err := w.flow.Passkeys(t.Context(), h)
		if made.Load() != 1 || refused.Load() != 199 || len(all) != 1 || err != nil {
			t.Errorf("%d made, %d refused, %d kept, %v", made.Load(), refused.Load(), len(all), err)
		}
	}, takesPasskeys)
}

// Federated users cannot register passkeys, nor can users who were disabled
// after the token was verified.
func TestUsersWhoCannotRegister(t *testing.T) {
	w := lone(t, takesPasskeys)
	h := w.holder(w.add("ann", nil))
	options, err := w.flow.StartPasskey(t.Context(), h)
	w.must("positive control", err)
	answer := passkeytest.NewES256(t, "https://example.com").Create(options)
	try := func(want *fault.Fault) {
		t.Helper()
		_, err := w.flow.StartPasskey(t.Context(), h)
		wants(t, "start", err, want)
		wants(t, "complete", w.flow.CompletePasskey(t.Context(), h, answer), want)
	}
	w.edit("ann", func(u *userpool.User) { u.Status = userpool.ExternalProvider })
	try(userpool.PasskeyOfFederatedUser)
	w.edit("ann", func(u *userpool.User) { u.Status, u.Enabled = userpool.Confirmed, false })
	try(fault.UserIsDisabled)
	wants(t, "delete", w.flow.DeletePasskey(t.Context(), h, "AAAA"), fault.UserIsDisabled)
	w.edit("ann", func(u *userpool.User) { u.Enabled = true })
	w.must("positive control", w.flow.CompletePasskey(t.Context(), h, answer))
}
