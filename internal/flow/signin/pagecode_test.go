package signin_test

import (
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/flow/signin"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// onPage signs ann in with the password on a page.
func (w *world) onPage(challenge string, devices ...signin.PageDevice) signin.Outcome {
	w.t.Helper()
	out, err := w.engine.StartPage(w.t.Context(), signin.Start{
		Pool: w.pool, Client: w.client, Devices: devices,
		Params: map[string]string{"USERNAME": "ann", "PASSWORD": password},
	})
	w.expect(challenge, out, err)
	return out
}

// pageAnswer is an answer on a page to the challenge of an outcome.
func (w *world) pageAnswer(out signin.Outcome, responses ...string) signin.Answer {
	a := signin.Answer{Pool: w.pool, Client: w.client, Challenge: out.Challenge, Session: out.Session}
	a.Responses = map[string]string{"USERNAME": "ann"}
	for i := 0; i+1 < len(responses); i += 2 {
		a.Responses[responses[i]] = responses[i+1]
	}
	return a
}

func (w *world) answerPage(out signin.Outcome, responses ...string) (signin.Outcome, error) {
	return w.engine.AnswerPage(w.t.Context(), w.pageAnswer(out, responses...))
}

// lastCode returns the code of the newest message and removes all.
func (w *world) lastCode() string {
	w.t.Helper()
	all := w.mail()
	if len(all) == 0 {
		w.t.Fatal("no message")
	}
	return all[len(all)-1].Code
}

func (w *world) resend(out signin.Outcome) (signin.Outcome, error) {
	return w.engine.ResendPage(w.t.Context(), w.pageAnswer(out))
}

func (w *world) chooseAgain(out signin.Outcome) (signin.Outcome, error) {
	return w.engine.ChooseAgainPage(w.t.Context(), w.pageAnswer(out))
}

// smsFactor gives ann a phone number with SMS MFA.
func smsFactor(u *userpool.User) {
	u.Attributes["phone_number"] = "+15550104821"
	u.EnableFactor(userpool.SMSMFA)
}

// A new code replaces the old one. Between two codes are 30 seconds, and a sign-in
// sends five. The Session of the old code is consumed.
func TestResend(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "s")
		w.change(smsFactor)
		first := w.onPage("SMS_MFA")
		old := w.lastCode()
		w.clk.Advance(signin.ResendWait - time.Second)
		_, err := w.resend(first)
		wants(t, "too soon", err, signin.ResentTooSoon)
		w.clk.Advance(time.Second)
		second, err := w.resend(first)
		w.expect("SMS_MFA", second, err)
		if got := second.Parameters["CODE_DELIVERY_DESTINATION"]; got != "+*******4821" {
			t.Errorf("sent to %q", got)
		}
		_, err = w.resend(first)
		wants(t, "consumed Session", err, fault.SessionUsed)
		_, err = w.answerPage(first, "SMS_MFA_CODE", old)
		wants(t, "old Session with its code", err, fault.SessionUsed)
		fresh := w.lastCode()
		if fresh != old {
			_, err = w.answerPage(second, "SMS_MFA_CODE", old)
			wants(t, "old code", err, fault.WrongFactorCode)
		}
		out := second
		for range 3 {
			w.clk.Advance(signin.ResendWait)
			w.mail()
			if out, err = w.resend(out); err != nil {
				t.Fatal(err)
			}
		}
		w.clk.Advance(signin.ResendWait)
		_, err = w.resend(out)
		wants(t, "sixth code", err, fault.AttemptLimit)
		done, err := w.answerPage(out, "SMS_MFA_CODE", w.lastCode())
		if err != nil || done.Proof == nil {
			t.Fatalf("newest code: %+v, %v", done, err)
		}
	})
}

// Codes that are sent again give no more guesses: the lock-out counts them all, and a
// locked user gets no code.
func TestResendGivesNoGuesses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "s")
		w.change(smsFactor)
		out := w.onPage("SMS_MFA")
		var err error
		for range 5 {
			if _, err = w.answerPage(out, "SMS_MFA_CODE", "not it"); err == nil {
				t.Fatal("a wrong code signs in")
			}
		}
		w.clk.Advance(signin.ResendWait)
		if again, err := w.resend(out); err == nil {
			for range 30 {
				if _, err = w.answerPage(again, "SMS_MFA_CODE", "not it"); err == nil {
					t.Fatal("a wrong code signs in")
				}
			}
			_, err = w.resend(again)
			wants(t, "locked", err, fault.PasswordAttemptsExceeded)
		} else {
			wants(t, "locked", err, fault.PasswordAttemptsExceeded)
		}
	})
}

// The user can return to the list of factors. The same choice a moment later sends no
// other code; later it does.
func TestChooseAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.offer(userpool.MFAOptional, "se")
		w.change(func(u *userpool.User) {
			smsFactor(u)
			u.EnableFactor(userpool.EmailMFA)
		})
		list := w.onPage("SELECT_MFA_TYPE")
		if list.Destinations["SMS_MFA"] != "+*******4821" || list.Destinations["EMAIL_OTP"] != "a***@e***" {
			t.Errorf("destinations %v", list.Destinations)
		}
		sms, err := w.answerPage(list, "ANSWER", "SMS_MFA")
		w.expect("SMS_MFA", sms, err)
		code := w.lastCode()
		again, err := w.chooseAgain(sms)
		w.expect("SELECT_MFA_TYPE", again, err)
		_, err = w.answerPage(sms, "SMS_MFA_CODE", code)
		wants(t, "code after the return", err, fault.SessionUsed)
		_, err = w.chooseAgain(sms)
		wants(t, "second return", err, fault.SessionUsed)
		sms, err = w.answerPage(again, "ANSWER", "SMS_MFA")
		w.expect("SMS_MFA", sms, err)
		if again := w.mail(); len(again) > 0 {
			t.Errorf("%d messages after the same choice", len(again))
		}
		if again, err = w.chooseAgain(sms); err != nil {
			t.Fatal(err)
		}
		mail, err := w.answerPage(again, "ANSWER", "EMAIL_OTP")
		w.expect("EMAIL_OTP", mail, err)
		done, err := w.answerPage(mail, "EMAIL_OTP_CODE", w.lastCode())
		if err != nil || done.Proof == nil {
			t.Fatalf("%+v, %v", done, err)
		}
	})
}

// There is no return where there was no choice, or before the first factor.
func TestChooseAgainNeedsAChoice(t *testing.T) {
	w := openWorld(t)
	w.offer(userpool.MFAOptional, "s")
	w.change(smsFactor)
	sms := w.onPage("SMS_MFA")
	if _, err := w.chooseAgain(sms); err == nil {
		t.Error("returned to a list of one factor")
	}
	done, err := w.answerPage(sms, "SMS_MFA_CODE", w.lastCode())
	if err != nil || done.Proof == nil {
		t.Fatalf("%+v, %v", done, err)
	}
}

// On a page a user without a phone number sets one up. The API has no such response.
func TestSettingUpAPhoneNumber(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.recoverBy("admin_only")
		w.offer(userpool.MFAOn, "st")
		list := w.onPage("MFA_SETUP")
		number := map[string]string{"USERNAME": "ann", "PHONE_NUMBER": "+15550104821"}
		_, err := w.answer("MFA_SETUP", list.Session, number)
		if fault.Of(err) == nil {
			t.Fatalf("the API accepts a phone number: %v", err)
		}
		if _, err = w.answerPage(list, "PHONE_NUMBER", "0155"); fault.Of(err) == nil {
			t.Fatalf("invalid number: %v", err)
		}
		sms, err := w.answerPage(list, "PHONE_NUMBER", "+15550104821")
		w.expect("SMS_MFA", sms, err)
		if f := w.factors(); len(f.Enabled) > 0 {
			t.Fatalf("enabled before the code: %v", f)
		}
		_, err = w.answerPage(sms, "SMS_MFA_CODE", "not it")
		wants(t, "wrong code", err, fault.WrongFactorCode)
		w.clk.Advance(signin.ResendWait)
		if sms, err = w.resend(sms); err != nil {
			t.Fatal(err)
		}
		back, err := w.chooseAgain(sms)
		w.expect("MFA_SETUP", back, err)
		w.mail()
		if sms, err = w.answerPage(back, "PHONE_NUMBER", "+15550104822"); err != nil {
			t.Fatal(err)
		}
		done, err := w.answerPage(sms, "SMS_MFA_CODE", w.lastCode())
		if err != nil || done.Proof == nil {
			t.Fatalf("%+v, %v", done, err)
		}
		w.change(func(u *userpool.User) {
			if u.Attributes["phone_number"] != "+15550104822" || !u.Verified("phone_number") ||
				len(u.Factors.Enabled) != 1 || u.Factors.Enabled[0] != userpool.SMSMFA {
				t.Errorf("%v %v", u.Attributes, u.Factors)
			}
		})
	})
}

// Messages to new phone numbers are limited over all sign-ins of a user.
func TestSetUpMessagesAreLimited(t *testing.T) {
	w := openWorld(t)
	w.recoverBy("admin_only")
	w.offer(userpool.MFAOn, "st")
	for range userpool.AttemptAttributeCode.Limit() {
		if _, err := w.answerPage(w.onPage("MFA_SETUP"), "PHONE_NUMBER", "+15550104821"); err != nil {
			t.Fatal(err)
		}
	}
	_, err := w.answerPage(w.onPage("MFA_SETUP"), "PHONE_NUMBER", "+15550104821")
	wants(t, "one more", err, fault.TooManyRequestsRate)
}
