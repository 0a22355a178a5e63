package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/outbound/deliver"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

type outboxCmd struct {
	List  outboxList  `cmd:"" help:"List the dead messages, with masked addresses."`
	Retry outboxRetry `cmd:"" help:"Send dead messages whose codes have not expired. Running servers start within a second."`
	Purge outboxPurge `cmd:"" help:"Delete dead messages."`
}

type outboxList struct{ storeFlags }

// Run lists the dead messages.
func (f *outboxList) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		w := tabwriter.NewWriter(out.stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "MESSAGE\tPOOL\tTO\tOCCASION\tATTEMPTS\tDEAD SINCE\tCODE EXPIRES")
		const pageSize = 500
		var last store.DeadMessage
		for {
			var dead []store.DeadMessage
			err := db.View(ctx, func(tx *store.Tx) (err error) {
				dead, err = tx.DeadMessages(last, pageSize)
				return err
			})
			if err != nil {
				return err
			}
			for _, m := range dead {
				printDead(w, m)
			}
			if len(dead) < pageSize {
				return w.Flush()
			}
			last = dead[pageSize-1]
		}
	})
}

func printDead(w io.Writer, m store.DeadMessage) {
	to, occasion, expires := "unreadable", "-", "-"
	if m.Medium != "" {
		to = deliver.DeliveryOf(m.Message, "").Destination
		occasion = deliver.Occasion(m.TriggerSource).Short()
		expires = m.Expires().Format(time.RFC3339)
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\t%s\n",
		m.ID, m.PoolID, to, occasion, m.Attempts, m.Since.Format(time.RFC3339), expires)
}

// deadChoice selects dead messages.
type deadChoice struct {
	storeFlags
	All     bool     `help:"All dead messages."`
	Message []string `arg:"" optional:"" help:"Ids of messages, as list prints them."`
}

// each calls fn for every selected message, or once with an empty id for all. It
// returns the sum of the results of fn.
func (f *deadChoice) each(
	log *slog.Logger, fn func(db *store.DB, ctx context.Context, id string) (int, error),
) (total int, err error) {
	ids := f.Message
	if f.All == (len(ids) > 0) || slices.Contains(ids, "") {
		return 0, &config.FieldError{
			Field: "message", Problem: "which messages is not clear",
			Cure: "name some, as list prints them, or write --all",
		}
	}
	if f.All {
		ids = []string{""}
	}
	err = f.withStore(log, func(ctx context.Context, db *store.DB) error {
		for _, id := range ids {
			n, err := fn(db, ctx, id)
			total += n
			if err != nil {
				return err
			}
			if n == 0 && id != "" {
				return fmt.Errorf("message %s is not a dead message, or its code has expired", id)
			}
		}
		return nil
	})
	return total, err
}

type outboxRetry struct{ deadChoice }

// Run makes messages due again.
func (f *outboxRetry) Run(log *slog.Logger, out *output) error {
	n, err := f.each(log, (*store.DB).RetryMessages)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.stdout, "messages to be sent again: %d; those whose codes have expired stay\n", n)
	return err
}

type outboxPurge struct{ deadChoice }

// Run deletes messages.
func (f *outboxPurge) Run(log *slog.Logger, out *output) error {
	n, err := f.each(log, (*store.DB).PurgeMessages)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.stdout, "messages deleted: %d\n", n)
	return err
}
