package deliver_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// killableOutbox is the outbox of a process that SIGKILL ends: later writes have
// no effect.
type killableOutbox struct {
	store.Outbox
	mu     sync.Mutex
	killed bool
}

var errKilled = errors.New("killed")

func (k *killableOutbox) unlessKilled(fn func() error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.killed {
		return errKilled
	}
	return fn()
}

func (k *killableOutbox) kill() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.killed = true
}

func (k *killableOutbox) Done(ctx context.Context, j job) error {
	return k.unlessKilled(func() error { return k.Outbox.Done(ctx, j) })
}

func (k *killableOutbox) Retry(ctx context.Context, j job, at time.Time) error {
	return k.unlessKilled(func() error { return k.Outbox.Retry(ctx, j, at) })
}

func (k *killableOutbox) MarkDead(ctx context.Context, j job) error {
	return k.unlessKilled(func() error { return k.Outbox.MarkDead(ctx, j) })
}

// provider accepts messages and counts them by code and id: a duplicate has the
// same id.
type provider struct {
	mu       sync.Mutex
	accepted map[string]int
	// before and after are called before and after a message is accepted.
	before, after func(m userpool.Message) error
}

func (p *provider) Send(_ context.Context, m userpool.Message) error {
	if p.before != nil {
		if err := p.before(m); err != nil {
			return err
		}
	}
	p.mu.Lock()
	p.accepted[m.Code+" "+m.ID]++
	p.mu.Unlock()
	if p.after != nil {
		return p.after(m)
	}
	return nil
}

func worker(q after.Queue[userpool.Message], p *provider, c clock.Clock) *deliver.Worker {
	return deliver.NewWorker(q, deliver.Senders{userpool.Email: p}, c, slog.New(slog.DiscardHandler))
}

// outbox fills the outbox with a message for each code.
func outbox(t *testing.T, db *store.DB, codes ...string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.InsertPool(&userpool.Pool{ID: "us-east-1_A"}); err != nil {
			return err
		}
		for _, code := range codes {
			m := userpool.Message{
				ID: "id-" + code, PoolID: "us-east-1_A", Medium: userpool.Email, To: "ann@example.com", Code: code,
				TriggerSource: "CustomMessage_SignUp",
			}
			if err := tx.Enqueue(&m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A process is killed before it sends, after it has sent, and in between. Its
// successor sends no message whose lease has not expired, and all others. Only
// a message that the provider accepted but that was not recorded as sent is
// sent twice, with the same id: it cannot be distinguished from one that was
// not accepted, and no message may be lost.
func TestKilledProcessLosesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		outbox(t, db, "recorded", "before", "after", "later")
		p := &provider{accepted: map[string]int{}}
		first := &killableOutbox{Outbox: db.Outbox()}
		p.before = func(m userpool.Message) error {
			if m.Code == "before" {
				first.kill()
				return errKilled
			}
			return nil
		}
		p.after = func(m userpool.Message) error {
			if m.Code == "after" {
				first.kill()
			}
			return nil
		}
		for _, code := range []string{"recorded", "after", "before"} {
			first.mu.Lock()
			first.killed = false // one kill for each message
			first.mu.Unlock()
			one := only{first, "id-" + code}
			if err := worker(one, p, clk).Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		p.before, p.after = nil, nil
		second := worker(db.Outbox(), p, clk)
		drain := func() {
			t.Helper()
			if err := second.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		drain()
		wantAccepted(t, "while leases hold", p,
			map[string]int{"recorded id-recorded": 1, "after id-after": 1, "later id-later": 1})
		clk.Advance(2 * time.Minute)
		drain()
		want := map[string]int{
			"recorded id-recorded": 1, "after id-after": 2, "before id-before": 1, "later id-later": 1,
		}
		wantAccepted(t, "after the leases", p, want)
		clk.Advance(time.Hour)
		drain()
		wantAccepted(t, "an hour later", p, want)
		if waiting, dead, err := db.OutboxDepth(t.Context()); err != nil || waiting+dead != 0 {
			t.Errorf("%d waiting, %d dead, %v", waiting, dead, err)
		}
	})
}

// only claims one message and no others.
type only struct {
	*killableOutbox
	id string
}

func (o only) Claim(ctx context.Context, held map[string]int, _ int, lease time.Duration) (mine []job, err error) {
	all, err := o.Outbox.Claim(ctx, held, 100, lease)
	for _, j := range all {
		if j.ID == o.id {
			mine = append(mine, j)
			continue
		}
		if err := o.Outbox.Retry(ctx, j, time.Time{}); err != nil {
			return nil, err
		}
	}
	return mine, err
}

func wantAccepted(t *testing.T, when string, p *provider, want map[string]int) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if fmt.Sprint(p.accepted) != fmt.Sprint(want) {
		t.Errorf("%s: accepted %v, want %v", when, p.accepted, want)
	}
}

// Two workers, as on two nodes, never send the same message.
func TestNodesShareTheWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		var codes []string
		for i := range 100 {
			codes = append(codes, fmt.Sprint(i))
		}
		outbox(t, db, codes...)
		p := &provider{accepted: map[string]int{}}
		var nodes sync.WaitGroup
		for range 3 {
			nodes.Go(func() {
				if err := worker(db.Outbox(), p, clk).Drain(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		nodes.Wait()
		if len(p.accepted) != len(codes) {
			t.Errorf("%d sent", len(p.accepted))
		}
		for m, n := range p.accepted {
			if n != 1 {
				t.Errorf("%s sent %d times", m, n)
			}
		}
	})
}

// Two nodes share a burst. Their clock stands still, so a message that had to
// wait for a lease or a retry would never be sent.
func TestNodesShareABurst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		const burst = 300
		var codes []string
		for i := range burst {
			codes = append(codes, fmt.Sprint(i))
		}
		outbox(t, db, codes...)
		all, sent := make(chan struct{}), atomic.Int64{}
		p := &provider{accepted: map[string]int{}, after: func(userpool.Message) error {
			if sent.Add(1) == burst {
				close(all)
			}
			return nil
		}}
		ctx, stop := context.WithCancel(t.Context())
		var nodes sync.WaitGroup
		for range 2 {
			nodes.Go(func() {
				if err := worker(db.Outbox(), p, clk).Run(ctx); err != nil {
					t.Error(err)
				}
			})
		}
		<-all
		stop()
		nodes.Wait()
		for m, n := range p.accepted {
			if n != 1 {
				t.Errorf("%s sent %d times", m, n)
			}
		}
		if waiting, dead, err := db.OutboxDepth(t.Context()); err != nil || waiting+dead != 0 {
			t.Errorf("%d waiting, %d dead, %v", waiting, dead, err)
		}
	})
}

// A mail server that accepts connections and sends nothing blocks no
// transaction: the only writer of the store continues while every slot hangs.
func TestHangingServerHoldsNoTransaction(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		outbox(t, db, "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12")
		hanging, release := make(chan struct{}, 12), make(chan struct{})
		p := &provider{accepted: map[string]int{}, before: func(userpool.Message) error {
			hanging <- struct{}{}
			<-release
			return errors.New("no answer")
		}}
		w := worker(db.Outbox(), p, clk)
		done := make(chan error, 1)
		go func() { done <- w.Drain(t.Context()) }()
		for range 8 { // as many as are sent at once
			<-hanging
		}
		for i := range 50 {
			m := userpool.Message{PoolID: "us-east-1_A", ID: fmt.Sprintf("new-%d", i), Medium: userpool.Email}
			err := db.Update(t.Context(), func(tx *store.Tx) error { return tx.Enqueue(&m) })
			if err != nil {
				t.Fatal(err)
			}
		}
		if waiting, _, err := db.OutboxDepth(t.Context()); err != nil || waiting != 62 {
			t.Errorf("%d waiting, %v", waiting, err)
		}
		select {
		case err := <-done:
			t.Errorf("the worker was not busy: %v", err)
		default:
		}
		p.before = nil
		close(release)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}
