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

// opener is server.OpenStore or server.CreateStore.
type opener func(context.Context, config.Config, clock.Clock, *slog.Logger) (*store.DB, error)

// withStore opens the store of the flags, migrates it and calls fn.
func (f storeFlags) withStore(log *slog.Logger, fn func(context.Context, *store.DB) error) error {
	return f.with(server.OpenStore, log, fn)
}

func (f storeFlags) with(open opener, log *slog.Logger, fn func(context.Context, *store.DB) error) (err error) {
	ctx := context.Background()
	db, err := open(ctx, f.config(), clock.System(), log)
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

// Run migrates the store. It creates a missing store, as a server does.
func (f *migrateCmd) Run(log *slog.Logger, out *output) error {
	return f.with(server.CreateStore, log, func(context.Context, *store.DB) error {
		_, err := fmt.Fprintln(out.stdout, "the schema is up to date")
		return err
	})
}
