package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// put enqueues a message and, if dead, marks it as dead.
func put(t *testing.T, db *store.DB, m userpool.Message, dead bool) {
	t.Helper()
	m.Medium = userpool.Email
	update(t, db, func(tx *store.Tx) error { return tx.Enqueue(&m) })
	if !dead {
		return
	}
	claimed, err := db.Outbox().Claim(t.Context(), nil, 100, time.Minute)
	if err != nil || len(claimed) != 1 || claimed[0].ID != m.ID {
		t.Fatalf("claimed %+v, %v", claimed, err)
	}
	claimed[0].Attempts = 3
	if err := db.Outbox().MarkDead(t.Context(), claimed[0]); err != nil {
		t.Fatal(err)
	}
}

func depth(t *testing.T, db *store.DB, waiting, dead int64) {
	t.Helper()
	if w, d, err := db.OutboxDepth(t.Context()); err != nil || w != waiting || d != dead {
		t.Errorf("%d wait and %d are dead, %v; want %d and %d", w, d, err, waiting, dead)
	}
}

func deadIDs(t *testing.T, db *store.DB) (ids []string) {
	t.Helper()
	view(t, db, func(tx *store.Tx) error {
		ids = nil
		dead, err := tx.DeadMessages(store.DeadMessage{}, 100)
		for _, m := range dead {
			ids = append(ids, m.ID)
		}
		return err
	})
	return ids
}

// The messages to a user, dead or waiting, are deleted with the user, and no
// others.
func TestMessagesAreDeletedWithTheirUser(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "ann", nil)) })
		put(t, db, userpool.Message{ID: "1", PoolID: p.ID, Username: "ann"}, true)
		put(t, db, userpool.Message{ID: "2", PoolID: p.ID, Username: "ann@example.com", Owner: "ann"}, true)
		put(t, db, userpool.Message{ID: "3", PoolID: p.ID, Username: "bob"}, true)
		put(t, db, userpool.Message{ID: "4", PoolID: p.ID, Username: "ann"}, false)
		put(t, db, userpool.Message{ID: "5", PoolID: p.ID, Username: "bob"}, false)
		depth(t, db, 2, 3)
		update(t, db, func(tx *store.Tx) error { return tx.DeleteUser(p, "ann") })
		depth(t, db, 1, 1)
		if got := deadIDs(t, db); !slices.Equal(got, []string{"3"}) {
			t.Errorf("dead: %v", got)
		}
		update(t, db, func(tx *store.Tx) error { return tx.DeletePool(p.ID) })
		if _, err := db.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		depth(t, db, 0, 0)
	})
}

func TestDeadMessagesAreSwept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		put(t, db, userpool.Message{ID: "1", PoolID: p.ID}, true)
		clk.Advance(14*24*time.Hour - time.Minute)
		put(t, db, userpool.Message{ID: "2", PoolID: p.ID}, true)
		put(t, db, userpool.Message{ID: "3", PoolID: p.ID}, false)
		for _, want := range [][]string{{"1", "2"}, {"2"}} {
			if _, err := db.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := deadIDs(t, db); !slices.Equal(got, want) {
				t.Errorf("dead: %v, want %v", got, want)
			}
			clk.Advance(time.Minute)
		}
		depth(t, db, 1, 1)
	})
}

func TestDeadMessagesAreRetriedAndPurged(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clk *clock.Driven) {
		p := pool(t, db, "us-east-1_A")
		put(t, db, userpool.Message{ID: "short", PoolID: p.ID, TriggerSource: "CustomMessage_Authentication"}, true)
		put(t, db, userpool.Message{ID: "1", PoolID: p.ID, Code: "123456"}, true)
		put(t, db, userpool.Message{ID: "2", PoolID: p.ID}, true)
		failed := clk.Now()
		clk.Advance(time.Hour)
		view(t, db, func(tx *store.Tx) error {
			dead, err := tx.DeadMessages(store.DeadMessage{Message: userpool.Message{PoolID: p.ID, ID: "1"}}, 1)
			if err == nil &&
				(len(dead) != 1 || dead[0].ID != "2" || dead[0].Attempts != 3 || !dead[0].Since.Equal(failed)) {
				t.Errorf("listed %+v", dead)
			}
			return err
		})
		check := func(what string, n int, err error, want int) {
			t.Helper()
			if err != nil || n != want {
				t.Errorf("%s: %d, %v, want %d", what, n, err, want)
			}
		}
		n, err := db.RetryMessages(t.Context(), "1")
		check("retry one", n, err, 1)
		claimed, err := db.Outbox().Claim(t.Context(), nil, 10, time.Minute)
		if err != nil || len(claimed) != 1 || claimed[0].Item.Code != "123456" || claimed[0].Attempts != 0 {
			t.Errorf("claimed %+v, %v", claimed, err)
		}
		n, err = db.PurgeMessages(t.Context(), "1")
		check("purge one that is being sent", n, err, 0)
		n, err = db.RetryMessages(t.Context(), "")
		check("retry all", n, err, 1)
		n, err = db.RetryMessages(t.Context(), "short")
		check("retry an expired one", n, err, 0)
		depth(t, db, 2, 1)
		n, err = db.PurgeMessages(t.Context(), "")
		check("purge all", n, err, 1)
		depth(t, db, 2, 0)
	})
}
