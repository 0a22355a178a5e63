package account_test

import (
	"context"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/flow/account"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// Functions may call the server: the store is not locked while they run, and
// their changes are not overwritten.
func TestFunctionsCallBack(t *testing.T) {
	w, f := hooked(t)
	ann := w.add("ann", values{"email": "ann@example.com", "email_verified": "true"})
	once := false
	f.during = func(s trigger.Source) {
		if once {
			return
		}
		once = true
		w.must("from the function", w.adminSet("ann", values{"name": "Ann"}))
	}
	_, err := w.set(ann, values{"email": "new@example.com"})
	w.must("update", err)
	w.has("both changes", "ann", values{"email": "new@example.com", "email_verified": "false", "name": "Ann"})
	f.sources("run twice, since the user has changed",
		trigger.CustomMessageUpdateUserAttribute, trigger.CustomMessageUpdateUserAttribute)
}

// PostConfirmation runs for every confirmation, even if the client disconnects
// between the commit and the call.
func TestPostConfirmationOutlastsTheClient(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		f := w.hook()
		for name, confirm := range map[string]func(ctx context.Context, disconnect func()) error{
			"ConfirmSignUp": func(ctx context.Context, disconnect func()) error {
				_, err := w.register("ann", values{"email": "ann@example.com"})
				w.must("sign-up", err)
				code := w.code("ann@example.com", "CustomMessage_SignUp")
				r := account.ConfirmRequest{Request: w.request("ann"), Code: code}
				f.before = disconnect
				_, err = w.flow.ConfirmSignUp(ctx, r)
				return err
			},
			"AdminConfirmSignUp": func(ctx context.Context, disconnect func()) error {
				_, err := w.register("bob", nil)
				w.must("sign-up", err)
				f.before = disconnect
				return w.flow.AdminConfirmSignUp(ctx, w.pool, "bob", nil)
			},
			"SignUp": func(ctx context.Context, disconnect func()) error {
				f.responses[trigger.PreSignUpSignUp] = values{"autoConfirmUser": "true"}
				defer delete(f.responses, trigger.PreSignUpSignUp)
				f.before = func() { f.before = disconnect } // the first call, PreSignUp, is before the commit
				_, err := w.flow.SignUp(ctx, account.SignUpRequest{Request: w.request("cid"), Password: password})
				return err
			},
			"ConfirmForgotPassword": func(ctx context.Context, disconnect func()) error {
				w.add("dan", values{"email": "dan@example.com", "email_verified": "true"})
				_, err := w.flow.ForgotPassword(t.Context(), w.request("dan"))
				w.must("forgot", err)
				r := account.ResetRequest{
					Request: w.request("dan"), Code: w.code("dan@example.com", "CustomMessage_ForgotPassword"),
					Password: "New-Passw0rd",
				}
				f.before = disconnect
				return w.flow.ConfirmForgotPassword(ctx, r)
			},
		} {
			ctx, disconnect := context.WithCancel(t.Context())
			f.before = func() {}
			err := confirm(ctx, disconnect)
			events := f.takeEvents()
			if err != nil || len(events) == 0 {
				t.Errorf("%s: %v, events %v", name, err, events)
				continue
			}
			last := events[len(events)-1]
			if last.Source.Trigger() != userpool.PostConfirmation || last.Ended != nil || ctx.Err() == nil {
				t.Errorf("%s: event %s, its context: %v, the request's: %v", name, last.Source, last.Ended, ctx.Err())
			}
		}
	}, everyFunction)
}
