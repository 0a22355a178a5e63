package deliver_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// running is a worker in a synctest bubble, where time passes only when all
// goroutines wait.
type running struct {
	*deliver.Worker
	queue *queue
	stop  context.CancelFunc
	done  chan error
}

func start(t *testing.T, email, sms *sender) *running {
	return startOn(t, newQueue(clock.System()), email, sms)
}

// startOn starts a worker of an outbox that others may share.
func startOn(t *testing.T, q *queue, email, sms *sender) *running {
	r := &running{
		queue: q, done: make(chan error, 1),
		Worker: deliver.NewWorker(q, deliver.Senders{userpool.Email: email, userpool.SMS: sms}, clock.System(),
			slog.New(slog.NewTextHandler(io.Discard, nil))),
	}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.done <- r.Run(ctx) }()
	return r
}

// end stops the worker and returns how long that took.
func (r *running) end(t *testing.T) time.Duration {
	t.Helper()
	before := clock.System().Now()
	r.stop()
	if err := <-r.done; err != nil {
		t.Errorf("run: %v", err)
	}
	return clock.System().Now().Sub(before)
}

func TestRunWakesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		email := answering(nil)
		w := start(t, email, answering(nil))
		synctest.Wait()
		w.queue.put(userpool.Message{})
		synctest.Wait() // no time has passed
		if len(email.sent()) != 1 {
			t.Error("not sent when it was enqueued")
		}
		w.end(t)
	})
}

// A message of another node, a retry and an expired lease cause no wake-up.
func TestRunPollsEverySecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		email := answering(nil)
		w := start(t, email, answering(nil))
		synctest.Wait()
		r := w.queue.put(userpool.Message{})
		w.queue.mu.Lock()
		r.due = r.due.Add(1500 * time.Millisecond)
		w.queue.mu.Unlock()
		time.Sleep(1400 * time.Millisecond)
		synctest.Wait()
		if len(email.sent()) != 0 {
			t.Fatal("sent before it was due")
		}
		time.Sleep(700 * time.Millisecond)
		synctest.Wait()
		if len(email.sent()) != 1 {
			t.Error("not sent within a second")
		}
		w.end(t)
	})
}

func TestSlowMailDoesNotStopTextMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		email := &sender{answer: func(context.Context, userpool.Message) error {
			<-release
			return nil
		}}
		sms := answering(nil)
		w := start(t, email, sms)
		for range 700 {
			w.queue.put(userpool.Message{})
		}
		synctest.Wait()
		w.queue.put(userpool.Message{Medium: userpool.SMS, To: "+15550001234"})
		synctest.Wait()
		if len(sms.sent()) != 1 {
			t.Error("the text message waits for the mail")
		}
		if email.maxAtOnce != 8 {
			t.Errorf("%d mails at once, want 8", email.maxAtOnce)
		}
		if claimed := w.queue.claims(); claimed != 16+1 {
			t.Errorf("%d messages were claimed, want as many as there are free slots", claimed)
		}
		close(release)
		synctest.Wait() // no time has passed
		if got := w.Stats().ByMedium[userpool.Email]; got != (deliver.Count{Sent: 700}) || email.maxAtOnce != 8 {
			t.Errorf("counted %+v, %d at once", got, email.maxAtOnce)
		}
		w.end(t)
	})
}

// A burst is sent at the speed of the senders: 2000 messages, 8 at once on
// every node, 100 ms each.
func TestBurstIsSentAtTheSpeedOfTheSender(t *testing.T) {
	for nodes, want := range map[int]time.Duration{1: 25 * time.Second, 2: 12500 * time.Millisecond} {
		synctest.Test(t, func(t *testing.T) {
			q := newQueue(clock.System())
			var running []*running
			for range nodes {
				email := &sender{answer: func(context.Context, userpool.Message) error {
					time.Sleep(100 * time.Millisecond)
					return nil
				}}
				running = append(running, startOn(t, q, email, answering(nil)))
			}
			for range 2000 {
				q.put(userpool.Message{TriggerSource: string(deliver.Authentication)})
			}
			// A node without OnEnqueue polls within a second.
			time.Sleep(want + time.Second)
			synctest.Wait()
			var sent uint64
			for _, w := range running {
				sent += w.Stats().Sent
				if w.Stats().Failed != 0 {
					t.Errorf("%d failed", w.Stats().Failed)
				}
				w.end(t)
			}
			if sent != 2000 || q.claims() != 2000 {
				t.Errorf("%d nodes: %d sent, %d claims", nodes, sent, q.claims())
			}
		})
	}
}

// Waiting is not an attempt: a message released by a stop keeps its number of
// attempts, and the next node makes the first one.
func TestStopCountsNoAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &sender{answer: func(context.Context, userpool.Message) error {
			time.Sleep(time.Second)
			return nil
		}}
		w := start(t, slow, answering(nil))
		for range 12 {
			w.queue.put(userpool.Message{})
		}
		synctest.Wait()
		w.end(t)
		next := answering(nil)
		w = startOn(t, w.queue, next, answering(nil))
		synctest.Wait()
		got := next.sent()
		for _, m := range got {
			if m.Attempts != 1 {
				t.Errorf("attempt %d", m.Attempts)
			}
		}
		if claims := w.queue.claims(); claims != 12+4 {
			t.Errorf("%d claims", claims)
		}
		if len(got) != 4 {
			t.Errorf("%d were released, want 4", len(got))
		}
		w.end(t)
	})
}

// A message whose lease expired while it waited belongs to the next claimant.
func TestSlowMailIsSentOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		email := &sender{answer: func(context.Context, userpool.Message) error {
			time.Sleep(29 * time.Second)
			return nil
		}}
		w := start(t, email, answering(nil))
		for range 100 {
			w.queue.put(userpool.Message{})
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		times := map[string]int{}
		for _, m := range email.sent() {
			times[m.ID]++
		}
		for id, n := range times {
			if n != 1 {
				t.Errorf("%s was sent %d times", id, n)
			}
		}
		if len(times) != 100 {
			t.Errorf("%d of 100 sent", len(times))
		}
		w.end(t)
	})
}

func TestSendsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &sender{answer: func(ctx context.Context, _ userpool.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		w := start(t, hanging, answering(nil))
		r := w.queue.put(userpool.Message{})
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if seen := w.queue.snapshot(r); len(seen.retries) != 1 || seen.dead {
			t.Errorf("retries %v, dead %v", seen.retries, seen.dead)
		}
		w.end(t)
	})
}

func TestStopLetsASendFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		email := &sender{answer: func(ctx context.Context, _ userpool.Message) error {
			select {
			case <-time.After(3 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		w := start(t, email, answering(nil))
		for range 20 {
			w.queue.put(userpool.Message{})
		}
		synctest.Wait()
		if took := w.end(t); took != 3*time.Second {
			t.Errorf("the stop took %v", took)
		}
		var done, waiting int
		for _, r := range w.queue.rows {
			switch {
			case r.done:
				done++
			case len(r.retries) == 1 && r.retries[0] == 0:
				waiting++
			}
		}
		if done != 8 || waiting != 8 { // 4 were not claimed
			t.Errorf("%d were finished and %d released, want 8 and 8", done, waiting)
		}
		if w.Stats().Count != (deliver.Count{Sent: 8}) {
			t.Errorf("counted %+v", w.Stats().Count)
		}
	})
}

func TestStopDoesNotWaitForAHangingServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &sender{answer: func(ctx context.Context, _ userpool.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		w := start(t, hanging, answering(nil))
		r := w.queue.put(userpool.Message{})
		synctest.Wait()
		if took := w.end(t); took != 5*time.Second {
			t.Errorf("the stop took %v", took)
		}
		if len(r.retries) != 1 || r.dead {
			t.Errorf("retries %v, dead %v", r.retries, r.dead)
		}
	})
}

// Drain waits for messages that Run has just claimed.
func TestDrainWaitsForRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		email := &sender{answer: func(context.Context, userpool.Message) error {
			time.Sleep(time.Second)
			return nil
		}}
		w := start(t, email, answering(nil))
		r := w.queue.put(userpool.Message{})
		synctest.Wait()
		if len(email.sent()) != 1 {
			t.Fatal("Run has not claimed the message")
		}
		if err := w.Drain(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !w.queue.snapshot(r).done {
			t.Error("Drain returned before the message was sent")
		}
		w.end(t)
	})
}

func TestDrainEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := &sender{answer: func(ctx context.Context, _ userpool.Message) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		w := start(t, hanging, answering(nil))
		w.queue.put(userpool.Message{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		before := clock.System().Now()
		if err := w.Drain(ctx); err == nil || clock.System().Now().Sub(before) != time.Second {
			t.Errorf("drain: %v after %v", err, clock.System().Now().Sub(before))
		}
		w.end(t)
	})
}

func TestRunContinuesAfterStoreErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		email := answering(nil)
		w := start(t, email, answering(nil))
		w.queue.mu.Lock()
		w.queue.claimErr = errors.New("disk failure")
		w.queue.mu.Unlock()
		w.queue.put(userpool.Message{})
		time.Sleep(10 * time.Second)
		w.queue.mu.Lock()
		w.queue.claimErr = nil
		w.queue.mu.Unlock()
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if len(email.sent()) != 1 {
			t.Error("not sent once the store was back")
		}
		w.end(t)
	})
}
