package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

var errBusy = errors.New("450 mailbox busy")

func TestDrainSendsEverythingDue(t *testing.T) {
	b := newBench(answering(nil), answering(nil))
	const each = 150 // more than one claim
	for i := range each {
		b.queue.put(userpool.Message{Body: fmt.Sprint(i)})
		b.queue.put(userpool.Message{Medium: userpool.SMS, To: "+15550001234"})
	}
	b.drain(t)
	for _, r := range b.queue.rows {
		if !r.done || r.claim != 1 {
			t.Fatalf("%s: done %v after %d claims", r.ID, r.done, r.claim)
		}
	}
	seen := map[string]bool{}
	for _, m := range b.email.sent() {
		seen[m.Body] = true
	}
	if len(seen) != each || len(b.sms.sent()) != each {
		t.Errorf("%d e-mails and %d text messages, want %d of each", len(seen), len(b.sms.sent()), each)
	}
	want := deliver.Stats{
		Count:    deliver.Count{Sent: 2 * each},
		ByMedium: map[userpool.Medium]deliver.Count{userpool.Email: {Sent: each}, userpool.SMS: {Sent: each}},
	}
	if diff := cmp.Diff(want, b.Stats()); diff != "" {
		t.Errorf("stats: %s", diff)
	}
}

// The pauses double from two seconds to ten minutes, less up to a quarter, and
// continue until the code has expired.
func TestRetriesBackOffAndEnd(t *testing.T) {
	b := newBench(answering(errBusy), answering(nil))
	r := b.queue.put(userpool.Message{})
	whole := 2 * time.Second
	for attempt := 1; attempt <= 12; attempt++ {
		b.drain(t)
		if got := len(b.email.sent()); got != attempt {
			t.Fatalf("%d attempts, want %d", got, attempt)
		}
		pause := r.retries[attempt-1]
		if pause > whole || pause < whole*3/4 {
			t.Errorf("pause %d is %v, want within a quarter below %v", attempt, pause, whole)
		}
		if r.dead {
			t.Fatalf("dead after attempt %d", attempt)
		}
		b.clock.Advance(pause - time.Millisecond)
		b.drain(t)
		if got := len(b.email.sent()); got != attempt {
			t.Fatal("retried before the pause was over")
		}
		b.clock.Advance(time.Millisecond)
		whole = min(2*whole, 10*time.Minute)
	}
	b.clock.Advance(24 * time.Hour)
	b.drain(t)
	if got := b.Stats().ByMedium[userpool.Email]; !r.dead || got != (deliver.Count{Failed: 13, Dead: 1}) ||
		len(b.email.sent()) != 12 {
		t.Errorf("a day later: dead %v, counted %+v, %d sent", r.dead, got, len(b.email.sent()))
	}
}

func TestPausesDiffer(t *testing.T) {
	b := newBench(answering(errBusy), answering(nil))
	pauses := map[time.Duration]bool{}
	for range 50 {
		b.queue.put(userpool.Message{})
	}
	b.drain(t)
	for _, r := range b.queue.rows {
		pauses[r.retries[0]] = true
	}
	if len(pauses) < 40 {
		t.Errorf("50 messages that failed together are retried at %d times", len(pauses))
	}
}

func TestRecoversAfterFailures(t *testing.T) {
	tries := 0
	b := newBench(&sender{answer: func(context.Context, userpool.Message) error {
		if tries++; tries < 3 {
			return errBusy
		}
		return nil
	}}, answering(nil))
	r := b.queue.put(userpool.Message{})
	for range 3 {
		b.drain(t)
		b.clock.Advance(time.Minute)
	}
	if !r.done || b.Stats().Count != (deliver.Count{Sent: 1, Failed: 2}) {
		t.Errorf("done %v, counted %+v", r.done, b.Stats().Count)
	}
}

// An expired code is not sent.
func TestExpiredCodesAreNotSent(t *testing.T) {
	for _, c := range []struct {
		occasion deliver.Occasion
		life     time.Duration
	}{
		{deliver.SignUp, 24 * time.Hour},
		{deliver.ResendCode, 24 * time.Hour},
		{deliver.VerifyAttribute, 24 * time.Hour},
		{deliver.UpdateAttribute, 24 * time.Hour},
		{deliver.Invitation, 24 * time.Hour},
		{deliver.ForgotPassword, time.Hour},
		{deliver.Authentication, 15 * time.Minute},
	} {
		b := newBench(answering(nil), answering(nil))
		put := func(created time.Time) *row {
			return b.queue.put(userpool.Message{TriggerSource: string(c.occasion), Created: created})
		}
		inTime, late := put(noon.Add(time.Second-c.life)), put(noon.Add(-c.life))
		b.drain(t)
		if !inTime.done || late.done || !late.dead || len(b.email.sent()) != 1 {
			t.Errorf("%s: in time done %v; late done %v, dead %v", c.occasion, inTime.done, late.done, late.dead)
		}
	}
}

func TestNoRetryAfterExpiryOfCode(t *testing.T) {
	b := newBench(answering(errBusy), answering(nil))
	r := b.queue.put(userpool.Message{
		TriggerSource: string(deliver.ForgotPassword), Created: noon.Add(time.Second - time.Hour),
	})
	b.drain(t)
	if !r.dead {
		t.Error("a retry was planned after the code expires")
	}
}

func TestFinalFailures(t *testing.T) {
	panicking := &sender{answer: func(context.Context, userpool.Message) error { panic("cannot encode") }}
	for _, c := range []struct {
		name    string
		email   *sender
		message userpool.Message
		calls   int
		logged  string
	}{
		{"a permanent error", answering(fmt.Errorf("%w: 550 no such user", deliver.ErrPermanent)),
			userpool.Message{}, 1, "550 no such user"},
		{"the sender panics", panicking, userpool.Message{}, 1, "the attempt panicked: cannot encode"},
		{"no sender for the medium", answering(nil), userpool.Message{Medium: "FAX"}, 0,
			"nothing is configured to send FAX"},
		{"a line break in the address", answering(nil),
			userpool.Message{To: "ann@example.com\r\nBcc: eve@example.org"}, 0,
			"an address contains a control character"},
		{"a line break in the sender", answering(nil),
			userpool.Message{From: "ann@example.com\nBcc: eve@example.org"}, 0,
			"an address contains a control character"},
		{"a line break in the reply-to", answering(nil),
			userpool.Message{ReplyTo: "ann@example.com\rBcc: eve@example.org"}, 0,
			"an address contains a control character"},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(c.email, answering(nil))
			r := b.queue.put(c.message)
			b.drain(t)
			if !r.dead || r.Attempts != 1 || len(b.email.sent()) != c.calls {
				t.Errorf("dead %v after %d attempts, %d calls of the sender", r.dead, r.Attempts, len(b.email.sent()))
			}
			if b.Stats().Count != (deliver.Count{Failed: 1, Dead: 1}) {
				t.Errorf("counted %+v", b.Stats().Count)
			}
			if !strings.Contains(b.log.String(), c.logged) {
				t.Errorf("log lacks %q: %s", c.logged, b.log)
			}
		})
	}
}

func TestSubjectsStayOnOneLine(t *testing.T) {
	b := newBench(answering(nil), answering(nil))
	b.queue.put(userpool.Message{Subject: "Hello\r\nBcc: eve@example.org"})
	b.drain(t)
	if got := b.email.sent()[0].Subject; got != "HelloBcc: eve@example.org" {
		t.Errorf("subject %q", got)
	}
}

// Servers often repeat what they refuse; the log must not.
func TestLogIsRedacted(t *testing.T) {
	m := userpool.Message{
		To: "ann.secret@example.com", Body: "<p>Your code is 483920</p>", Code: "Tmp-Passw0rd!", Subject: "Hello",
		Link: "https://id.example.com/confirmUser/?user_name=ann&confirmation_code=483920",
	}
	phone := userpool.Message{Medium: userpool.SMS, To: "+15550001234", Body: "Your code is 771204", Code: "771204"}
	echo := func(m userpool.Message) error {
		return fmt.Errorf(
			"550 %s <%[1]s> rejected (ANN.SECRET@EXAMPLE.COM, ann.secret%%40example.com, 15550001234), saw %q %s %s",
			m.To, m.Body, m.Code, m.Link)
	}
	for name, answer := range map[string]func(m userpool.Message) error{
		"sent":     func(userpool.Message) error { return nil },
		"retried":  echo,
		"dead":     func(m userpool.Message) error { return errors.Join(deliver.ErrPermanent, echo(m)) },
		"panicked": func(m userpool.Message) error { panic(echo(m)) },
	} {
		s := &sender{answer: func(_ context.Context, m userpool.Message) error { return answer(m) }}
		b := newBench(s, s)
		b.queue.put(m)
		b.queue.put(phone)
		b.drain(t)
		log := strings.ToLower(b.log.String())
		for _, secret := range []string{"ann.secret", "5550001234", "483920", "771204", "tmp-passw0rd", "your code"} {
			if strings.Contains(log, secret) {
				t.Errorf("%s: the log contains %q: %s", name, secret, log)
			}
		}
		if !strings.Contains(log, "a***@e***") || !strings.Contains(log, "+*******1234") {
			t.Errorf("%s: the log lacks the masked addresses: %s", name, log)
		}
	}
}

func TestDrainReportsStoreErrors(t *testing.T) {
	b := newBench(answering(nil), answering(nil))
	b.queue.claimErr = errors.New("disk failure")
	if err := b.Drain(t.Context()); !errors.Is(err, b.queue.claimErr) {
		t.Errorf("drain: %v", err)
	}
}

func TestSentButNotRemovedIsLogged(t *testing.T) {
	b := newBench(answering(nil), answering(nil))
	b.queue.doneErr = errors.New("disk failure")
	b.queue.put(userpool.Message{})
	b.drain(t)
	if !strings.Contains(b.log.String(), "may run again") {
		t.Errorf("log: %s", b.log)
	}
}
