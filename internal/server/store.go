package server

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/config"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/face/awsapi/gate"
	"github.com/lifeguard-auth/lifeguard/internal/store"
)

// DevMasterKeyFile is the default file of the master key of a dev server on
// PostgreSQL, in its working directory.
const DevMasterKeyFile = "lifeguard-master.key"

// OpenStore opens the store of a configuration for a command, without a server.
// It does not create a store: a mistyped name must not become one.
func OpenStore(ctx context.Context, c config.Config, clk clock.Clock, log *slog.Logger) (*store.DB, error) {
	return openStore(ctx, c, clk, log, false)
}

// CreateStore is like OpenStore but creates a missing store, as a server does.
func CreateStore(ctx context.Context, c config.Config, clk clock.Clock, log *slog.Logger) (*store.DB, error) {
	return openStore(ctx, c, clk, log, true)
}

func openStore(
	ctx context.Context, c config.Config, clk clock.Clock, log *slog.Logger, create bool,
) (*store.DB, error) {
	if err := c.CheckStore(); err != nil {
		return nil, err
	}
	s := &Server{Config: c, clock: clk, log: log}
	if err := s.open(ctx, entropy.System(), create); err != nil {
		return nil, s.dataError(err)
	}
	return s.store, nil
}

func (s *Server) open(ctx context.Context, rand entropy.Source, create bool) error {
	keys, err := s.masterKeys(ctx, rand, create)
	if err != nil {
		return err
	}
	s.store, err = store.Open(ctx, store.Config{
		Dir: s.Config.Data, PostgresURL: s.Config.Database, MasterKeys: keys,
		Clock: s.clock, Entropy: rand, Logger: s.log,
		Timeout: s.Config.DatabaseTimeout, ReleaseSlot: gate.ReleaseSlot,
	})
	return err
}

// dataError returns a *config.FieldError for the setting data if err is about the
// data directory or a path above or below it, else err.
func (s *Server) dataError(err error) error {
	var file *fs.PathError
	data := filepath.Clean(s.Config.Data)
	if s.Config.Data != "" && errors.As(err, &file) &&
		(strings.HasPrefix(file.Path, data) || strings.HasPrefix(data, file.Path)) {
		return &config.FieldError{
			Field: "data", Problem: err.Error(),
			Cure: "let the user that runs the server read and write this directory, or name another one",
		}
	}
	return err
}

// masterKeys reads the master keys that the configuration names. For a new
// embedded store, if create allows one, it makes a key file in the directory. An
// existing store needs the keys that it was created with.
func (s *Server) masterKeys(ctx context.Context, rand entropy.Source, create bool) (store.MasterKeys, error) {
	c := s.Config
	if c.Data == ":memory:" {
		if c.MasterKey == "" && c.MasterKeyFile == "" {
			return store.NewMasterKeys(rand)
		}
	} else if c.Data != "" {
		exists, err := store.Exists(c.Data)
		if err != nil {
			return store.MasterKeys{}, err
		}
		if !exists && !create {
			return store.MasterKeys{}, &config.FieldError{
				Field: "data", Problem: c.Data + " holds no store",
				Cure: "name the directory of a server, or make a store with `lifeguard migrate`",
			}
		}
		create = !exists
	}
	switch {
	case c.MasterKey != "":
		return store.ParseMasterKeys(c.MasterKey)
	case c.MasterKeyFile != "":
		return store.LoadMasterKeys(c.MasterKeyFile, false, rand)
	case c.Database != "": // dev mode only; serve mode requires a key setting
		sealed, err := store.Sealed(ctx, c.Database)
		if err != nil {
			return store.MasterKeys{}, err
		}
		return keyFile(DevMasterKeyFile, "the database", !sealed, rand)
	default:
		return keyFile(filepath.Join(c.Data, "master.key"), "the store in "+c.Data, create, rand)
	}
}

// keyFile reads the default key file of a store, and makes it if the store is
// new. of describes the store in errors.
func keyFile(path, of string, create bool, rand entropy.Source) (store.MasterKeys, error) {
	keys, err := store.LoadMasterKeys(path, create, rand)
	if errors.Is(err, fs.ErrNotExist) {
		return keys, &config.FieldError{
			Field: "master-key-file", Problem: of + " is sealed, and its key file is missing: " + path,
			Cure: "put the key back from its backup, or name its file",
		}
	}
	return keys, err
}
