package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// seedBatch is how many users are written by one transaction.
const seedBatch = 2000

// crowdPool is the pool that seed creates in the account and region of an
// unsigned caller in dev mode.
const crowdPool = "us-east-1_Crowd"

// seed writes a pool with users directly into an embedded store that no server
// has open: a million sign-ups would take an hour of modular exponentiation.
func seed(ctx context.Context, dir string, users int) (err error) {
	keys, err := store.LoadMasterKeys(filepath.Join(dir, "master.key"), true, entropy.System())
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Config{
		Dir: dir, MasterKeys: keys,
		Clock: clock.System(), Entropy: entropy.System(),
		Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	p := &userpool.Pool{
		ID: crowdPool, Account: "000000000000", Region: "us-east-1",
		PoolSettings: userpool.PoolSettings{Name: "crowd", Schema: userpool.StandardSchema()},
	}
	if err := p.Complete(); err != nil {
		return err
	}
	if err := db.Update(ctx, func(tx *store.Tx) error {
		p.Created, p.Modified = tx.Now, tx.Now
		return tx.InsertPool(p)
	}); err != nil {
		return err
	}
	for first := 1; first <= users; first += seedBatch {
		if err := db.Update(ctx, func(tx *store.Tx) error {
			for n := first; n < first+seedBatch && n <= users; n++ {
				if err := tx.InsertUser(p, crowdUser(tx, p, n)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

func crowdUser(tx *store.Tx, p *userpool.Pool, n int) *userpool.User {
	name := fmt.Sprintf("user%07d", n)
	return &userpool.User{
		PoolID: p.ID, Username: name, Sub: fmt.Sprintf("00000000-0000-4000-8000-%012d", n), Status: userpool.Confirmed,
		Enabled: true, Created: tx.Now, Modified: tx.Now,
		UserProfile: userpool.UserProfile{
			Attributes: map[string]string{"email": name + "@example.com", "email_verified": "true"},
		},
	}
}
