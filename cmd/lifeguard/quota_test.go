package main

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func TestQuotas(t *testing.T) {
	dir := newStore(t)
	const pool = "us-east-1_Quota"
	err := storeFlags{Data: dir}.withStore(slog.Default(), func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error {
			return tx.InsertPool(&userpool.Pool{ID: pool, Account: "111111111111", Region: "us-east-1"})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	quota := func(args ...string) (int, string, string) {
		return command(append([]string{"quota", args[0], "--data", dir}, args[1:]...)...)
	}
	shows := func(holder, name, limit, fallback string) {
		t.Helper()
		_, out, errs := quota("list", holder)
		for _, line := range strings.Split(out, "\n") {
			if f := strings.Fields(line); len(f) == 3 && f[0] == name {
				if f[1] != limit || f[2] != fallback {
					t.Errorf("%s: %s", holder, line)
				}
				return
			}
		}
		t.Errorf("%s lacks %s: %s %s", holder, name, out, errs)
	}
	shows(pool, "Groups", "10000", "10000")
	shows("111111111111", "UserPools", "1000", "1000")
	for _, args := range [][]string{
		{"set", pool, "Groups", "7"}, {"set", pool, "Terms", "9"}, {"set", "111111111111", "UserPools", "20000"},
	} {
		if status, _, errs := quota(args...); status != 0 {
			t.Errorf("%v: %s", args, errs)
		}
	}
	shows(pool, "Groups", "7", "10000")
	shows(pool, "Terms", "9", "40")
	shows("111111111111", "UserPools", "20000", "1000")
	if status, _, errs := quota("set", pool, "Groups", "default"); status != 0 {
		t.Error(errs)
	}
	if status, _, errs := quota("set", "111111111111", "UserPools", "default"); status != 0 {
		t.Error(errs)
	}
	shows(pool, "Groups", "10000", "10000")
	shows(pool, "Terms", "9", "40")
	shows("111111111111", "UserPools", "1000", "1000")
	for want, args := range map[string][]string{
		"no quota \"groups\"":                {"set", pool, "groups", "7"},
		"no quota \"UserPools\"":             {"set", pool, "UserPools", "7"},
		"no quota \"Groups\"":                {"set", "111111111111", "Groups", "7"},
		"write a number":                     {"set", pool, "Groups", "many"},
		"is negative":                        {"set", pool, "Groups", "--", "-1"},
		"allows at most 100":                 {"set", pool, "CallbackURLs", "101"},
		"User pool us-east-1_None does not":  {"set", "us-east-1_None", "Groups", "7"},
		"User pool us-east-1_Other does not": {"list", "us-east-1_Other"},
	} {
		if status, _, errs := quota(args...); status == 0 || !strings.Contains(errs, want) {
			t.Errorf("%v: %d %q, want %s", args, status, errs, want)
		}
	}
}
