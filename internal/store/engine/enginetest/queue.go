package enginetest

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// queue queues the insertion of a row. Its result is the error of done.
func queue(c engine.Conn, id int64, v string, done engine.Done) error {
	return c.Queue(context.Background(), done, `INSERT INTO t (id, v, b) VALUES ($1, $2, $3)`, id, v, []byte(v))
}

func plain(_ int64, err error) error { return err }

// Queued statements run in their order: before the next statement, which sees
// their effects, and before the commit.
func queuedStatements(f *fixture) {
	const rows = 250
	var want []string
	var results int64
	count := func(n int64, err error) error {
		results += n
		return err
	}
	f.update(func(c engine.Conn) error {
		want, results = nil, 0
		for id := range int64(rows) {
			want = append(want, strconv.FormatInt(id, 10))
			if err := queue(c, id, want[id], count); err != nil {
				return err
			}
		}
		found, err := texts(c, "id")
		if !slices.Equal(found, want) || results != rows {
			f.Errorf("a statement sees %d rows after %d results, want %d", len(found), results, rows)
		}
		if err != nil {
			return err
		}
		want = append(want, "last")
		return errors.Join(exec(`DELETE FROM t WHERE id < 0`)(c), queue(c, rows, "last", count))
	})
	if results != rows+1 {
		f.Errorf("%d results, want %d", results, rows+1)
	}
	f.has(want...)
}

// The error of a queued statement fails the Update, even if its function ignores
// the error of the call that returned it.
func aQueuedStatementFails(f *fixture) {
	for name, then := range map[string]func(engine.Conn) error{
		"before the commit":     func(engine.Conn) error { return nil },
		"before a statement":    exec(`DELETE FROM t`),
		"and another is queued": func(c engine.Conn) error { return queue(c, 2, "b", plain) },
	} {
		err := f.e.Update(f.Context(), func(c engine.Conn) error {
			if err := c.Queue(f.Context(), plain, `INSERT INTO nowhere VALUES (1)`); err != nil {
				return err // this engine ran it at once
			}
			_ = then(c)
			return insert(1, "a")(c)
		})
		if err == nil || errors.Is(err, engine.ErrUnknownOutcome) {
			f.Errorf("%s: %v", name, err)
		}
		f.has()
	}
}

// A result that its function refuses fails the Update with that error.
func aQueuedStatementIsRefused(f *fixture) {
	stale, other := errors.New("stale"), errors.New("other")
	compared := func(rows int64, err error) error {
		if err == nil && rows == 0 {
			return stale
		}
		return err
	}
	for name, end := range map[string]func(engine.Conn) error{
		"before the commit":         func(engine.Conn) error { return nil },
		"before a statement":        insert(2, "b"),
		"and its error is replaced": func(c engine.Conn) error { return errors.Join(other, insert(2, "b")(c)) },
		"and the function ignores it": func(c engine.Conn) error {
			_ = insert(2, "b")(c)
			return nil
		},
	} {
		err := f.e.Update(f.Context(), func(c engine.Conn) error {
			if err := insert(1, "a")(c); err != nil {
				return err
			}
			if err := c.Queue(f.Context(), compared, `UPDATE t SET v = 'x' WHERE id = 7`); err != nil {
				return err // this engine ran it at once
			}
			if err := end(c); errors.Is(err, other) {
				return other
			}
			return nil
		})
		if !errors.Is(err, stale) {
			f.Errorf("%s: %v", name, err)
		}
		f.has()
	}
}

// done gets ErrUnique and may replace it.
func aQueuedKeyExists(f *fixture) {
	f.update(insert(1, "a"))
	taken := errors.New("taken")
	err := f.e.Update(f.Context(), func(c engine.Conn) error {
		return queue(c, 1, "b", func(_ int64, err error) error {
			if errors.Is(err, engine.ErrUnique) {
				return taken
			}
			return err
		})
	})
	if !errors.Is(err, taken) {
		f.Errorf("%v", err)
	}
	f.has("a")
}
