package signin_test

import (
	"context"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// A sign-out and a new password end every pending sign-in at any challenge: the
// old password alone is not sufficient.
func TestPendingSignInIsEnded(t *testing.T) {
	for what, end := range map[string]func(*world) error{
		"positive control": func(*world) error { return nil },
		"sign-out": func(w *world) error {
			return w.accounts().SignOut(context.Background(), w.pool, account.Self(w.user))
		},
		"password": func(w *world) error {
			return w.accounts().AdminSetUserPassword(context.Background(), w.pool, "ann", "Other-Pa55word", true)
		},
	} {
		w := openWorld(t)
		w.offer(userpool.MFAOptional, "t")
		app := w.enrol()
		factor := w.signInTo("SOFTWARE_TOKEN_MFA")
		if err := end(w); err != nil {
			t.Fatal(err)
		}
		w.clk.Advance(time.Minute)
		out, err := w.submit(factor, app.Code(w.clk.Now()))
		if what == "positive control" {
			signedIn(t, what, out, err)
			continue
		}
		wants(t, what, err, fault.SessionInvalid)
	}
}
