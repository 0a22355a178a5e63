package trigger_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// Triggers after the commit run although the client has disconnected; those
// before it are canceled with the request.
func TestTriggersAfterCommitOutlastTheRequest(t *testing.T) {
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	for source, run := range map[trigger.Source]func(*trigger.Runner) error{
		trigger.PostConfirmationConfirmSignUp: func(r *trigger.Runner) error {
			_, err := trigger.Run(canceled, r, call(trigger.PostConfirmationConfirmSignUp),
				trigger.PostConfirmationRequest{})
			return err
		},
		trigger.PostConfirmationConfirmForgotPassword: func(r *trigger.Runner) error {
			_, err := trigger.Run(canceled, r, call(trigger.PostConfirmationConfirmForgotPassword),
				trigger.PostConfirmationRequest{})
			return err
		},
		trigger.PostAuthenticationAuthentication: func(r *trigger.Runner) error {
			_, err := trigger.Run(canceled, r, call(trigger.PostAuthenticationAuthentication),
				trigger.PostAuthenticationRequest{})
			return err
		},
	} {
		for range 20 {
			var detached atomic.Int32
			r := runner(t, func(ctx context.Context, _ string, event []byte) ([]byte, error) {
				if ctx.Err() == nil {
					detached.Add(1)
				}
				return event, nil
			})
			if err := run(r); err != nil || detached.Load() != 1 {
				t.Fatalf("%s: %v, %d calls with a context that is not canceled", source, err, detached.Load())
			}
			r.Runs.Close()
			if _ = run(r); detached.Load() != 1 {
				t.Fatalf("%s outlasts its request after Close", source)
			}
		}
	}
	r := runner(t, func(ctx context.Context, _ string, event []byte) ([]byte, error) {
		if ctx.Err() == nil {
			t.Error("a trigger before the commit outlasts its request")
		}
		return event, nil
	})
	_, _ = trigger.Run(canceled, r, call(trigger.PreSignUpSignUp), trigger.PreSignUpRequest{})
}
