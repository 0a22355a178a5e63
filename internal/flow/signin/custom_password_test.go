package signin_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/trigger"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// byCustomPassword runs a custom sign-in up to the step after its password.
func (w *world) byCustomPassword(name, password string) (signin.Outcome, error) {
	w.t.Helper()
	x, err := w.beginSRPOf("CUSTOM_AUTH", name, password)
	if err != nil {
		return signin.Outcome{}, err
	}
	return w.answer("PASSWORD_VERIFIER", x.session, x.responses)
}

// sessions returns the session of each call of DefineAuthChallenge.
func sessions(calls []functionCall) (found []string) {
	for _, h := range calls {
		if h.Source == "DefineAuthChallenge_Authentication" {
			found = append(found, rounds(h.Request.Session))
		}
	}
	return found
}

func TestCustomWithThePassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		q.define = passwordFirst
		out, err := w.byCustomPassword("ann@example.com", password)
		out = w.expect("CUSTOM_CHALLENGE", out, err)
		done, err := w.guess(out, "5")
		signedIn(t, "password and answer", done, err)
		calls := q.takeCalls()
		const want = "DefineAuthChallenge DefineAuthChallenge CreateAuthChallenge VerifyAuthChallengeResponse " +
			"DefineAuthChallenge"
		if got := kinds(calls); got != want {
			t.Errorf("called %s", got)
		}
		wantSessions(t, calls, "SRP_A+", "SRP_A+ PASSWORD_VERIFIER+", "SRP_A+ PASSWORD_VERIFIER+ CUSTOM_CHALLENGE+SUM")
		// The functions may issue tokens for the password alone.
		q.define = func(list []trigger.ChallengeResult) string {
			if len(list) == 2 {
				return issueTokens
			}
			return nextPassword
		}
		done, err = w.byCustomPassword("ann", password)
		signedIn(t, "the password alone", done, err)
	})
}

func wantSessions(t *testing.T, calls []functionCall, want ...string) {
	t.Helper()
	got := sessions(calls)
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("rounds %q, want %q", got, want)
			return
		}
	}
}

// After a wrong password there are no tokens, whatever the functions return.
func TestCustomWithAWrongPassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		q.define = passwordFirst
		out, err := w.byCustomPassword("ann", "Wrong-Pa55")
		out = w.expect("CUSTOM_CHALLENGE", out, err)
		wantSessions(t, q.takeCalls(), "SRP_A+", "SRP_A+ PASSWORD_VERIFIER-")
		_, err = w.guess(out, "5")
		wants(t, "a right answer after a wrong password", err, fault.IncorrectUsernameOrPassword)

		for _, response := range []string{issueTokens, failSignIn} {
			before := w.failures("ann").Failures
			q.define = func(list []trigger.ChallengeResult) string {
				if len(list) == 1 {
					return nextPassword
				}
				return response
			}
			_, err = w.byCustomPassword("ann", "Wrong-Pa55")
			wants(t, response, err, fault.IncorrectUsernameOrPassword)
			if got := w.failures("ann").Failures; got != before+1 {
				t.Errorf("%s: counted %d times", response, got-before)
			}
		}
	})
}

// SRP_A alone is not a password: a function that checks the last result but not
// its name does not sign in every caller.
func TestSRPAIsNotAPassword(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	q.define = func(list []trigger.ChallengeResult) string {
		if n := len(list); n > 0 && list[n-1].ChallengeResult {
			return issueTokens
		}
		return nextCustom
	}
	_, err := w.byCustomPassword("ann", "Wrong-Pa55")
	wants(t, "SRP_A alone", err, trigger.Unrecognizable)

	// A custom challenge may follow instead.
	q.define = oneRightAnswer
	out, err := w.start("CUSTOM_AUTH", map[string]string{"USERNAME": "ann", "CHALLENGE_NAME": "SRP_A", "SRP_A": "2"})
	q.takeCalls()
	done, err := w.guess(w.expect("CUSTOM_CHALLENGE", out, err), "5")
	signedIn(t, "a challenge instead", done, err)
	wantSessions(t, q.takeCalls(), "SRP_A+ CUSTOM_CHALLENGE+SUM")
}

// The block and the Session of an exchange are bound to each other and are
// consumed together.
func TestCustomPasswordExchanges(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		q := w.customFunctions()
		q.define = passwordFirst
		begin := func() exchange {
			x, err := w.beginSRPOf("CUSTOM_AUTH", "ann", password)
			if err != nil {
				t.Fatal(err)
			}
			return x
		}
		x, y := begin(), begin()
		_, err := w.answer("PASSWORD_VERIFIER", "", x.responses)
		wants(t, "without the session", err, fault.MissingParameter("Session"))
		_, err = w.answer("PASSWORD_VERIFIER", y.session, x.responses)
		wants(t, "with the session of another exchange", err, fault.SessionInvalid)
		_, err = w.answer("PASSWORD_VERIFIER", w.startPlainCustom(q).Session, x.responses)
		wants(t, "with the session of a challenge", err, fault.SessionInvalid)
		q.takeCalls()
		out, err := w.answer("PASSWORD_VERIFIER", x.session, x.responses)
		w.expect("CUSTOM_CHALLENGE", out, err)
		q.takeCalls()
		_, err = w.answer("PASSWORD_VERIFIER", x.session, x.responses)
		wants(t, "again", err, fault.IncorrectUsernameOrPassword)
		if calls := q.takeCalls(); len(calls) != 0 {
			t.Errorf("called for a used exchange: %s", kinds(calls))
		}

		// Of parallel answers with one block, one succeeds.
		q.define = func(list []trigger.ChallengeResult) string {
			if len(list) == 2 {
				return issueTokens
			}
			return nextPassword
		}
		y = begin()
		answer := func(int) (signin.Outcome, error) { return w.answer("PASSWORD_VERIFIER", y.session, y.responses) }
		if won := w.race(100, answer, fault.IncorrectUsernameOrPassword); won != 1 {
			t.Errorf("one exchange signed in %d times", won)
		}
	})
}

// startPlainCustom starts a custom sign-in without the password.
func (w *world) startPlainCustom(q *customFunctions) signin.Outcome {
	w.t.Helper()
	before := q.define
	q.define = oneRightAnswer
	defer func() { q.define = before }()
	return w.startCustom()
}

// A second factor follows the password, before the functions. It becomes a
// round of theirs and can be neither skipped nor guessed.
func TestCustomWithThePasswordAndASecondFactor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "t")
		app := w.enrol()
		q := w.customFunctions()
		q.define = passwordFirst
		out, err := w.byCustomPassword("ann", password)
		out = w.expect("SOFTWARE_TOKEN_MFA", out, err)
		wantSessions(t, q.takeCalls(), "SRP_A+")
		_, err = w.submit(out, w.wrongFor(app))
		wants(t, "a wrong code", err, fault.WrongTokenCode)
		_, err = w.answer("CUSTOM_CHALLENGE", out.Session, map[string]string{"USERNAME": "ann", "ANSWER": "5"})
		wants(t, "skipping it", err, fault.SessionInvalid)
		next, err := w.submit(out, app.Code(w.clk.Now()))
		next = w.expect("CUSTOM_CHALLENGE", next, err)
		wantSessions(t, q.takeCalls(), "SRP_A+ PASSWORD_VERIFIER+ SOFTWARE_TOKEN_MFA+")
		_, err = w.submit(out, app.Code(w.clk.Now()))
		wants(t, "the session of the code again", err, fault.SessionUsed)
		done, err := w.guess(next, "5")
		signedIn(t, "all three", done, err)
		wantSessions(t, q.takeCalls(), "SRP_A+ PASSWORD_VERIFIER+ SOFTWARE_TOKEN_MFA+ CUSTOM_CHALLENGE+SUM")
		if l := w.failures("ann"); l.Failures != 0 {
			t.Errorf("%+v after tokens", l)
		}
	})
}

// A user without the required second factor sets one up during the sign-in.
func TestCustomWithThePasswordAndSettingUpAFactor(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOn, "t")
	q := w.customFunctions()
	q.define = passwordFirst
	out, err := w.byCustomPassword("ann", password)
	out = w.expect("MFA_SETUP", out, err)
	app, session := w.associate(out.Session)
	session, err = w.verify(session, app.Code(w.clk.Now()))
	if err != nil {
		t.Fatal(err)
	}
	q.takeCalls()
	out, err = w.endSetup(session)
	out = w.expect("CUSTOM_CHALLENGE", out, err)
	wantSessions(t, q.takeCalls(), "SRP_A+ PASSWORD_VERIFIER+")
	done, err := w.guess(out, "5")
	signedIn(t, "with a new factor", done, err)
}

// A temporary password is replaced during the sign-in. DefineAuthChallenge runs
// before and after that. Before, it can refuse but not issue tokens.
func TestCustomWithATemporaryPassword(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.invite("bob")
		q := w.customFunctions()
		for _, second := range []string{`{"challengeName":"NEW_PASSWORD_REQUIRED"}`, nextCustom, issueTokens} {
			w.change(func(u *userpool.User) { u.Status = userpool.ForceChangePassword })
			q.define = func(list []trigger.ChallengeResult) string {
				if len(list) == 2 {
					return second
				}
				return passwordFirst(list)
			}
			out, err := w.byCustomPassword("bob", password)
			out = w.expect("NEW_PASSWORD_REQUIRED", out, err)
			wantSessions(t, q.takeCalls(), "SRP_A+", "SRP_A+ PASSWORD_VERIFIER+")
			out, err = w.answer("NEW_PASSWORD_REQUIRED", out.Session,
				map[string]string{"USERNAME": "bob", "NEW_PASSWORD": password})
			out = w.expect("CUSTOM_CHALLENGE", out, err)
			done, err := w.guess(out, "5")
			signedIn(t, second, done, err)
			wantSessions(t, q.takeCalls(), "SRP_A+ PASSWORD_VERIFIER+ NEW_PASSWORD_REQUIRED+",
				"SRP_A+ PASSWORD_VERIFIER+ NEW_PASSWORD_REQUIRED+ CUSTOM_CHALLENGE+SUM")
		}
		w.change(func(u *userpool.User) { u.Status = userpool.ForceChangePassword })
		q.define = func(list []trigger.ChallengeResult) string {
			if len(list) == 2 {
				return failSignIn
			}
			return nextPassword
		}
		_, err := w.byCustomPassword("bob", password)
		wants(t, "refused", err, fault.IncorrectUsernameOrPassword)
		if l := w.failures("bob"); l.Failures != 1 {
			t.Errorf("a refusal counts %d times", l.Failures)
		}
		w.invite("carl")
		q.takeCalls()
		w.clk.Advance(8 * 24 * time.Hour)
		_, err = w.byCustomPassword("carl", password)
		wants(t, "expired", err, fault.TemporaryPasswordExpired)
		wantSessions(t, q.takeCalls(), "SRP_A+")
	})
}

// Statuses that refuse a password do so here too, before DefineAuthChallenge
// runs.
func TestCustomPasswordAndStatuses(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	q.define = passwordFirst
	for _, c := range []struct {
		edit func(*userpool.User)
		want *fault.Fault
	}{
		{func(u *userpool.User) { u.Status = userpool.Unconfirmed }, fault.UserIsNotConfirmed},
		{func(u *userpool.User) { u.Status = userpool.ResetRequired }, fault.ResetRequired},
		{func(u *userpool.User) { u.Enabled = false }, fault.UserIsDisabled},
	} {
		x, err := w.beginSRPOf("CUSTOM_AUTH", "ann", password)
		if err != nil {
			t.Fatal(err)
		}
		q.takeCalls()
		w.change(c.edit)
		_, err = w.answer("PASSWORD_VERIFIER", x.session, x.responses)
		wants(t, "status", err, c.want)
		if calls := q.takeCalls(); len(calls) != 0 {
			t.Errorf("%v: called %s", c.want, kinds(calls))
		}
		w.change(func(u *userpool.User) { u.Status, u.Enabled = userpool.Confirmed, true })
	}
}

// An unknown user gets the same challenges as a wrong password.
func TestCustomPasswordOfUnknownUsers(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	q.define = passwordFirst
	w.client = w.addClient("hiding", hidesUsers, allowsCustom)
	var seen []string
	for _, name := range []string{"ann", "nobody"} {
		out, err := w.byCustomPassword(name, "Wrong-Pa55")
		if err != nil || out.Challenge != "CUSTOM_CHALLENGE" {
			t.Fatalf("%s: %+v, %v", name, out, err)
		}
		_, err = w.guess(out, "5")
		wants(t, name, err, fault.IncorrectUsernameOrPassword)
		calls := q.takeCalls()
		wantSessions(t, calls, "SRP_A+", "SRP_A+ PASSWORD_VERIFIER-", "SRP_A+ PASSWORD_VERIFIER- CUSTOM_CHALLENGE+SUM")
		seen = append(seen, kinds(calls))
	}
	if seen[0] != seen[1] {
		t.Errorf("called %s for a known user, %s for an unknown one", seen[0], seen[1])
	}
	w.update(func(tx *store.Tx) error { return tx.ClearLockout(w.pool.ID, "ann") })
	out, err := w.byCustomPassword("ann", password)
	done, err := w.guess(w.expect("CUSTOM_CHALLENGE", out, err), "5")
	signedIn(t, "positive control", done, err)
}

// No length in a response reveals whether the user exists.
func TestLengthsOfUnknownUsers(t *testing.T) {
	w := openWorld(t)
	q := w.customFunctions()
	w.client = w.addClient("hiding", hidesUsers, allowsCustom)
	w.pool.AliasAttributes = nil // so that USER_ID_FOR_SRP is the typed name
	first := func(list []trigger.ChallengeResult) string {
		if len(list) == 1 {
			return nextPassword
		}
		return nextCustom
	}
	// The maximum of several: one in 256 public values is a byte shorter.
	longest := func(name, flow, challenge string) (block, session int) {
		for range 8 {
			q.define = first
			out, err := w.start(flow, map[string]string{"USERNAME": name, "SRP_A": "2", "CHALLENGE_NAME": challenge})
			if err != nil {
				t.Fatal(err)
			}
			block, session = max(block, len(out.Parameters["SECRET_BLOCK"])), max(session, len(out.Session))
		}
		return block, session
	}
	for _, c := range []struct{ flow, challenge string }{
		{"USER_SRP_AUTH", ""}, {"CUSTOM_AUTH", "SRP_A"}, {"CUSTOM_AUTH", "CUSTOM_CHALLENGE"},
	} {
		block, session := longest("ann", c.flow, c.challenge)
		if b, s := longest("eve", c.flow, c.challenge); b != block || s != session || b+s == 0 {
			t.Errorf("%s: block and session of %d and %d characters for a known user, %d and %d for an unknown one",
				c, block, session, b, s)
		}
	}
}
