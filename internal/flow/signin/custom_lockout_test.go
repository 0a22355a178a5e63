package signin_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// TestCustomSharesTheLockOut is attack case M3, with CustomAuthLockout: wrong
// custom answers, refusals by the functions and wrong passwords count together
// in all sessions. For a locked user no function runs.
func TestCustomSharesTheLockOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		w.engine.CustomAuthLockout = true
		fresh := w.startCustom()
		for range 2 {
			_, _ = w.guess(w.startCustom(), "4")
		}
		q.define = func([]trigger.ChallengeResult) string { return failSignIn }
		_, err := w.byCustom("ann@example.com")
		wants(t, "the functions refuse", err, fault.IncorrectUsernameOrPassword)
		q.define = passwordFirst
		x, err := w.beginSRPOf("CUSTOM_AUTH", "ann", "Wrong-Pa55")
		if err != nil {
			t.Fatal(err)
		}
		out, err := w.answer("PASSWORD_VERIFIER", x.session, x.responses)
		w.expect("CUSTOM_CHALLENGE", out, err)
		if l := w.failures("ann"); l.Failures != 4 {
			t.Fatalf("%+v after four failures", l)
		}
		_, err = w.byPassword("ann", "Wrong-Pa55")
		wants(t, "the fifth", err, fault.IncorrectUsernameOrPassword)

		q.takeCalls()
		for name, try := range map[string]func() (signin.Outcome, error){
			"start":    func() (signin.Outcome, error) { return w.byCustom("ann") },
			"answer":   func() (signin.Outcome, error) { return w.guess(fresh, "5") },
			"password": func() (signin.Outcome, error) { return w.byPassword("ann", password) },
		} {
			_, err := try()
			wants(t, name, err, fault.PasswordAttemptsExceeded)
		}
		if calls := q.takeCalls(); len(calls) != 0 {
			t.Errorf("called for a locked user: %s", kinds(calls))
		}
		w.clk.Advance(2 * time.Second)
		done, err := w.guess(fresh, "5")
		signedIn(t, "after the lock-out", done, err)
		if l := w.failures("ann"); l.Failures != 0 {
			t.Errorf("%+v after tokens", l)
		}
	})
}

// An answer after which the functions fail the sign-in counts once, right or
// wrong, and consumes its Session.
func TestCustomRefusalsCountOnce(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	w.engine.CustomAuthLockout = true
	for n, answer := range []string{"4", "5"} {
		q.define = oneRightAnswer
		out := w.startCustom()
		q.define = func([]trigger.ChallengeResult) string { return failSignIn }
		_, err := w.guess(out, answer)
		wants(t, answer, err, fault.IncorrectUsernameOrPassword)
		if l := w.failures("ann"); l.Failures != n+1 {
			t.Errorf("%s: counted up to %d, want %d", answer, l.Failures, n+1)
		}
		_, err = w.guess(out, answer)
		wants(t, "the session after "+answer, err, fault.SessionInvalid)
	}
}

// If answers count, a burst of guesses with different Sessions is verified no
// more often than the lock-out allows, even if the function is slow.
func TestCustomGuessesInABurst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		w.engine.CustomAuthLockout = true
		var sessions []signin.Outcome
		for range 40 {
			sessions = append(sessions, w.startCustom())
		}
		q.takeCalls()
		release := make(chan struct{})
		q.verify = func(string) string {
			<-release
			return `{"answerCorrect":false}`
		}
		refused := make(chan error, len(sessions))
		for _, s := range sessions {
			go func() {
				_, err := w.guess(s, "4")
				refused <- err
			}()
		}
		// The refused calls return while the others wait.
		for range len(sessions) - 5 {
			wants(t, "beyond the fifth", <-refused, fault.PasswordAttemptsExceeded)
		}
		close(release)
		for range 5 {
			if err := <-refused; err != nil {
				t.Errorf("the first five: %v", err)
			}
		}
		if n := strings.Count(kinds(q.takeCalls()), "Verify"); n != 5 {
			t.Errorf("%d guesses verified", n)
		}
	})
}

// Right answers and failed calls do not count.
func TestCustomRightAnswersDoNotCount(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	w.engine.CustomAuthLockout = true
	q.define = func(list []trigger.ChallengeResult) string { return nextCustom }
	_, err := w.byPassword("ann", "Wrong-Pa55")
	wants(t, "a wrong password", err, fault.IncorrectUsernameOrPassword)
	before := w.failures("ann")
	out := w.startCustom()
	for range 10 {
		next, err := w.guess(out, "5")
		out = w.expect("CUSTOM_CHALLENGE", next, err)
	}
	w.function = func(context.Context, string, []byte) ([]byte, error) {
		return nil, &trigger.InvokeError{Code: trigger.CodeNotFound}
	}
	_, err = w.guess(out, "5")
	wants(t, "a function that does not exist", err, fault.New(fault.UnexpectedLambda,
		"VerifyAuthChallengeResponse invocation failed due to error ResourceNotFoundException."))
	if got := w.failures("ann"); got != before {
		t.Errorf("failures %+v, before %+v", got, before)
	}
}

// If the client hides users, the functions run for unknown users in the same
// order, and never sign them in.
func TestCustomAndUnknownUsers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		w.engine.CustomAuthLockout = true
		_, err := w.byCustom("nobody")
		wants(t, "where users are not hidden", err, fault.UserDoesNotExist)
		if calls := q.takeCalls(); len(calls) != 0 {
			t.Errorf("called %s", kinds(calls))
		}
		w.client = w.addClient("hiding", hidesUsers, allowsCustom)
		run := func(name string) (out signin.Outcome, calls []functionCall, err error) {
			out, err = w.byCustom(name)
			if err != nil || out.Challenge != "CUSTOM_CHALLENGE" || out.Session == "" {
				t.Fatalf("%s: %+v, %v", name, out, err)
			}
			out, err = w.guess(out, "5")
			return out, q.takeCalls(), err
		}
		out, known, err := run("ann")
		signedIn(t, "positive control", out, err)
		_, unknown, err := run("nobody@example.com")
		wants(t, "right answers for an unknown user", err, fault.IncorrectUsernameOrPassword)
		if kinds(known) != kinds(unknown) {
			t.Errorf("called %s for a known user, %s for an unknown one", kinds(known), kinds(unknown))
		}
		for i, h := range unknown {
			if h.UserName != "nobody@example.com" || h.Request.UserNotFound == nil || !*h.Request.UserNotFound ||
				len(h.Request.UserAttributes) != 0 {
				t.Errorf("%s: called with %+v", h.Source, h)
			}
			if f := known[i].Request.UserNotFound; f == nil || *f {
				t.Errorf("%s: userNotFound %v for a known user", h.Source, f)
			}
		}
		// The lock-out also counts unknown names.
		for range 5 {
			out, err := w.byCustom("nobody@example.com")
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.guess(out, "4")
		}
		_, err = w.byCustom("nobody@example.com")
		wants(t, "locked out", err, fault.PasswordAttemptsExceeded)

		// A user who signs up with the name later cannot use the Session.
		w.clk.Advance(15 * time.Minute)
		out, err = w.byCustom("bob")
		if err != nil {
			t.Fatal(err)
		}
		w.addUser(w.accounts(), "bob", userpool.Confirmed)
		_, err = w.guess(out, "5")
		wants(t, "the session of a name", err, fault.IncorrectUsernameOrPassword)
	})
}

// The functions issue tokens, but the user's status is still checked.
func TestCustomAndStatuses(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	for _, c := range []struct {
		edit func(*userpool.User)
		want *fault.Fault // nil: tokens
	}{
		{func(u *userpool.User) { u.Status = userpool.Confirmed }, nil},
		{func(u *userpool.User) { u.Status = userpool.ForceChangePassword }, nil},
		{func(u *userpool.User) { u.Status = userpool.Unconfirmed }, fault.UserIsNotConfirmed},
		{func(u *userpool.User) { u.Status = userpool.ResetRequired }, fault.ResetRequired},
	} {
		w.change(c.edit)
		out, err := w.guess(w.startCustom(), "5")
		if c.want != nil {
			wants(t, "status", err, c.want)
			continue
		}
		signedIn(t, "status", out, err)
	}
	w.change(func(u *userpool.User) { u.Status, u.Enabled = userpool.Confirmed, false })
	q.takeCalls()
	_, err := w.byCustom("ann")
	wants(t, "disabled", err, fault.UserIsDisabled)
	if calls := q.takeCalls(); len(calls) != 0 {
		t.Errorf("called for a disabled user: %s", kinds(calls))
	}
}

// The functions alone sign in a user with a second factor.
func TestCustomReplacesTheSecondFactor(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "t")
	w.enrol()
	w.customFunctions()
	out, err := w.guess(w.startCustom(), "5")
	signedIn(t, "without a code", out, err)
	w.signInTo("SOFTWARE_TOKEN_MFA") // positive control
}

// The private parameters of a challenge are not in the Session.
func TestCustomSessionsStayShort(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	q.create = `{"privateChallengeParameters":{"answer":"` + strings.Repeat("5", 100_000) + `"},"challengeMetadata":"` +
		strings.Repeat("m", 10_000) + `"}`
	out := w.startCustom() // fails above 2,048 characters
	done, err := w.guess(out, "5")
	signedIn(t, "long parameters", done, err)
}
