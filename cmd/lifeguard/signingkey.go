package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/flow/token"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

type signingKeyCmd struct {
	List   signingKeyList   `cmd:"" help:"List the keys of pools and the state of each."`
	Rotate signingKeyRotate `cmd:"" help:"Create new keys for pools. Running servers use them within a second."`
}

// eachPool calls fn for the given pools or, if there are none, for each pool that
// has signing keys.
func eachPool(ctx context.Context, db *store.DB, pools []string, fn func(poolID string) error) error {
	if len(pools) == 0 {
		err := db.View(ctx, func(tx *store.Tx) (err error) {
			pools, err = tx.PoolsWithSigningKeys()
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, id := range pools {
		if err := fn(id); err != nil {
			return fmt.Errorf("%s: %w", id, err)
		}
	}
	return nil
}

type signingKeyList struct {
	storeFlags
	Pool []string `arg:"" optional:"" help:"Pools. Without one, all."`
}

// Run lists signing keys.
func (f *signingKeyList) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		w := tabwriter.NewWriter(out.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "POOL\tKEY ID\tTOKENS\tSTATE\tCREATED\tSIGNS FROM\tREMOVED")
		err := eachPool(ctx, db, f.Pool, func(poolID string) error {
			return db.View(ctx, func(tx *store.Tx) error { return printSigningKeys(w, tx, poolID) })
		})
		return errors.Join(err, w.Flush())
	})
}

func printSigningKeys(w io.Writer, tx *store.Tx, poolID string) error {
	if _, err := tx.Pool(poolID); err != nil {
		return err
	}
	keys, err := tx.SigningKeys(poolID)
	for _, k := range keys {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", poolID, k.KeyID, k.Use, keys.State(k, tx.Now),
			k.Created.Format(time.RFC3339), timeOrDash(k.Signs), timeOrDash(k.Expires))
	}
	return err
}

func timeOrDash(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.RFC3339)
}

// The default overlap and its bounds. Key sets may be cached for a minute.
const (
	defaultOverlap = 24 * time.Hour
	minOverlap     = time.Minute
	maxOverlap     = 30 * 24 * time.Hour
)

type signingKeyRotate struct {
	storeFlags
	Overlap *time.Duration `help:"How long the new keys are published before they sign: 1m to 720h. By default 24h." xor:"when"`
	Now     bool           `help:"For leaked keys: the new keys sign at once, and all earlier tokens become invalid." xor:"when"`
	All     bool           `help:"All pools."`
	Pool    []string       `arg:"" optional:"" help:"Pools."`
}

// Run creates new keys for pools.
func (f *signingKeyRotate) Run(log *slog.Logger, out *output) error {
	if f.All == (len(f.Pool) > 0) {
		return &config.FieldError{Field: "pool", Problem: "which pools is not clear", Cure: "name some, or write --all"}
	}
	overlap := defaultOverlap
	if f.Overlap != nil {
		overlap = *f.Overlap
	}
	if overlap < minOverlap || overlap > maxOverlap {
		return &config.FieldError{
			Field: "overlap", Problem: overlap.String() + " is too short or too long",
			Cure: "write 1m to 720h; --now is for leaked keys",
		}
	}
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		keys := token.Keymaker{Store: db, Stock: token.NewStock(entropy.System(), 0)}
		return eachPool(ctx, db, f.Pool, func(poolID string) error {
			done, err := f.rotate(ctx, keys, poolID, overlap)
			if err == nil {
				_, err = fmt.Fprintf(out.stdout, "%s: %s\n", poolID, done)
			}
			return err
		})
	})
}

// rotate rotates the keys of a pool and returns a sentence about the result. With
// --all a rotation in progress is not an error.
func (f *signingKeyRotate) rotate(
	ctx context.Context, keys token.Keymaker, poolID string, overlap time.Duration,
) (done string, err error) {
	if f.Now {
		return "the old keys are removed, the new ones sign", keys.Replace(ctx, poolID)
	}
	signs, err := keys.Rotate(ctx, poolID, overlap)
	if f.All && errors.Is(err, token.ErrRotating) {
		return err.Error(), nil
	}
	return "the new keys are published, and sign from " + signs.Format(time.RFC3339), err
}
