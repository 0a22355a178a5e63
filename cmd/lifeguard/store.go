package main

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/server"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// withStore opens the store of the flags, migrating it, for one command.
func (f storeFlags) withStore(log *slog.Logger, fn func(context.Context, *store.DB) error) (err error) {
	c := f.config()
	if c.Data == "" && c.Database == "" {
		return &config.FieldError{Field: "data", Problem: "missing: the command needs a store", Cure: "name a directory with --data DIR or a PostgreSQL with --database postgres://…"}
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
