package main

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

type masterKeyCmd struct {
	New    masterKeyNew    `cmd:"" help:"Print a new key, for a file with mode 0600 or for LIFEGUARD_MASTER_KEY."`
	Rotate masterKeyRotate `cmd:"" help:"Add a new key to the file and wrap every data key under it. Running servers continue."`
}

type masterKeyNew struct{}

// Run prints a key.
func (masterKeyNew) Run(out *output) error {
	keys, err := store.NewMasterKeys(entropy.System())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out.stdout, keys.Text())
	return err
}

type masterKeyRotate struct{ storeFlags }

// Run rotates the key file, after its keys have opened the store. The older keys
// stay in the file: a server that starts before all data keys are rewrapped needs
// them.
func (f *masterKeyRotate) Run(log *slog.Logger, out *output) error {
	path := f.MasterKeyFile
	if path == "" && f.Data != "" {
		path = filepath.Join(f.Data, "master.key")
	}
	if path == "" {
		return &config.FieldError{
			Field: "master-key-file", Problem: "missing: the command needs the file of the keys", Cure: "name the file",
		}
	}
	f.MasterKeyFile = path
	return f.withStore(log, func(ctx context.Context, db *store.DB) error {
		now, err := store.LoadMasterKeys(path, false, entropy.System())
		if err != nil {
			return err
		}
		next, err := now.Rotate(entropy.System())
		if err != nil {
			return err
		}
		if err := next.WriteFile(path); err != nil {
			return err
		}
		n, err := db.RotateMaster(ctx, next)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(out.stdout,
			"%d data keys are wrapped under the new key; %s holds it first, the older ones after it\n", n, path)
		return err
	})
}
