package main

import (
	"context"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store"
)

type sealingRootCmd struct {
	List   sealingRootList   `cmd:"" help:"List the roots, the one in use last."`
	Rotate sealingRootRotate `cmd:"" help:"Create a new root. Running servers use it within a second."`
	Retire sealingRootRetire `cmd:"" help:"Delete the key of an old root, under which all sealed strings have expired."`
}

type sealingRootList struct{ storeFlags }

// Run lists the roots.
func (f *sealingRootList) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		var roots []store.SealingRoot
		err := db.View(ctx, func(tx *store.Tx) (err error) {
			roots, err = tx.SealingRoots()
			return err
		})
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(out.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "ROOT\tCREATED\tREPLACED\tNEEDED UNTIL\tRETIRED")
		for _, r := range roots {
			needed := time.Time{}
			if r.Retired.IsZero() && !r.Replaced.IsZero() {
				needed = r.Replaced.Add(store.RetireAfter)
			}
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", r.ID, day(r.Created), day(r.Replaced), day(needed), day(r.Retired))
		}
		return w.Flush()
	})
}

// day returns a date, or a dash for the zero time.
func day(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format(time.DateOnly)
}

type sealingRootRotate struct{ storeFlags }

// Run creates a root.
func (f *sealingRootRotate) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		id, err := db.RotateSealingRoot(ctx)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out.stdout,
			"root %s is in use; the older ones still open what was sealed under them\n", id)
		return err
	})
}

type sealingRootRetire struct {
	storeFlags
	Early bool   `help:"Also if refresh tokens may still be valid. Their users must sign in again."`
	Root  string `arg:"" help:"Id of the root, as list prints it."`
}

// Run retires a root.
func (f *sealingRootRetire) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		if err := db.RetireSealingRoot(ctx, f.Root, f.Early); err != nil {
			return err
		}
		_, err := fmt.Fprintf(out.stdout, "root %s is retired\n", f.Root)
		return err
	})
}
