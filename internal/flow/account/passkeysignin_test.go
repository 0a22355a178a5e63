package account_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/passkey/passkeytest"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// passkey registers a passkey of the user.
func (w *world) passkey(u *userpool.User) *passkeytest.Authenticator {
	w.t.Helper()
	a := passkeytest.NewES256(w.t, "https://example.com")
	options, err := w.flow.StartPasskey(w.t.Context(), w.holder(u))
	w.must("start", err)
	w.must("complete", w.flow.CompletePasskey(w.t.Context(), w.holder(u), a.Create(options), ""))
	return a
}

func (w *world) passkeyRequest(u *userpool.User, subject string) account.PasskeyRequest {
	w.t.Helper()
	q, err := w.flow.NewPasskeyRequest(w.t.Context(), w.pool, u, subject)
	w.must("request", err)
	return q
}

// verifyAndRedeem verifies a response and, if it is valid, advances the counter.
func (w *world) verifyAndRedeem(u *userpool.User, q account.PasskeyRequest, response []byte) error {
	proof, err := w.flow.VerifyPasskey(w.t.Context(), w.pool, u, q, string(response))
	if err != nil {
		return err
	}
	return w.db.Update(w.t.Context(), proof.Redeem)
}

// signInBy signs the user in by a passkey.
func (w *world) signInBy(u *userpool.User, a *passkeytest.Authenticator) error {
	w.t.Helper()
	q := w.passkeyRequest(u, u.Username)
	return w.verifyAndRedeem(u, q, a.Get([]byte(q.Options)))
}

func TestPasskeySignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.add("ann", nil)
		first, second := w.passkey(ann), w.passkey(ann)
		for range 2 {
			w.must("first", w.signInBy(ann, first))
			w.must("second", w.signInBy(ann, second))
		}
		q := w.passkeyRequest(ann, "ann")
		var o struct {
			RPID  string
			Allow []struct{ ID string } `json:"allowCredentials"`
		}
		if err := json.Unmarshal([]byte(q.Options), &o); err != nil || o.RPID != "example.com" || len(o.Allow) != 2 {
			t.Errorf("%s, %v", q.Options, err)
		}
		proof, err := w.flow.VerifyPasskey(t.Context(), w.pool, ann, q, string(first.Get([]byte(q.Options))))
		if err != nil || !proof.UserVerified || proof.Attachment != "platform" {
			t.Errorf("%+v, %v", proof, err)
		}
	}, takesPasskeys)
}

// TestPasskeySignInAttacks is attack case M9 against stored passkeys. Every
// refusal is the same. A valid response is accepted before and after.
func TestPasskeySignInAttacks(t *testing.T) {
	w := newWorld(t, takesPasskeys)
	ann, bob := w.add("ann", nil), w.add("bob", nil)
	a, b := w.passkey(ann), w.passkey(bob)
	clone := *a
	old := w.passkeyRequest(ann, "ann")
	w.must("positive control", w.signInBy(ann, a))
	for name, try := range map[string]func() error{
		"another user's passkey": func() error { return w.signInBy(ann, b) },
		"another user's passkey with the handle of ann": func() error {
			stolen := *b
			stolen.UserHandle = a.UserHandle
			return w.signInBy(ann, &stolen)
		},
		"the id of ann's passkey with another key": func() error {
			forged := *b
			forged.ID, forged.UserHandle, forged.Count = a.ID, a.UserHandle, 1000
			return w.signInBy(ann, &forged)
		},
		"a cloned counter": func() error { return w.signInBy(ann, &clone) },
		"another request": func() error {
			q := w.passkeyRequest(ann, "ann")
			ahead := *a
			return w.verifyAndRedeem(ann, q, ahead.Get([]byte(old.Options)))
		},
		"another origin": func() error {
			phished := *a
			phished.Origin = "https://example.com.evil.org"
			return w.signInBy(ann, &phished)
		},
		"another relying party": func() error {
			phished := *a
			phished.RelyingParty = "evil.org"
			return w.signInBy(ann, &phished)
		},
		"no response": func() error { return w.verifyAndRedeem(ann, w.passkeyRequest(ann, "ann"), nil) },
		"unknown user": func() error {
			q := w.passkeyRequest(nil, "nobody")
			return w.verifyAndRedeem(nil, q, a.Get([]byte(q.Options)))
		},
	} {
		err := try()
		wants(t, name, err, fault.IncorrectUsernameOrPassword)
	}
	a.Count += 100
	w.must("positive control", w.signInBy(ann, a))
	w.must("positive control", w.signInBy(bob, b))
}

// Responses for a decoy are verified with a key whose private half is public:
// even a valid signature is refused.
func TestDecoyPasskey(t *testing.T) {
	w := newWorld(t, takesPasskeys)
	bare := w.add("bare", nil)
	offered := func(u *userpool.User, subject string) (id string) {
		q := w.passkeyRequest(u, subject)
		var o struct {
			Challenge string
			Allow     []struct{ ID string } `json:"allowCredentials"`
		}
		if err := json.Unmarshal([]byte(q.Options), &o); err != nil || len(o.Allow) != 1 || len(o.Challenge) < 22 {
			t.Fatalf("%s, %v", q.Options, err)
		}
		return o.Allow[0].ID
	}
	one, again, other := offered(nil, "nobody"), offered(nil, "nobody"), offered(bare, "bare")
	if one != again || one == other {
		t.Errorf("decoys %s, %s, %s", one, again, other)
	}
	q := w.passkeyRequest(bare, "bare")
	a := passkeytest.WellKnown(t, "https://example.com", other)
	wants(t, "signed with the well-known key", w.verifyAndRedeem(bare, q, a.Get([]byte(q.Options))),
		fault.IncorrectUsernameOrPassword)
}

// A passkey is not offered where the pool or the status of the user forbids it.
func TestPasskeysThatCannotBeUsed(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(w *world)
		offered bool
	}{
		"unchanged": {func(*world) {}, true},
		"status": {
			func(w *world) { w.edit("ann", func(u *userpool.User) { u.Status = userpool.ExternalProvider }) }, false,
		},
		"reset required": {
			func(w *world) { w.edit("ann", func(u *userpool.User) { u.Status = userpool.ResetRequired }) }, false,
		},
		"no longer a factor": {func(w *world) { w.pool.AllowedFirstAuthFactors = []string{"PASSWORD"} }, false},
		"another party":      {func(w *world) { w.pool.WebAuthn.RelyingPartyId = new("example.org") }, false},
		"MFA, single factor": {func(w *world) { w.pool.MfaConfiguration = userpool.MFAOn }, false},
		"MFA, two factors": {func(w *world) {
			w.pool.MfaConfiguration = userpool.MFAOn
			counts := userpool.MultiFactor
			w.pool.WebAuthn.FactorConfiguration = &counts
		}, true},
		"MFA that is optional": {func(w *world) { w.pool.MfaConfiguration = userpool.MFAOptional }, true},
	} {
		w := newWorld(t, takesPasskeys)
		w.passkey(w.add("ann", nil))
		c.change(w)
		ann, err := w.find("ann")
		w.must(name, err)
		asSecond := c.offered && name != "MFA that is optional"
		for enrolled, want := range map[bool]bool{false: c.offered, true: asSecond} {
			var got bool
			err = w.db.View(t.Context(), func(tx *store.Tx) (err error) {
				got, err = w.flow.HasPasskey(tx, w.pool, ann, enrolled)
				return err
			})
			if got != want || err != nil {
				t.Errorf("%s, second factor %v: %v, %v", name, enrolled, got, err)
			}
		}
	}
}

// Changes between request and response apply to the response.
func TestPasskeyRemovedBeforeTheResponse(t *testing.T) {
	for name, change := range map[string]func(w *world, a *passkeytest.Authenticator) error{
		"removed": func(w *world, a *passkeytest.Authenticator) error {
			return w.db.Update(w.t.Context(), func(tx *store.Tx) error {
				return tx.DeletePasskey(w.pool.ID, "ann", a.ID)
			})
		},
		"user deleted": func(w *world, _ *passkeytest.Authenticator) error {
			return w.db.Update(w.t.Context(), func(tx *store.Tx) error { return tx.DeleteUser(w.pool, "ann") })
		},
		"relying party": func(w *world, _ *passkeytest.Authenticator) error {
			party := "example.org"
			w.pool.WebAuthn.RelyingPartyId = &party
			return nil
		},
	} {
		w := newWorld(t, takesPasskeys)
		ann := w.add("ann", nil)
		a := w.passkey(ann)
		q := w.passkeyRequest(ann, "ann")
		proof, err := w.flow.VerifyPasskey(t.Context(), w.pool, ann, q, string(a.Get([]byte(q.Options))))
		w.must("positive control", err)
		w.must(name, change(w, a))
		wants(t, name, w.verifyAndRedeem(ann, q, a.Get([]byte(q.Options))), fault.IncorrectUsernameOrPassword)
		if name != "relying party" {
			err := w.db.Update(t.Context(), proof.Redeem)
			wants(t, name+" after the verification", err, fault.IncorrectUsernameOrPassword)
		}
	}
}

// Where a passkey counts as two factors, user verification is requested and
// required, whatever UserVerification is.
func TestPasskeyForTwoFactorsVerifies(t *testing.T) {
	w := newWorld(t, takesPasskeys)
	ann := w.add("ann", nil)
	a := w.passkey(ann)
	counts := userpool.MultiFactor
	w.pool.WebAuthn.FactorConfiguration = &counts
	if q := w.passkeyRequest(ann, "ann"); !strings.Contains(q.Options, `"userVerification":"required"`) {
		t.Error(q.Options)
	}
	a.Flags &^= passkeytest.UserVerified
	wants(t, "not verified", w.signInBy(ann, a), fault.IncorrectUsernameOrPassword)
	a.Flags |= passkeytest.UserVerified
	w.must("positive control", w.signInBy(ann, a))
	w.pool.WebAuthn.FactorConfiguration = nil
	a.Flags &^= passkeytest.UserVerified
	w.must("where it is not required", w.signInBy(ann, a))
}

// Of concurrent proofs with the same counter, one is accepted.
func TestParallelPasskeyProofs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.add("ann", nil)
		a := w.passkey(ann)
		q := w.passkeyRequest(ann, "ann")
		response := a.Get([]byte(q.Options))
		var accepted, refused atomic.Int64
		var done sync.WaitGroup
		for range 200 {
			done.Go(func() {
				switch err := w.verifyAndRedeem(ann, q, response); {
				case err == nil:
					accepted.Add(1)
				case errors.Is(err, fault.NotAuthorized):
					refused.Add(1)
				default:
					t.Error(err)
				}
			})
		}
		done.Wait()
		if accepted.Load() != 1 || refused.Load() != 199 {
			t.Errorf("%d accepted, %d refused", accepted.Load(), refused.Load())
		}
	}, takesPasskeys)
}
