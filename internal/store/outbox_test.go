package store_test

import (
	"context"
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/after"
	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestOutbox(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			return tx.Enqueue(&userpool.Message{
				PoolID: p.ID, Medium: userpool.Email, To: "ann@example.com", Code: "123456",
			})
		})
		select {
		case <-db.Outbox().Wake():
		default:
			t.Error("Wake received nothing")
		}
		claim := func() []store.Message {
			m, err := db.Outbox().Claim(t.Context(), nil, 10, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		first := claim()
		if len(first) != 1 || first[0].Item.Code != "123456" || first[0].Attempts != 0 || first[0].Claim != 1 {
			t.Fatalf("claimed %+v", first)
		}
		if again := claim(); len(again) != 0 {
			t.Error("claimed while leased")
		}
		clk.Advance(time.Minute)
		second := claim()
		if len(second) != 1 || second[0].Attempts != 0 || second[0].Claim != 2 {
			t.Fatalf("after the lease: %+v", second)
		}
		second[0].Attempts++
		if err := db.Outbox().Retry(t.Context(), second[0], clk.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		clk.Advance(59 * time.Minute)
		if early := claim(); len(early) != 0 {
			t.Error("claimed before its retry")
		}
		clk.Advance(time.Minute)
		third := claim()
		if len(third) != 1 || third[0].Attempts != 1 {
			t.Fatalf("after the retry's pause: %+v", third)
		}
		if err := db.Outbox().Done(t.Context(), third[0]); err != nil {
			t.Fatal(err)
		}
		clk.Advance(24 * time.Hour)
		if waiting, dead, err := db.OutboxDepth(t.Context()); err != nil || waiting != 0 || dead != 0 {
			t.Errorf("%d wait, %d dead, %v", waiting, dead, err)
		}
	})
}

// A holder whose lease has expired cannot change a message that another holder has
// claimed since, or one that was deleted.
func TestLostClaimsChangeNothing(t *testing.T) {
	outbox := func(t *testing.T, db *store.DB) func() []store.Message {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			return tx.Enqueue(&userpool.Message{PoolID: p.ID, Medium: userpool.Email})
		})
		return func() []store.Message {
			m, err := db.Outbox().Claim(t.Context(), nil, 10, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
	}
	for name, write := range map[string]func(context.Context, store.Outbox, store.Message) error{
		"renew": func(ctx context.Context, o store.Outbox, m store.Message) error {
			_, err := o.Renew(ctx, m, time.Hour)
			return err
		},
		"done": func(ctx context.Context, o store.Outbox, m store.Message) error {
			return o.Done(ctx, m)
		},
		"retry": func(ctx context.Context, o store.Outbox, m store.Message) error {
			return o.Retry(ctx, m, time.Time{})
		},
		"mark dead": func(ctx context.Context, o store.Outbox, m store.Message) error {
			return o.MarkDead(ctx, m)
		},
	} {
		t.Run(name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
				claim := outbox(t, db)
				late := claim()[0]
				clk.Advance(time.Minute)
				now := claim()[0]
				if err := write(t.Context(), db.Outbox(), late); !errors.Is(err, after.ErrLost) {
					t.Errorf("the late holder: %v", err)
				}
				if again := claim(); len(again) != 0 {
					t.Error("due while it is being sent")
				}
				clk.Advance(time.Minute)
				if again := claim(); len(again) != 1 || again[0].Claim != now.Claim+1 {
					t.Errorf("after the lease of the other holder: %+v", again)
				} else if err := write(t.Context(), db.Outbox(), again[0]); err != nil { // the control
					t.Errorf("the current holder: %v", err)
				}
				update(t, db, func(tx *store.Tx) error { return tx.DeletePool("us-east-1_A") })
				if _, err := db.Sweep(t.Context()); err != nil {
					t.Fatal(err)
				}
				now.Claim++
				if err := write(t.Context(), db.Outbox(), now); !errors.Is(err, after.ErrLost) {
					t.Errorf("without the row: %v", err)
				}
			})
		})
	}
}

func TestRenewedLeasesHold(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			return tx.Enqueue(&userpool.Message{PoolID: p.ID, Medium: userpool.Email})
		})
		claim := func() []store.Message {
			m, err := db.Outbox().Claim(t.Context(), nil, 10, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		held := claim()[0]
		clk.Advance(50 * time.Second)
		until, err := db.Outbox().Renew(t.Context(), held, time.Minute)
		if err != nil || !until.Equal(clk.Now().Add(time.Minute)) {
			t.Fatalf("renewed until %v, %v", until, err)
		}
		clk.Advance(59 * time.Second)
		if got := claim(); len(got) != 0 {
			t.Error("claimed under a renewed lease")
		}
		clk.Advance(time.Second)
		if got := claim(); len(got) != 1 {
			t.Error("not due when the renewed lease expired")
		}
	})
}

// A claim takes as many messages of every lane as its caller has room for.
func TestClaimsFillLanes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error {
			for _, m := range []userpool.Message{
				{Medium: userpool.Email},
				{Medium: userpool.SMS},
				{Medium: userpool.Email, Handover: &userpool.Handover{}},
			} {
				for range 5 {
					m.ID, m.PoolID = "", "us-east-1_A"
					if err := tx.Enqueue(&m); err != nil {
						return err
					}
				}
			}
			return nil
		})
		claim := func(held map[string]int) map[string]int {
			claimed, err := db.Outbox().Claim(t.Context(), held, 3, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, m := range claimed {
				got[m.Lane]++
			}
			return got
		}
		held := map[string]int{"EMAIL": 3, "SMS": 1}
		if got, want := claim(held), map[string]int{"SMS": 2, "EMAIL us-east-1_A": 3}; !maps.Equal(got, want) {
			t.Errorf("claimed %v, want %v", got, want)
		}
		want := map[string]int{"EMAIL": 3, "SMS": 3, "EMAIL us-east-1_A": 2}
		if got := claim(nil); !maps.Equal(got, want) {
			t.Errorf("claimed %v, want %v", got, want)
		}
	})
}

// Codes that expire soon are claimed before others.
func TestShortLivedCodesAreClaimedFirst(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		pool(t, db, "us-east-1_A")
		for _, source := range []string{
			"CustomMessage_SignUp", "CustomMessage_ForgotPassword", "CustomMessage_Authentication",
		} {
			update(t, db, func(tx *store.Tx) error {
				return tx.Enqueue(&userpool.Message{
					PoolID: "us-east-1_A", Medium: userpool.Email, TriggerSource: source,
				})
			})
			clk.Advance(time.Second)
		}
		for _, want := range []string{
			"CustomMessage_Authentication", "CustomMessage_ForgotPassword", "CustomMessage_SignUp",
		} {
			got, err := db.Outbox().Claim(t.Context(), nil, 1, time.Minute)
			if err != nil || len(got) != 1 || got[0].Item.TriggerSource != want {
				t.Errorf("claimed %+v, %v, want %s", got, err, want)
			}
		}
	})
}

func TestParallelClaimsDoNotShare(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		update(t, db, func(tx *store.Tx) error {
			if err := tx.InsertPool(&userpool.Pool{ID: "us-east-1_A"}); err != nil {
				return err
			}
			for range 20 {
				if err := tx.Enqueue(&userpool.Message{PoolID: "us-east-1_A", Medium: userpool.Email}); err != nil {
					return err
				}
			}
			return nil
		})
		var mu sync.Mutex
		seen := map[string]int{}
		parallel(t, 8, func() (bool, error) {
			claimed, err := db.Outbox().Claim(context.Background(), nil, 20, time.Minute)
			mu.Lock()
			defer mu.Unlock()
			for _, m := range claimed {
				seen[m.ID]++
			}
			return true, err
		})
		if len(seen) != 20 {
			t.Errorf("%d messages claimed, want 20", len(seen))
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("%s claimed %d times", id, n)
			}
		}
	})
}

func TestAccessKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		update(t, db, func(tx *store.Tx) error {
			return tx.InsertAccessKey(&userpool.AccessKey{
				ID: "AKIA1", Secret: "secret", Account: "111111111111", Created: tx.Now,
			})
		})
		update(t, db, func(tx *store.Tx) error { return tx.RevokeAccessKey("AKIA1") })
		view(t, db, func(tx *store.Tx) error {
			k, err := tx.AccessKey("AKIA1")
			if err == nil && (k.Secret.Reveal() != "secret" || k.Revoked.IsZero()) {
				t.Errorf("read %+v", k)
			}
			if unknown, err := tx.AccessKey("AKIA2"); unknown != nil || err != nil {
				t.Errorf("unknown key: %v, %v", unknown, err)
			}
			return err
		})
		if err := db.Update(t.Context(),
			func(tx *store.Tx) error { return tx.RevokeAccessKey("AKIA1") }); !errors.Is(err, fault.ResourceNotFound) {
			t.Errorf("revoked twice: %v", err)
		}
	})
}
