package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestOutboxCommands(t *testing.T) {
	dir := newStore(t)
	err := storeFlags{Data: dir}.withStore(slog.Default(), func(ctx context.Context, db *store.DB) error {
		err := db.Update(ctx, func(tx *store.Tx) error {
			if err := tx.InsertPool(&userpool.Pool{
				ID: "us-east-1_A", Account: "111111111111", Region: "us-east-1",
			}); err != nil {
				return err
			}
			for _, id := range []string{"first", "second", "third"} {
				m := userpool.Message{
					ID: id, PoolID: "us-east-1_A", Medium: userpool.Email,
					Username: "ann.secret", To: "ann.secret@example.com",
					Subject: "Welcome", Body: "Your code is 483920", Code: "483920",
					TriggerSource: "CustomMessage_SignUp",
				}
				if err := tx.Enqueue(&m); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		claimed, err := db.Outbox().Claim(ctx, nil, 10, time.Minute)
		for _, m := range claimed {
			if err := db.Outbox().MarkDead(ctx, m); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	outbox := func(args ...string) (int, string, string) {
		return command(append([]string{"outbox", args[0], "--data", dir}, args[1:]...)...)
	}
	lists := func(want ...string) {
		t.Helper()
		status, out, errs := outbox("list")
		if status != 0 || strings.Count(out, "us-east-1_A") != len(want) {
			t.Errorf("list: %d %s %s", status, out, errs)
		}
		for _, id := range want {
			if !strings.Contains(out, id) {
				t.Errorf("%s is not listed: %s", id, out)
			}
		}
		for _, secret := range []string{"ann.secret", "example.com", "483920", "Welcome", "Your code"} {
			if strings.Contains(out+errs, secret) {
				t.Errorf("the list has %q: %s", secret, out)
			}
		}
	}
	lists("first", "second", "third")
	if _, out, _ := outbox("list"); !strings.Contains(out, "a***@e***") || !strings.Contains(out, "SignUp") {
		t.Errorf("list: %s", out)
	}
	for _, args := range [][]string{
		{"purge"}, {"retry"}, {"purge", ""}, {"purge", "--all", "first"}, {"purge", "unknown"},
	} {
		if status, _, errs := outbox(args...); status == 0 || errs == "" {
			t.Errorf("%v: %d %s", args, status, errs)
		}
	}
	if status, out, errs := outbox("retry", "first"); status != 0 || !strings.Contains(out, "again: 1") {
		t.Errorf("retry: %d %s %s", status, out, errs)
	}
	lists("second", "third")
	if status, _, errs := outbox("retry", "first"); status == 0 || !strings.Contains(errs, "not a dead message") {
		t.Errorf("retried twice: %d %s", status, errs)
	}
	if status, out, errs := outbox("purge", "--all"); status != 0 || !strings.Contains(out, "deleted: 2") {
		t.Errorf("purge: %d %s %s", status, out, errs)
	}
	lists()
}
