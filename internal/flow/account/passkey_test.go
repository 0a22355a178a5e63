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

// Of concurrent responses to the same registration, one stores a passkey.
func TestRegistrationCompletesOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		h := w.holder(w.add("ann", nil))
		options, err := w.flow.StartPasskey(t.Context(), h)
		w.must("start", err)
		var stored, refused atomic.Int64
		var done sync.WaitGroup
		for range 200 {
			response := passkeytest.NewES256(t, "https://example.com").Create(options)
			done.Go(func() {
				err := w.flow.CompletePasskey(t.Context(), h, response, "")
				if err == nil {
					stored.Add(1)
					return
				}
				wants(t, "a later response", err, userpool.PasskeyChallengeUnknown)
				refused.Add(1)
			})
		}
		done.Wait()
		all, err := w.flow.Passkeys(t.Context(), h)
		if stored.Load() != 1 || refused.Load() != 199 || len(all) != 1 || err != nil {
			t.Errorf("%d stored, %d refused, %d listed, %v", stored.Load(), refused.Load(), len(all), err)
		}
	}, takesPasskeys)
}

// Federated users cannot register passkeys, nor can users who were disabled
// after the token was verified.
func TestUsersWhoCannotRegister(t *testing.T) {
	w := newWorld(t, takesPasskeys)
	h := w.holder(w.add("ann", nil))
	options, err := w.flow.StartPasskey(t.Context(), h)
	w.must("positive control", err)
	response := passkeytest.NewES256(t, "https://example.com").Create(options)
	refuses := func(want *fault.Fault) {
		t.Helper()
		_, err := w.flow.StartPasskey(t.Context(), h)
		wants(t, "start", err, want)
		wants(t, "complete", w.flow.CompletePasskey(t.Context(), h, response, ""), want)
	}
	w.edit("ann", func(u *userpool.User) { u.Status = userpool.ExternalProvider })
	refuses(userpool.PasskeyOfFederatedUser)
	w.edit("ann", func(u *userpool.User) { u.Status, u.Enabled = userpool.Confirmed, false })
	refuses(fault.UserIsDisabled)
	wants(t, "delete", w.flow.DeletePasskey(t.Context(), h, "AAAA"), fault.UserIsDisabled)
	w.edit("ann", func(u *userpool.User) { u.Enabled = true })
	w.must("positive control", w.flow.CompletePasskey(t.Context(), h, response, ""))
}
