package signin_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestEmailCodesAreLimited(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "e")
	w.enable(userpool.EmailMFA)
	for range 20 {
		w.signInTo("EMAIL_OTP")
	}
	_, err := w.byPassword("ann", password)
	wants(t, "the twenty-first", err, fault.TooManyRequestsRate)
	if sent := w.mail(); len(sent) != 20 {
		t.Errorf("%d messages, want 20", len(sent))
	}
	w.clk.Advance(time.Hour)
	w.signInTo("EMAIL_OTP")
}

// A new password comes before the second factor and does not replace it.
func TestNewPasswordThenFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "s")
		w.invite("bob")
		w.enable(userpool.SMSMFA)
		calls := w.recordCalls("", nil, preTokenGeneration)
		out, err := w.bySRP("bob", password)
		w.expect("NEW_PASSWORD_REQUIRED", out, err)
		if sent := w.mail(); len(sent) != 0 {
			t.Errorf("a code was sent before the password was replaced: %+v", sent)
		}
		next, err := w.answer("NEW_PASSWORD_REQUIRED", out.Session,
			map[string]string{"USERNAME": "bob", "NEW_PASSWORD": "New-Pa55word", "userAttributes.name": "Bob"})
		w.expect("SMS_MFA", next, err)
		_, err = w.answer("NEW_PASSWORD_REQUIRED", out.Session,
			map[string]string{"USERNAME": "bob", "NEW_PASSWORD": "Another-Pa55word"})
		wants(t, "the first session again", err, fault.SessionUsed)
		done, err := w.submit(next, w.code("+15550100"))
		signedIn(t, "with the code", done, err)
		if got := sources(*calls); !slices.Equal(got, []string{"TokenGeneration_NewPasswordChallenge"}) {
			t.Errorf("called %v", got)
		}
	})
}
