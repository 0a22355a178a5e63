package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
)

// rootsRow counts the changes of sealing roots in config_epoch.
const rootsRow = epochRows

// RetireAfter is how long a root may be needed after its replacement: the longest
// validity of a refresh token.
const RetireAfter = 3650 * 24 * time.Hour

// SealingRoot describes a root to an operator, without its key.
type SealingRoot struct {
	ID seal.RootID
	// Created is when it was created, Replaced when the next one was created, and
	// Retired when its key was deleted; zero means never.
	Created, Replaced, Retired time.Time
	sealed                     []byte
}

// rootSet is the set of roots at an epoch, which counts their changes.
type rootSet struct {
	epoch int64
	roots seal.Roots
}

// Tokens returns a sealer of the strings of one purpose that clients hold. It
// uses the sealing roots, which an operator can rotate while nodes run.
func (db *DB) Tokens(purpose string) seal.Tokens { return seal.NewTokens(db, purpose) }

// Roots implements seal.RootSource. The roots may be stale, by up to followEvery.
func (db *DB) Roots() seal.Roots { return db.roots.Load().roots }

// RefreshRoots implements seal.RootSource: it reads the roots from the database.
func (db *DB) RefreshRoots(ctx context.Context) (seal.Roots, error) {
	var read *rootSet
	err := db.View(ctx, func(tx *Tx) (err error) {
		read, err = tx.readRoots()
		return err
	})
	if err != nil {
		return nil, err
	}
	for {
		known := db.roots.Load()
		if known != nil && known.epoch > read.epoch {
			return known.roots, nil
		}
		if db.roots.CompareAndSwap(known, read) {
			return read.roots, nil
		}
	}
}

// readRoots reads the epoch before the roots: the roots are never older than the
// epoch.
func (tx *Tx) readRoots() (*rootSet, error) {
	read := &rootSet{}
	if _, err := tx.one([]any{&read.epoch}, `SELECT epoch FROM config_epoch WHERE shard = $1`,
		int64(rootsRow)); err != nil {
		return nil, err
	}
	rows, err := tx.SealingRoots()
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		root := seal.Root{ID: row.ID, Retired: !row.Retired.IsZero()}
		switch {
		case root.Retired:
		case root.ID == seal.RootID{}:
			root.Key = tx.db.root
		default:
			raw, err := tx.open(rootPlace(row.ID), row.sealed)
			if err != nil {
				return nil, err
			}
			if root.Key, err = seal.NewKey(raw); err != nil {
				return nil, err
			}
		}
		read.roots = append(read.roots, root)
	}
	return read, nil
}

func rootPlace(id seal.RootID) place { return place{"", "sealing_root", id.String(), "sealed"} }

// SealingRoots returns all roots, oldest first. The last one is in use.
func (tx *Tx) SealingRoots() ([]SealingRoot, error) {
	var first SealingRoot
	var made int64
	if _, err := tx.one([]any{&made}, `SELECT created FROM data_key WHERE pool_id = ''`); err != nil {
		return nil, err
	}
	roots := []SealingRoot{first}
	err := tx.each(func(scan func(...any) error) error {
		var r SealingRoot
		var id string
		var created, retired int64
		if err := scan(&id, &created, &retired, &r.sealed); err != nil {
			return err
		}
		r.Created, r.Retired = fromMillis(created), fromMillis(retired)
		var err error
		if r.ID, err = seal.ParseRootID(id); err != nil {
			return err
		}
		if r.ID == first.ID {
			roots[0] = r
			return nil
		}
		roots = append(roots, r)
		return nil
	}, `SELECT root_id, created, retired, sealed FROM sealing_root ORDER BY created, root_id`)
	roots[0].Created = fromMillis(made)
	for i := range roots[1:] {
		roots[i].Replaced = roots[i+1].Created
	}
	return roots, err
}

// RotateSealingRoot creates a root and returns its id. Every node seals with it
// from now on. Strings that are sealed with older roots can still be opened.
func (db *DB) RotateSealingRoot(ctx context.Context) (id seal.RootID, err error) {
	err = db.Update(ctx, func(tx *Tx) (err error) {
		id, err = tx.insertSealingRoot()
		return err
	})
	if err == nil {
		_, err = db.RefreshRoots(ctx)
	}
	return id, err
}

func (tx *Tx) insertSealingRoot() (seal.RootID, error) {
	roots, err := tx.SealingRoots()
	if err != nil {
		return seal.RootID{}, err
	}
	id := seal.RootID(tx.db.entropy.Bytes(len(seal.RootID{})))
	sealed, err := tx.seal(rootPlace(id), tx.db.entropy.Bytes(seal.KeySize))
	if err != nil {
		return id, err
	}
	// The new root must sort last even if the clock was set back.
	created := max(millis(tx.Now), millis(roots[len(roots)-1].Created)+1)
	err = tx.queue(`INSERT INTO sealing_root (root_id, created, retired, sealed) VALUES ($1, $2, 0, $3)`,
		id.String(), created, sealed)
	tx.epochRows = append(tx.epochRows, rootsRow)
	return id, err
}

// RetireSealingRoot deletes the key of a root: strings that are sealed with it
// count as expired. It returns an error for the root in use and, unless early is
// set, for a root that was replaced less than RetireAfter ago.
func (db *DB) RetireSealingRoot(ctx context.Context, root string, early bool) error {
	id, err := seal.ParseRootID(root)
	if err != nil {
		return err
	}
	err = db.Update(ctx, func(tx *Tx) error { return tx.retireSealingRoot(id, early) })
	if err == nil {
		_, err = db.RefreshRoots(ctx)
	}
	return err
}

func (tx *Tx) retireSealingRoot(id seal.RootID, early bool) error {
	roots, err := tx.SealingRoots()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(roots, func(r SealingRoot) bool { return r.ID == id })
	if i < 0 {
		return fmt.Errorf("there is no root %s", id)
	}
	needed := roots[i].Replaced.Add(RetireAfter)
	switch r := roots[i]; {
	case !r.Retired.IsZero():
		return fmt.Errorf("root %s has been retired already", id)
	case r.Replaced.IsZero():
		return fmt.Errorf("root %s is in use; rotate first", id)
	case tx.Now.Before(needed) && !early:
		return fmt.Errorf("refresh tokens may need root %s until %s; with --early their users must sign in again",
			id, needed.Format(time.DateOnly))
	}
	err = tx.queue(`INSERT INTO sealing_root (root_id, created, retired, sealed) VALUES ($1, $2, $3, $4)
		ON CONFLICT (root_id) DO UPDATE SET retired = excluded.retired, sealed = excluded.sealed`,
		id.String(), millis(roots[i].Created), millis(tx.Now), []byte{})
	tx.epochRows = append(tx.epochRows, rootsRow)
	return err
}
