package signin_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
)

// If no password is part of the sign-in, custom challenges neither change the
// lock-out nor are subject to it, for known and unknown users. The positive
// controls are in custom_lockout_test.go.
func TestCustomAnswersDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		hidesUsers(w.client)
		for _, name := range []string{"ann", "nobody"} {
			for range 5 {
				_, _ = w.byPassword(name, "Wrong-Pa55")
			}
			_, err := w.byPassword(name, password)
			wants(t, name+" is locked out", err, fault.PasswordAttemptsExceeded)
			locked := w.failures(name)
			for range 7 {
				out, err := w.byCustom(name)
				if err == nil {
					out, err = w.guess(out, "4")
				}
				if err != nil || out.Challenge != "CUSTOM_CHALLENGE" {
					t.Fatalf("%s: %+v, %v", name, out, err)
				}
			}
			q.define = func([]trigger.ChallengeResult) string { return failSignIn }
			_, err = w.byCustom(name)
			wants(t, name+" is refused by the functions", err, fault.IncorrectUsernameOrPassword)
			q.define = oneRightAnswer
			if got := w.failures(name); got != locked {
				t.Errorf("%s: the lock-out is %+v, was %+v", name, got, locked)
			}
		}
		locked := w.failures("ann")
		done, err := w.guess(w.startCustom(), "5")
		signedIn(t, "a right answer of a locked user", done, err)
		if got := w.failures("ann"); got != locked {
			t.Errorf("a sign-in without the password changed the lock-out: %+v, was %+v", got, locked)
		}
	})
}

// Custom answers after a password count in the lock-out.
func TestCustomAnswersAfterAPasswordCount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		q.define = passwordFirst
		challenge := func() signin.Outcome {
			out, err := w.byCustomPassword("ann", password)
			return w.expect("CUSTOM_CHALLENGE", out, err)
		}
		for n := range 4 {
			out, err := w.guess(challenge(), "4")
			w.expect("CUSTOM_CHALLENGE", out, err)
			if l := w.failures("ann"); l.Failures != n+1 {
				t.Fatalf("%d failures after %d wrong answers", l.Failures, n+1)
			}
		}
		first, second := challenge(), challenge()
		q.define = func([]trigger.ChallengeResult) string { return failSignIn }
		_, err := w.guess(second, "5")
		wants(t, "the fifth, refused by the functions", err, fault.IncorrectUsernameOrPassword)
		q.define = passwordFirst
		_, err = w.guess(first, "5")
		wants(t, "a right answer of a locked user", err, fault.PasswordAttemptsExceeded)
		w.clk.Advance(2 * time.Second)
		done, err := w.guess(first, "5")
		signedIn(t, "after the lock-out", done, err)
		if l := w.failures("ann"); l.Failures != 0 {
			t.Errorf("%+v after tokens", l)
		}
	})
}

// If answers do not count, a Session is still verified only once under
// concurrent answers.
func TestConcurrentCustomAnswers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		session := w.startCustom()
		q.takeCalls()
		refused := make(chan error, 40)
		for range cap(refused) {
			go func() {
				_, err := w.guess(session, "4")
				refused <- err
			}()
		}
		verified := 0
		for range cap(refused) {
			if err := <-refused; err == nil {
				verified++
			}
		}
		if n := strings.Count(kinds(q.takeCalls()), "Verify"); n != 1 || verified != 1 {
			t.Errorf("%d answers verified, %d accepted", n, verified)
		}
	})
}
