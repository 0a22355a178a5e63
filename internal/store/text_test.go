package store_test

import (
	"errors"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/store/storetest"
)

// On every engine, text that PostgreSQL cannot store is never found and cannot be
// written.
func TestTextThatCannotBeStored(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *clock.Driven) {
		p := pool(t, db, "us-east-1_Test")
		update(t, db, func(tx *store.Tx) error { return tx.InsertUser(p, user(p, "a\u0001b", nil)) })
		for name, text := range map[string]string{
			"U+0000": "a\x00b", "truncated rune": "a\xc3", "surrogate": "\xed\xa0\x80",
		} {
			view(t, db, func(tx *store.Tx) error {
				if _, err := tx.User(p, text); !errors.Is(err, fault.UserNotFound) {
					t.Errorf("%s: the user: %v", name, err)
				}
				if _, err := tx.Device(p.ID, "ann", text); !errors.Is(err, fault.ResourceNotFound) {
					t.Errorf("%s: the device: %v", name, err)
				}
				if _, err := tx.Pool(text); !errors.Is(err, fault.ResourceNotFound) {
					t.Errorf("%s: the pool: %v", name, err)
				}
				return nil
			})
			for what, write := range map[string]func(*store.Tx) error{
				"insert": func(tx *store.Tx) error { return tx.InsertUser(p, user(p, text, nil)) },
				"count":  func(tx *store.Tx) error { return tx.CountAttempt(p.ID, text, "test") },
				"lock out": func(tx *store.Tx) error {
					_, err := tx.RecordFailure(p.ID, text)
					return err
				},
			} {
				if err := db.Update(t.Context(), write); err == nil || fault.Of(err) != nil {
					t.Errorf("%s: %s: %v", name, what, err)
				}
			}
		}
		view(t, db, func(tx *store.Tx) error {
			u, err := tx.User(p, "a\u0001b")
			if err == nil && u.Username != "a\u0001b" {
				t.Errorf("positive control: %q", u.Username)
			}
			return err
		})
	})
}
