package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

const fileName = "lifeguard.db"

// Engine is a database in a file or in memory.
type Engine struct {
	db *sql.DB
	// conns are all connections; readers contains those that no View uses.
	conns   []*conn
	readers chan *conn
	jobs    chan *job
	closed  chan struct{}
	done    sync.WaitGroup
	once    sync.Once
	// memory guards the only connection of a database in memory, which Views and
	// the writer share; nil for files.
	memory *sync.Mutex
	wal    wal

	updates, commits atomic.Int64
}

// Exists reports whether DIR/lifeguard.db exists.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, fileName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Open opens DIR/lifeguard.db, and creates it if needed. ":memory:" opens a new
// database in memory, which is lost when it is closed.
func Open(ctx context.Context, dir string) (*Engine, error) {
	e := &Engine{jobs: make(chan *job, 4*maxGroup), closed: make(chan struct{})}
	dsn, err := e.dsn(dir)
	if err != nil {
		return nil, err
	}
	if e.db, err = sql.Open("sqlite", dsn); err != nil {
		return nil, err
	}
	if err := e.connectAll(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", filepath.Join(dir, fileName), err), e.disconnect())
	}
	e.done.Add(1)
	go e.write(e.conns[0]) // ends when Close closes e.closed; Close waits for it
	return e, nil
}

// connectAll opens the writer's connection and those of the readers.
func (e *Engine) connectAll(ctx context.Context) error {
	writer, err := e.connect(ctx)
	if err != nil {
		return err
	}
	if e.memory != nil {
		e.readers = make(chan *conn, 1)
		e.readers <- writer
		return nil
	}
	e.readers = make(chan *conn, 2*runtime.GOMAXPROCS(0))
	for range cap(e.readers) {
		c, err := e.connect(ctx)
		if err != nil {
			return err
		}
		e.readers <- c
	}
	return nil
}

func (e *Engine) dsn(dir string) (string, error) {
	pragmas := url.Values{"_pragma": {
		busyTimeout, "journal_mode(WAL)", "synchronous(" + synchronous + ")",
		"foreign_keys(OFF)", "temp_store(MEMORY)", "cache_size(-16000)",
		fmt.Sprintf("journal_size_limit(%d)", maxWAL),
	}}
	if dir == ":memory:" {
		e.memory = new(sync.Mutex)
		return "file::memory:?" + pragmas.Encode(), nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	path := filepath.Join(dir, fileName)
	// Create the file here, so that other users can never read it.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	if err := f.Close(); err != nil {
		return "", err
	}
	e.wal = wal{path: path + "-wal", limit: maxWAL}
	file := url.URL{Path: path}
	source := url.URL{Scheme: "file", Opaque: file.EscapedPath(), RawQuery: pragmas.Encode()}
	return source.String(), nil
}

func (e *Engine) connect(ctx context.Context) (*conn, error) {
	raw, err := e.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{raw: raw, prepared: map[string]*sql.Stmt{}}
	e.conns = append(e.conns, c)
	return c, nil
}

// conn is one connection with its prepared statements.
type conn struct {
	raw      *sql.Conn
	prepared map[string]*sql.Stmt
	// lost is the error after which SQLite may have rolled back the transaction.
	// Later statements would then be committed without the earlier ones.
	lost error
}

// rollbackErrors are the errors after which SQLite may have rolled back the whole
// transaction. Source: https://www.sqlite.org/lang_transaction.html section 3.
var rollbackErrors = []int{lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_NOMEM, lib.SQLITE_BUSY, lib.SQLITE_INTERRUPT}

// begin starts a transaction.
func (c *conn) begin(text string) error {
	c.lost = nil
	return c.run(text)
}

// Statements run without the caller's context: they take microseconds, and
// the driver would start a goroutine for each to watch it.
func (c *conn) prepare(text string) (*sql.Stmt, error) {
	if s, ok := c.prepared[text]; ok {
		return s, nil
	}
	s, err := c.raw.PrepareContext(context.Background(), opaqueLimit(text))
	if err != nil {
		return nil, fmt.Errorf("%w in %s", c.classify(err), text)
	}
	c.prepared[text] = s
	return s, nil
}

// opaqueLimit hides a bound LIMIT from the planner. SQLite plans with its bound
// value, and therefore prepares the statement again for every execution, which
// takes several times as long as the execution.
func opaqueLimit(text string) string { return strings.ReplaceAll(text, "LIMIT $", "LIMIT 0+$") }

// Exec implements engine.Conn.
func (c *conn) Exec(_ context.Context, text string, args ...any) (int64, error) {
	if c.lost != nil {
		return 0, c.lost
	}
	return c.exec(text, args...)
}

func (c *conn) exec(text string, args ...any) (int64, error) {
	s, err := c.prepare(text)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, c.classify(err)
	}
	return r.RowsAffected()
}

// Queue implements engine.Conn. It runs the statement at once: there is no round
// trip to save.
func (c *conn) Queue(ctx context.Context, done engine.Done, text string, args ...any) error {
	return done(c.Exec(ctx, text, args...))
}

// Each implements engine.Conn.
func (c *conn) Each(_ context.Context, row func(func(...any) error) error, text string, args ...any) error {
	if c.lost != nil {
		return c.lost
	}
	s, err := c.prepare(text)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return c.classify(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return c.classify(rows.Err())
}

func (c *conn) run(text string) error {
	_, err := c.exec(text)
	return err
}

func (c *conn) classify(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	if slices.Contains(rollbackErrors, e.Code()&0xff) {
		c.lost = err
	}
	if e.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY || e.Code() == lib.SQLITE_CONSTRAINT_UNIQUE {
		return fmt.Errorf("%w: %w", engine.ErrUnique, err)
	}
	return err
}

// View implements engine.Engine. fn sees one snapshot.
func (e *Engine) View(ctx context.Context, fn func(engine.Conn) error) (err error) {
	var c *conn
	select {
	case c = <-e.readers:
	case <-e.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { e.readers <- c }()
	if e.memory != nil {
		e.memory.Lock()
		defer e.memory.Unlock()
	}
	if err := c.begin("BEGIN"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.run("ROLLBACK")) }()
	return fn(engine.ReadOnly{Rows: c})
}

// Schema implements engine.Engine.
func (e *Engine) Schema(ddl string) []string {
	ddl = strings.NewReplacer("/*clustered*/", "WITHOUT ROWID", "/*bytewise*/", "").Replace(ddl)
	return engine.Statements(ddl)
}

// MigrationLock implements engine.Engine. It needs no lock: each migration is one
// transaction that first checks whether it was applied.
func (e *Engine) MigrationLock(ctx context.Context, fn func(context.Context) error) error {
	return fn(ctx)
}

// Parallel implements engine.Engine: there is one writer.
func (e *Engine) Parallel() bool { return false }

// Ping implements engine.Engine.
func (e *Engine) Ping(ctx context.Context) error {
	return e.View(ctx, func(c engine.Conn) error {
		var one int64
		return engine.One(ctx, c, []any{&one}, "SELECT 1")
	})
}

// Stats implements engine.Engine.
func (e *Engine) Stats() engine.Stats {
	return engine.Stats{Updates: e.updates.Load(), Commits: e.commits.Load()}
}

// Close waits for running updates and Views, copies the write-ahead log into the
// database file, and closes every connection. Later calls have no effect.
func (e *Engine) Close() (err error) {
	e.once.Do(func() {
		close(e.closed)
		e.done.Wait()
		for range cap(e.readers) {
			<-e.readers
		}
		err = errors.Join(e.wal.empty(e.conns[0]), e.disconnect())
	})
	return err
}

// disconnect closes the statements, returns the connections to db, and closes db,
// which would not close connections in use.
func (e *Engine) disconnect() error {
	var errs []error
	for _, c := range e.conns {
		for _, s := range c.prepared {
			errs = append(errs, s.Close())
		}
		errs = append(errs, c.raw.Close())
	}
	return errors.Join(append(errs, e.db.Close())...)
}
