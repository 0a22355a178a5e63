package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// migrate updates the schema. Migrations only go forward. Each runs in its own
// transaction. A released migration is never edited.
func (db *DB) migrate(ctx context.Context) error {
	return db.engine.MigrationLock(ctx, func(ctx context.Context) error { return db.migrateFrom(ctx, migrations) })
}

func (db *DB) migrateFrom(ctx context.Context, files fs.FS) error {
	names, err := fs.Glob(files, "migrations/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(names)
	if err := db.schemaTable(ctx); err != nil {
		return err
	}
	if err := db.refuseNewer(ctx, names); err != nil {
		return err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		if err := db.apply(ctx, version(name), string(text)); err != nil {
			return fmt.Errorf("migration %s: %w", path.Base(name), err)
		}
	}
	return nil
}

// version returns the file's name without its extension. Versions sort in order
// of application.
func version(name string) string { return strings.TrimSuffix(path.Base(name), ".sql") }

func (db *DB) schemaTable(ctx context.Context) error {
	ddl := db.engine.Schema(`CREATE TABLE IF NOT EXISTS schema_migration (
		version TEXT /*bytewise*/ NOT NULL, checksum TEXT NOT NULL, applied BIGINT NOT NULL, PRIMARY KEY (version))`)
	return db.engine.Update(ctx, func(c engine.Conn) error {
		_, err := c.Exec(ctx, ddl[0])
		return err
	})
}

// refuseNewer returns an error if the schema of the database is newer than the
// binary.
func (db *DB) refuseNewer(ctx context.Context, names []string) error {
	return db.engine.View(ctx, func(c engine.Conn) error {
		return c.Each(ctx, func(scan func(...any) error) error {
			var v string
			if err := scan(&v); err != nil {
				return err
			}
			if !slices.ContainsFunc(names, func(n string) bool { return version(n) == v }) {
				return fmt.Errorf("the database has migration %s, which this version of Lifeguard does not have: "+
					"start a newer version", v)
			}
			return nil
		}, `SELECT version FROM schema_migration ORDER BY version`)
	})
}

func (db *DB) apply(ctx context.Context, v, text string) error {
	sum := sha256.Sum256([]byte(text))
	checksum := hex.EncodeToString(sum[:])
	return db.engine.Update(ctx, func(c engine.Conn) error {
		var applied string
		err := engine.One(ctx, c, []any{&applied}, `SELECT checksum FROM schema_migration WHERE version = $1`, v)
		if err == nil && applied != checksum {
			return fmt.Errorf("its text has changed since it was applied; migrations are never edited, add a new one")
		}
		if err != engine.ErrNoRows {
			return err
		}
		for _, statement := range db.engine.Schema(text) {
			if _, err := c.Exec(ctx, statement); err != nil {
				return fmt.Errorf("%w in %s", err, statement)
			}
		}
		_, err = c.Exec(ctx, `INSERT INTO schema_migration (version, checksum, applied) VALUES ($1, $2, $3)`,
			v, checksum, db.now().UnixMilli())
		return err
	})
}
