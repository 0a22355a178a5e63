package main

import (
	"context"
	"fmt"
	"log/slog"
	"text/tabwriter"
	"time"

	"lifeguard/internal/clock"
	"lifeguard/internal/config"
	"lifeguard/internal/entropy"
	"lifeguard/internal/server"
	"lifeguard/internal/store"
	"lifeguard/internal/userpool"
)

// withStore opens the store of the flags, migrating it, for one command.
func (f storeFlags) withStore(log *slog.Logger, fn func(context.Context, *store.DB) error) (err error) {
	c := f.config()
	if c.Data == "" && c.Database == "" {
		return &config.FieldError{Field: "data", Problem: "nothing says which store", Cure: "name a directory with --data DIR or a PostgreSQL with --database postgres://…"}
	}
	ctx := context.Background()
	db, err := server.OpenStore(ctx, c, clock.System(), log)
	if err != nil {
		return err
	}
	defer func() {
		if closing := db.Close(); err == nil {
			err = closing
		}
	}()
	return fn(ctx, db)
}

type migrateCmd struct{ storeFlags }

// Run migrates and stops.
func (f *migrateCmd) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(context.Context, *store.DB) error {
		_, err := fmt.Fprintln(out.stdout, "the schema is up to date")
		return err
	})
}

type accessKeyCmd struct {
	Create accessKeyCreate `cmd:"" help:"Make a key; its secret is shown once."`
	List   accessKeyList   `cmd:"" help:"List the keys, without their secrets."`
	Revoke accessKeyRevoke `cmd:"" help:"Refuse a key from now on."`
}

type accessKeyCreate struct {
	storeFlags
	Account     string `help:"AWS account id of twelve digits that the key belongs to." default:"000000000000"`
	Description string `help:"What the key is for."`
}

// Run makes an access key and prints it as environment variables.
func (f *accessKeyCreate) Run(log *slog.Logger, out *output) error {
	if len(f.Account) != 12 {
		return &config.FieldError{Field: "account", Problem: fmt.Sprintf("%q is not an account id", f.Account), Cure: "write twelve digits"}
	}
	rand := entropy.System()
	key := userpool.AccessKey{
		ID: rand.AccessKeyID(), Secret: userpool.Secret(rand.AccessKeySecret()),
		Account: f.Account, Description: f.Description, Created: clock.System().Now(),
	}
	err := f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error { return tx.InsertAccessKey(&key) })
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out.stdout, "export AWS_ACCESS_KEY_ID=%s\nexport AWS_SECRET_ACCESS_KEY=%s\n", key.ID, key.Secret.Reveal())
	return err
}

type accessKeyList struct{ storeFlags }

// Run lists the access keys.
func (f *accessKeyList) Run(log *slog.Logger, out *output) error {
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.View(ctx, func(tx *store.Tx) error {
			keys, err := tx.AccessKeys()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(out.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "ACCESS KEY ID\tACCOUNT\tCREATED\tREVOKED\tDESCRIPTION")
			for _, k := range keys {
				revoked := "-"
				if !k.Revoked.IsZero() {
					revoked = k.Revoked.Format(time.RFC3339)
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", k.ID, k.Account, k.Created.Format(time.RFC3339), revoked, k.Description)
			}
			return w.Flush()
		})
	})
}

type accessKeyRevoke struct {
	storeFlags
	ID string `arg:"" help:"The access key id."`
}

// Run revokes an access key.
func (f *accessKeyRevoke) Run(log *slog.Logger, out *output) error {
	err := f.withStore(log, func(ctx context.Context, db *store.DB) error {
		return db.Update(ctx, func(tx *store.Tx) error { return tx.RevokeAccessKey(f.ID) })
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.stdout, f.ID, "is revoked")
	return err
}
