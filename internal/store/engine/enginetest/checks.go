package enginetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// Open opens a database, which the test closes; it may be the same each time. again
// opens it again; it is nil for a database that is lost when it is closed.
type Open func(t *testing.T) (e engine.Engine, again func() engine.Engine)

// Run runs every check on a new engine, with an empty table.
func Run(t *testing.T, open Open) {
	for name, check := range map[string]func(*fixture){
		"an error rolls back the Update":     anErrorRollsBack,
		"a key that exists":                  aKeyThatExists,
		"a lost race runs again":             aLostRaceRunsAgain,
		"a failed statement":                 aFailedStatement,
		"queued statements":                  queuedStatements,
		"a queued statement fails":           aQueuedStatementFails,
		"a queued statement is refused":      aQueuedStatementIsRefused,
		"a queued key exists":                aQueuedKeyExists,
		"a context that has ended":           aContextThatHasEnded,
		"a context that ends":                aContextThatEnds,
		"a panic":                            aPanic,
		"a goroutine that ends":              aGoroutineThatEnds,
		"a View cannot write":                aViewCannotWrite,
		"a View sees what is committed":      aViewSeesWhatIsCommitted,
		"no row":                             noRow,
		"hostile text":                       hostileText,
		"texts are ordered bytewise":         textsAreOrdered,
		"long documents":                     longDocuments,
		"many rows":                          manyRows,
		"many statements":                    manyStatements,
		"use after Close":                    useAfterClose,
		"Close loses no acknowledged Update": closeLosesNothing,
		"parallel Updates are counted":       updatesAreCounted,
	} {
		t.Run(name, func(t *testing.T) {
			e, again := open(t)
			f := &fixture{T: t, e: e, again: again}
			f.update(exec("DROP TABLE IF EXISTS t"))
			for _, ddl := range e.Schema(table) {
				f.update(exec(ddl))
			}
			check(f)
		})
	}
}

const table = `CREATE TABLE t (id BIGINT PRIMARY KEY, v TEXT /*bytewise*/ NOT NULL, b BYTEA NOT NULL)`

// fixture is an engine with a table t.
type fixture struct {
	*testing.T
	e     engine.Engine
	again func() engine.Engine
}

func exec(sql string, args ...any) func(engine.Conn) error {
	return func(c engine.Conn) error {
		_, err := c.Exec(context.Background(), sql, args...)
		return err
	}
}

func insert(id int64, v string) func(engine.Conn) error {
	return exec(`INSERT INTO t (id, v, b) VALUES ($1, $2, $3)`, id, v, []byte(v))
}

func (f *fixture) update(fn func(engine.Conn) error) {
	f.Helper()
	if err := f.e.Update(f.Context(), fn); err != nil {
		f.Fatal(err)
	}
}

func (f *fixture) view(fn func(engine.Conn) error) {
	f.Helper()
	if err := f.e.View(f.Context(), fn); err != nil {
		f.Error(err)
	}
}

// texts returns the column v, in the order given.
func texts(c engine.Conn, order string) (all []string, err error) {
	err = c.Each(context.Background(), func(scan func(...any) error) error {
		var v string
		err := scan(&v)
		all = append(all, v)
		return err
	}, `SELECT v FROM t ORDER BY `+order)
	return all, err
}

// has verifies the contents of the table, by id.
func (f *fixture) has(want ...string) {
	f.Helper()
	f.view(func(c engine.Conn) error {
		got, err := texts(c, "id")
		if !slices.Equal(got, want) {
			f.Errorf("the table has %q, want %q", got, want)
		}
		return err
	})
}

func anErrorRollsBack(f *fixture) {
	stop := errors.New("stop")
	err := f.e.Update(f.Context(), func(c engine.Conn) error { return errors.Join(insert(1, "a")(c), stop) })
	if !errors.Is(err, stop) {
		f.Errorf("%v", err)
	}
	f.has()
}

func aKeyThatExists(f *fixture) {
	f.update(insert(1, "a"))
	err := f.e.Update(f.Context(), func(c engine.Conn) error {
		if err := insert(2, "b")(c); err != nil {
			return err
		}
		return insert(1, "c")(c)
	})
	if !errors.Is(err, engine.ErrUnique) {
		f.Errorf("%v", err)
	}
	f.has("a")
}

// Of Updates that insert a row if there is none, one inserts it; the others find it.
func aLostRaceRunsAgain(f *fixture) {
	var all sync.WaitGroup
	for i := range 8 {
		// Wait below ends with it.
		all.Go(func() {
			if err := f.e.Update(f.Context(), func(c engine.Conn) error {
				found, err := texts(c, "id")
				if err != nil || len(found) > 0 {
					return err
				}
				if i%2 == 0 {
					return queue(c, 1, "a", plain)
				}
				return insert(1, "a")(c)
			}); err != nil {
				f.Error(err)
			}
		})
	}
	all.Wait()
	f.has("a")
}

// outcome verifies that an Update which inserts "a" returned its real outcome.
func (f *fixture) outcome(err error) {
	f.Helper()
	if err == nil {
		f.has("a")
		return
	}
	if errors.Is(err, engine.ErrUnknownOutcome) {
		f.Errorf("the outcome was known: %v", err)
	}
	f.has()
}

func aFailedStatement(f *fixture) {
	f.outcome(f.e.Update(f.Context(), func(c engine.Conn) error {
		err := insert(1, "a")(c)
		_ = exec("SELECT nothing FROM nowhere")(c)
		return err
	}))
}

func aContextThatHasEnded(f *fixture) {
	ended, cancel := context.WithCancel(f.Context())
	cancel()
	if err := f.e.Update(ended, insert(1, "a")); !errors.Is(err, context.Canceled) {
		f.Errorf("%v", err)
	}
	f.has()
}

func aContextThatEnds(f *fixture) {
	ctx, cancel := context.WithCancel(f.Context())
	f.outcome(f.e.Update(ctx, func(c engine.Conn) error {
		defer cancel()
		return insert(1, "a")(c)
	}))
}

func panicking(c engine.Conn) error {
	if err := insert(1, "a")(c); err != nil {
		return err
	}
	panic("boom")
}

// A panic reaches the caller with its original stack.
func aPanic(f *fixture) {
	func() {
		defer func() {
			if r := recover(); r != "boom" {
				f.Errorf("recovered %v", r)
			}
			if stack := debug.Stack(); !bytes.Contains(stack, []byte("panicking")) {
				f.Errorf("the stack does not contain the function:\n%s", stack)
			}
		}()
		_ = f.e.Update(f.Context(), panicking)
	}()
	f.has()
	f.update(insert(2, "b"))
	f.has("b")
}

// runtime.Goexit, which t.FailNow calls, rolls back only its own Update.
func aGoroutineThatEnds(f *fixture) {
	var ending sync.WaitGroup
	// Wait below ends with it.
	ending.Go(func() {
		_ = f.e.Update(f.Context(), func(c engine.Conn) error {
			if err := insert(1, "a")(c); err != nil {
				return err
			}
			runtime.Goexit()
			return nil
		})
	})
	ending.Wait()
	f.update(insert(2, "b"))
	f.has("b")
}

func aViewCannotWrite(f *fixture) {
	f.update(insert(1, "a"))
	for _, sql := range []string{
		`INSERT INTO t (id, v, b) SELECT id + 1, v, b FROM t`, `DELETE FROM t`,
		`UPDATE t SET v = 'x' RETURNING id`, `DELETE FROM t RETURNING id`,
	} {
		for name, run := range map[string]func(engine.Conn) error{
			"Exec":  exec(sql),
			"Queue": func(c engine.Conn) error { return c.Queue(f.Context(), plain, sql) },
			"Each": func(c engine.Conn) error {
				return c.Each(f.Context(), func(func(...any) error) error { return nil }, sql)
			},
		} {
			if err := f.e.View(f.Context(), run); err == nil {
				f.Errorf("%s of %s: no error", name, sql)
			}
		}
	}
	f.has("a")
}

func aViewSeesWhatIsCommitted(f *fixture) {
	f.update(func(c engine.Conn) error {
		if err := insert(1, "a")(c); err != nil {
			return err
		}
		found, err := texts(c, "id")
		if !slices.Equal(found, []string{"a"}) {
			f.Errorf("an Update sees %q of its own", found)
		}
		return err
	})
	f.has("a")
}

func noRow(f *fixture) {
	f.view(func(c engine.Conn) error {
		var id int64
		if err := engine.One(f.Context(), c, []any{&id}, `SELECT id FROM t`); !errors.Is(err, engine.ErrNoRows) {
			f.Errorf("%v", err)
		}
		return nil
	})
}

// Values are never interpreted as SQL.
func hostileText(f *fixture) {
	hostile := []string{
		"", "'; DROP TABLE t; --", "$1", "\\x00", "a\u0001b\r\n", "\u202e\ufeff\uffff", "\U0001F600", `{"$1":'"}`,
	}
	for i, v := range hostile {
		f.update(insert(int64(i), v))
	}
	f.has(hostile...)
	f.view(func(c engine.Conn) error {
		for _, v := range hostile {
			var id int64
			var b []byte
			err := engine.One(f.Context(), c, []any{&id, &b}, `SELECT id, b FROM t WHERE v = $1`, v)
			if err != nil || string(b) != v {
				f.Errorf("%q: found %q, %v", v, b, err)
			}
		}
		return nil
	})
}

func textsAreOrdered(f *fixture) {
	unordered := []string{"b", "B", "a", "\u00e9", "e", "~", "\U0001F600", "\uffff", "_", "a b", "ab", "a-b"}
	for i, v := range unordered {
		f.update(insert(int64(i), v))
	}
	f.view(func(c engine.Conn) error {
		got, err := texts(c, "v")
		if want := slices.Sorted(slices.Values(unordered)); !slices.Equal(got, want) {
			f.Errorf("%q, want %q", got, want)
		}
		return err
	})
}

func longDocuments(f *fixture) {
	long := strings.Repeat("\u00e9\U0001F600x", 1<<18)
	f.update(insert(1, long))
	f.view(func(c engine.Conn) error {
		var v string
		var b []byte
		err := engine.One(f.Context(), c, []any{&v, &b}, `SELECT v, b FROM t`)
		if v != long || string(b) != long {
			f.Errorf("read %d and %d bytes, want %d", len(v), len(b), len(long))
		}
		return err
	})
}

// Rows are read one by one. After an early stop the connection still works.
func manyRows(f *fixture) {
	const rows = 1 << 13
	f.update(func(c engine.Conn) error {
		err := insert(0, strings.Repeat("x", 100))(c)
		for n := int64(1); n < rows && err == nil; n *= 2 {
			err = exec(`INSERT INTO t (id, v, b) SELECT id + $1, v, b FROM t`, n)(c)
		}
		return err
	})
	stop := errors.New("stop")
	for _, run := range []func(context.Context, func(engine.Conn) error) error{f.e.View, f.e.Update} {
		if err := run(f.Context(), func(c engine.Conn) error {
			n := 0
			count := func(end int) func(func(...any) error) error {
				n = 0
				return func(scan func(...any) error) error {
					var id int64
					if n++; n == end {
						return stop
					}
					return scan(&id)
				}
			}
			err := c.Each(f.Context(), count(10), `SELECT id FROM t ORDER BY id`)
			if !errors.Is(err, stop) || n != 10 {
				f.Errorf("stopped after %d rows: %v", n, err)
			}
			err = c.Each(f.Context(), count(-1), `SELECT id FROM t ORDER BY id`)
			if n != rows {
				f.Errorf("%d rows, want %d", n, rows)
			}
			return err
		}); err != nil {
			f.Error(err)
		}
	}
}

// More statements than a statement cache holds.
func manyStatements(f *fixture) {
	f.update(insert(1, "a"))
	f.view(func(c engine.Conn) error {
		for i := range int64(600) {
			var got int64
			text := fmt.Sprintf(`SELECT id + %d FROM t WHERE id = $1`, i%550)
			err := engine.One(f.Context(), c, []any{&got}, text, int64(1))
			if err != nil || got != i%550+1 {
				return fmt.Errorf("statement %d: %d, %w", i, got, err)
			}
		}
		return nil
	})
}

func useAfterClose(f *fixture) {
	if err := errors.Join(f.e.Close(), f.e.Close()); err != nil {
		f.Error(err)
	}
	read := func(c engine.Conn) error {
		_, err := texts(c, "id")
		return err
	}
	for range 20 {
		if f.e.Update(f.Context(), insert(1, "a")) == nil {
			f.Error("an Update succeeds")
		}
		if f.e.View(f.Context(), read) == nil {
			f.Error("a View succeeds")
		}
	}
	if f.e.Ping(f.Context()) == nil {
		f.Error("Ping succeeds")
	}
}

// Every Update that runs during Close returns, and returns its real outcome.
func closeLosesNothing(f *fixture) {
	e := f.e
	for round := range 8 {
		acknowledged := closeUnderLoad(f, e, round)
		if f.again == nil {
			return
		}
		e = f.again()
		kept := map[string]bool{}
		if err := e.View(f.Context(), func(c engine.Conn) error {
			found, err := texts(c, "id")
			for _, v := range found {
				kept[v] = true
			}
			return err
		}); err != nil {
			f.Fatal(err)
		}
		for _, v := range acknowledged {
			if !kept[v] {
				f.Errorf("round %d: %s was acknowledged and is lost", round, v)
			}
		}
	}
}

// closeUnderLoad closes an engine during many Updates, later in every round, and
// returns the values whose Updates succeeded.
func closeUnderLoad(f *fixture, e engine.Engine, round int) (acknowledged []string) {
	var all sync.WaitGroup
	var mu sync.Mutex
	reached := make(chan struct{})
	acknowledge := func(v string) {
		mu.Lock()
		defer mu.Unlock()
		if acknowledged = append(acknowledged, v); len(acknowledged) == round+1 {
			close(reached)
		}
	}
	for writer := range 16 {
		// Wait below ends with it.
		all.Go(func() {
			for n := 0; ; n++ {
				id := int64(round)<<40 | int64(writer)<<32 | int64(n)
				v := strconv.FormatInt(id, 16)
				if e.Update(context.Background(), insert(id, v)) != nil {
					return
				}
				acknowledge(v)
			}
		})
	}
	<-reached
	if err := e.Close(); err != nil {
		f.Fatal(err)
	}
	all.Wait()
	return acknowledged
}

func updatesAreCounted(f *fixture) {
	before := f.e.Stats()
	var all sync.WaitGroup
	for i := range int64(50) {
		// Wait below ends with it.
		all.Go(func() {
			if err := f.e.Update(f.Context(), insert(i, "a")); err != nil {
				f.Error(err)
			}
		})
	}
	all.Wait()
	after := f.e.Stats()
	updates, commits := after.Updates-before.Updates, after.Commits-before.Commits
	if updates != 50 || commits < 1 || commits > updates {
		f.Errorf("%d updates, %d commits", updates, commits)
	}
}
