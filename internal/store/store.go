package store

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/clock"
	"github.com/lifeguard-auth/lifeguard/internal/crypto/seal"
	"github.com/lifeguard-auth/lifeguard/internal/entropy"
	"github.com/lifeguard-auth/lifeguard/internal/fault"
	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
	"github.com/lifeguard-auth/lifeguard/internal/store/postgres"
	"github.com/lifeguard-auth/lifeguard/internal/store/sqlite"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Config configures a DB.
type Config struct {
	// Dir holds the embedded database; ":memory:" keeps it in memory. Ignored
	// when PostgresURL is set.
	Dir         string
	PostgresURL string
	MasterKeys  MasterKeys
	Clock       clock.Clock
	Entropy     entropy.Source
	Logger      *slog.Logger
	// Timeout is the time limit on PostgreSQL of a View, of an Update, of its COMMIT
	// and of an attempt to connect, each; zero means three seconds.
	Timeout time.Duration
	// ReleaseSlot, if set, is called when an Update begins to wait for PostgreSQL. The
	// function that it returns is called when the wait is over. The embedded store
	// does not call it: it would not gain from more parallel Updates, only use more
	// processor time.
	ReleaseSlot func(ctx context.Context) (back func())
	// Wrap, if set, wraps the engine in a test double.
	Wrap func(engine.Engine) engine.Engine
}

// DB is an open store.
type DB struct {
	engine  engine.Engine
	clock   clock.Clock
	entropy entropy.Source
	log     *slog.Logger
	vault   *vault
	cache   *cache
	root    seal.Key
	roots   atomic.Pointer[rootSet]
	decoy   []byte        // see Credential
	wake    chan struct{} // receives when a message was enqueued; capacity one
	stop    context.CancelFunc
	jobs    sync.WaitGroup
	// timeout is the time limit of one View or Update; zero means none.
	timeout time.Duration
	outage  outage
	slots   slotRelease
	removal removal
}

// remoteTimeout is the default time limit for a database across a network: one
// that hangs must not block requests for longer.
const remoteTimeout = 3 * time.Second

// limited returns ctx with the store's time limit.
func (db *DB) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if db.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, db.timeout)
}

// Open opens the store, migrates its schema and reads its keys.
func Open(ctx context.Context, c Config) (*DB, error) {
	e, err := openEngine(ctx, c)
	if err != nil {
		return nil, err
	}
	if c.Wrap != nil {
		e = c.Wrap(e)
	}
	db := &DB{
		engine: e, clock: c.Clock, entropy: c.Entropy, log: c.Logger,
		vault: newVault(c.MasterKeys, c.Entropy), cache: newCache(), wake: make(chan struct{}, 1),
		slots: newSlotRelease(c),
	}
	if db.log == nil {
		db.log = slog.Default()
	}
	if c.PostgresURL != "" {
		db.timeout = cmp.Or(c.Timeout, remoteTimeout)
	}
	if err := db.prepare(ctx); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	following, stop := context.WithCancel(context.Background())
	db.stop = stop
	db.jobs.Add(1)
	go db.follow(following) // ends when Close calls stop; Close waits for it
	return db, nil
}

// Exists reports whether a directory contains an embedded store.
func Exists(dir string) (bool, error) { return sqlite.Exists(dir) }

// Sealed reports whether a PostgreSQL database contains a store with data keys.
// Such a store opens only with its own master keys.
func Sealed(ctx context.Context, postgresURL string) (sealed bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, remoteTimeout)
	defer cancel()
	e, err := openEngine(ctx, Config{PostgresURL: postgresURL})
	if err != nil {
		return false, err
	}
	err = e.View(ctx, func(c engine.Conn) error {
		err := engine.One(ctx, c, []any{&sealed}, `SELECT to_regclass('data_key') IS NOT NULL`)
		if err != nil || !sealed {
			return err
		}
		return engine.One(ctx, c, []any{&sealed}, `SELECT EXISTS (SELECT 1 FROM data_key)`)
	})
	return sealed, errors.Join(err, e.Close())
}

func openEngine(ctx context.Context, c Config) (engine.Engine, error) {
	if c.PostgresURL == "" {
		e, err := sqlite.Open(ctx, c.Dir)
		if err != nil {
			return nil, fmt.Errorf("--data: %w; name a directory that this user may write to", err)
		}
		return e, nil
	}
	e, err := postgres.Open(ctx, c.PostgresURL, cmp.Or(c.Timeout, remoteTimeout))
	if err != nil {
		return nil, fmt.Errorf("--database: %w; "+
			"check that the server runs and that user, password and database name are right", err)
	}
	return e, nil
}

// prepare migrates the schema, and reads or creates the root key.
func (db *DB) prepare(ctx context.Context) error {
	if err := db.migrate(ctx); err != nil {
		return err
	}
	if err := db.Update(ctx, func(tx *Tx) error { return tx.makeDataKey("") }); err != nil {
		return err
	}
	err := db.View(ctx, func(tx *Tx) error {
		key, err := tx.dataKey("")
		if err != nil {
			return err
		}
		db.root = key.Derive("root")
		db.decoy, err = tx.sealDecoy()
		return err
	})
	if err != nil {
		return err
	}
	_, err = db.RefreshRoots(ctx)
	return err
}

// Root returns the root key of the installation: random, stored in the database
// under the master key, and the same on every node. It never changes. Derive
// from it what must not change either, such as the decoys for unknown users and
// the keys of hashes in the store. What clients hold is sealed by Tokens.
func (db *DB) Root() seal.Key { return db.root }

// readyTimeout is the time limit of Ready, shorter than the timeouts of health
// checks.
const readyTimeout = 750 * time.Millisecond

// Ready returns an error if the database does not respond within readyTimeout.
func (db *DB) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	return db.engine.Ping(ctx)
}

// Reachable reports whether the last poll for configuration changes succeeded.
// Polls are followEvery apart.
func (db *DB) Reachable() bool { return !db.outage.on.Load() }

// Close stops polling for changes and closes the database.
func (db *DB) Close() error {
	db.stop()
	db.jobs.Wait()
	return db.engine.Close()
}

// Tx is one View or Update. Now is the time of its start, in whole milliseconds.
type Tx struct {
	Now     time.Time
	db      *DB
	ctx     context.Context
	conn    engine.Conn
	gens    generations
	writes  bool         // this is an Update
	changed [shards]bool // shards whose configuration this Update has written
	// epochRows are the rows to increment, so that other nodes see the change.
	epochRows []int
	atEnd     []func() error // run before the Update commits
	// configures is the pool of a Configure.
	configures string
	enqueued   bool
	undo       []func() // restore the caller's values if the transaction fails
}

// changing is called before the store changes a value of its caller. The value is
// restored if the transaction fails or runs again. The copy is shallow.
func changing[T any](tx *Tx, v *T) {
	before := *v
	tx.undo = append(tx.undo, func() { *v = before })
}

func (tx *Tx) rollBack() {
	if tx != nil {
		for _, restore := range slices.Backward(tx.undo) {
			restore()
		}
	}
}

// View runs a read-only transaction. On SQLite it sees one snapshot. On
// PostgreSQL each statement sees the latest commit.
func (db *DB) View(ctx context.Context, fn func(*Tx) error) error {
	ctx, cancel := db.limited(ctx)
	defer cancel()
	gens := db.cache.generations()
	return db.engine.View(ctx, func(c engine.Conn) error {
		return fn(&Tx{Now: db.now(), db: db, ctx: ctx, conn: textual{c}, gens: gens})
	})
}

// Update runs a transaction that writes. If it returns nil, all changes are
// durable; if it returns an error, none were made. fn may run more than once and
// must have no effects except through the Tx.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	defer db.slots.begin(ctx)()
	ctx, cancel := db.limited(ctx)
	defer cancel()
	var last *Tx
	gens := db.cache.generations()
	err := db.engine.Update(ctx, func(c engine.Conn) error {
		last.rollBack()
		last = &Tx{Now: db.now(), db: db, ctx: ctx, conn: textual{c}, gens: gens, writes: true}
		if err := fn(last); err != nil {
			return err
		}
		for _, end := range last.atEnd {
			if err := end(); err != nil {
				return err
			}
		}
		return last.bumpEpochs()
	})
	if err != nil || last == nil {
		last.rollBack()
		return err
	}
	for shard, changed := range last.changed {
		if changed {
			db.cache.invalidate(shard)
		}
	}
	if last.enqueued {
		db.wakeWorker()
	}
	return nil
}

func (db *DB) now() time.Time { return db.clock.Now().Truncate(time.Millisecond).UTC() }

func (db *DB) wakeWorker() {
	select {
	case db.wake <- struct{}{}:
	default:
	}
}

func (tx *Tx) exec(sql string, args ...any) (int64, error) {
	return tx.conn.Exec(tx.ctx, sql, args...)
}

// queue runs a statement now or later; see engine.Conn.Queue. If it fails, so does
// the Update. An error may also be that of an earlier statement: the caller must
// return it.
func (tx *Tx) queue(sql string, args ...any) error {
	return tx.queueThen(func(_ int64, err error) error { return err }, sql, args...)
}

// queueThen is queue with a function that handles the result.
func (tx *Tx) queueThen(done engine.Done, sql string, args ...any) error {
	return tx.conn.Queue(tx.ctx, done, sql, args...)
}

// unlessTaken replaces the error of a statement that inserts an existing key.
func unlessTaken(taken error) engine.Done {
	return func(_ int64, err error) error {
		if errors.Is(err, engine.ErrUnique) {
			return taken
		}
		return err
	}
}

// ifCurrent returns conflict if a statement that compares the version changed no
// row.
func ifCurrent(rows int64, err error) error {
	if err == nil && rows == 0 {
		return conflict
	}
	return err
}

func (tx *Tx) each(row func(scan func(...any) error) error, sql string, args ...any) error {
	return tx.conn.Each(tx.ctx, row, sql, args...)
}

// one scans the only row. found is false if there is none.
func (tx *Tx) one(dest []any, sql string, args ...any) (found bool, err error) {
	err = engine.One(tx.ctx, tx.conn, dest, sql, args...)
	if errors.Is(err, engine.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// conflict is returned by writes of a row that has changed since it was read.
var conflict = fault.New(fault.ConcurrentModification, "The resource was changed by another request at the same time.")

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func boolInt(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
