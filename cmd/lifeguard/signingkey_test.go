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

// newPools creates a store with pools, and signing keys for all except the last.
func newPools(t *testing.T, ids ...string) (dir string) {
	t.Helper()
	dir = newStore(t)
	err := storeFlags{Data: dir}.withStore(slog.Default(), func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error {
			for i, id := range ids {
				pool := userpool.Pool{ID: id, Account: "111111111111", Region: "us-east-1"}
				if err := tx.InsertPool(&pool); err != nil {
					return err
				}
				if i == len(ids)-1 {
					break
				}
				var first []userpool.SigningKey
				for _, use := range userpool.KeyUses {
					first = append(first, userpool.SigningKey{
						PoolID: id, Use: use, KeyID: "first-" + string(use), PKCS8: []byte("PRIVATE"), Created: tx.Now,
					})
				}
				if err := tx.InsertSigningKeys(first); err != nil {
					return err
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSigningKeyCommands(t *testing.T) {
	const one, two, unused = "us-east-1_One", "us-east-1_Two", "us-east-1_Unused"
	dir := newPools(t, one, two, unused)
	keys := func(args ...string) (int, string, string) {
		return command(append([]string{"signing-key", args[0], "--data", dir}, args[1:]...)...)
	}
	// lists compares the states of a pool's keys, in the order of the list.
	lists := func(pool, want string) {
		t.Helper()
		status, out, errs := keys("list", pool)
		var states []string
		for _, line := range strings.Split(out, "\n") {
			if f := strings.Fields(line); len(f) == 7 && f[0] == pool {
				states = append(states, f[2]+":"+f[3])
			}
		}
		if got := strings.Join(states, " "); status != 0 || got != want || strings.Contains(out, "PRIVATE") {
			t.Errorf("%s: %q, want %q: %d %s %s", pool, got, want, status, out, errs)
		}
	}
	does := func(want string, args ...string) {
		t.Helper()
		if status, out, errs := keys(args...); status != 0 || !strings.Contains(out, want) {
			t.Errorf("%v: %d %s %s, want %s", args, status, out, errs, want)
		}
	}
	const first, both = "id:current access:current", "id:current access:current id:next access:next"
	lists(one, first)
	lists(unused, "")
	signs := time.Now().UTC().Add(48 * time.Hour).Format("2006-01-02T")
	does(one+": the new keys are published, and sign from "+signs, "rotate", one, "--overlap", "48h")
	lists(one, both)
	lists(two, first)
	does(one+": a rotation is in progress", "rotate", "--all")
	lists(two, both)
	if _, out, _ := keys("list"); strings.Count(out, "first-id") != 2 || strings.Contains(out, unused) {
		t.Errorf("list of all: %s", out)
	}
	does(two+": the old keys are removed", "rotate", two, "--now")
	lists(two, first)
	if _, out, _ := keys("list", two); strings.Contains(out, "first-") {
		t.Errorf("the old keys are listed: %s", out)
	}
	for want, args := range map[string][]string{
		"which pools is not clear":          {"rotate"},
		"or write --all":                    {"rotate", one, "--all"},
		one + ": a rotation is in progress": {"rotate", one},
		unused + ": the pool has no":        {"rotate", unused},
		"us-east-1_None":                    {"list", "us-east-1_None"},
		"User pool us-east-1_Other":         {"rotate", "us-east-1_Other", "--now"},
		"59s is too short":                  {"rotate", two, "--overlap", "59s"},
		"721h0m0s is too short":             {"rotate", two, "--overlap", "721h"},
		"can't be used together":            {"rotate", two, "--overlap", "1h", "--now"},
	} {
		if status, _, errs := keys(args...); status == 0 || !strings.Contains(errs, want) {
			t.Errorf("%v: %d %q, want %s", args, status, errs, want)
		}
	}
	lists(two, first)
}
