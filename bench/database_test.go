package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/sqlite"
)

// database has the primitives of the embedded engine: a point read, a page of
// sixty rows and a durable update of four rows, each of the size of a user.
type database struct{ read, page, write time.Duration }

func measureDatabase() (d database, err error) {
	dir, err := tempDir()
	if err != nil {
		return d, err
	}
	ctx := context.Background()
	db, err := sqlite.Open(ctx, dir)
	if err != nil {
		return d, err
	}
	defer func() { _ = db.Close() }()
	row, serial := strings.Repeat("x", 300), 0
	insert := func(c engine.Conn) error {
		for range 4 {
			serial++
			id := fmt.Sprintf("row%06d", serial)
			if _, err := c.Exec(ctx, `INSERT INTO probe (id, doc) VALUES ($1, $2)`, id, row); err != nil {
				return err
			}
		}
		return nil
	}
	err = db.Update(ctx, func(c engine.Conn) error {
		if _, err := c.Exec(ctx, `CREATE TABLE probe (id TEXT PRIMARY KEY, doc TEXT) WITHOUT ROWID`); err != nil {
			return err
		}
		for range 50 {
			if err := insert(c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return d, err
	}
	read := func(rows int) func() {
		return func() {
			err = db.View(ctx, func(c engine.Conn) error {
				return c.Each(ctx, func(scan func(...any) error) error {
					var id, doc string
					return scan(&id, &doc)
				}, `SELECT id, doc FROM probe WHERE id >= $1 ORDER BY id LIMIT $2`, "row000020", rows)
			})
		}
	}
	d = database{read: cost(read(1)), page: cost(read(60)), write: cost(func() { err = db.Update(ctx, insert) })}
	return d, err
}
