package storetest

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync/atomic"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// Rehearsing runs the function of every Update twice and keeps only the second
// run, as after a conflict on PostgreSQL. It reveals functions that cannot run
// more than once because they change their caller's values.
type Rehearsing struct{ engine.Engine }

// Rehearse wraps an engine in a Rehearsing.
func Rehearse(e engine.Engine) engine.Engine { return Rehearsing{e} }

var errRehearsed = errors.New("rehearsed")

// Update implements engine.Engine.
func (r Rehearsing) Update(ctx context.Context, fn func(engine.Conn) error) error {
	err := r.Engine.Update(ctx, func(c engine.Conn) error {
		if err := fn(c); err != nil {
			return err
		}
		var one int64
		if err := engine.One(ctx, c, []any{&one}, `SELECT 1`); err != nil { // runs the queued statements
			return err
		}
		return errRehearsed
	})
	if !errors.Is(err, errRehearsed) {
		return err
	}
	return r.Engine.Update(ctx, fn)
}

// ErrBroken is the error of a statement that a Breaker fails. It simulates a fault
// of the database.
var ErrBroken = errors.New("the database broke")

// Breaker counts statements and fails the nth and every later one. It ignores the
// store's polling for changes of other nodes, which can happen at any time.
type Breaker struct {
	engine.Engine
	// Once fails only the nth statement, as after a lost connection.
	Once                      bool
	count, at, commits, trips atomic.Int64
	marked                    atomic.Bool
}

type brokenKey struct{}

// Request marks the context of a request. From then on only the statements of
// marked requests are counted.
func (b *Breaker) Request(ctx context.Context) context.Context {
	b.marked.Store(true)
	return context.WithValue(ctx, brokenKey{}, b)
}

func (b *Breaker) concerns(ctx context.Context) bool {
	return !b.marked.Load() || ctx.Value(brokenKey{}) == b
}

// Wrap wraps an engine in the breaker.
func (b *Breaker) Wrap(e engine.Engine) engine.Engine {
	b.Engine = e
	return b
}

// Break makes the nth statement from now fail, and those that follow, until Mend.
// The first statement is 1.
func (b *Breaker) Break(nth int) {
	b.count.Store(0)
	b.commits.Store(0)
	b.trips.Store(0)
	b.at.Store(int64(nth))
}

// Commits returns the number of Updates that have succeeded since Break.
func (b *Breaker) Commits() int64 { return b.commits.Load() }

// Trips returns the number of round trips since Break that PostgreSQL would have
// needed: queued statements share one.
func (b *Breaker) Trips() int64 { return b.trips.Load() }

// Mend stops the failures and reports whether a statement has failed.
func (b *Breaker) Mend() (failed bool) {
	at := b.at.Swap(0)
	return at > 0 && b.count.Load() >= at
}

// Count runs fn and returns the number of its statements, commits included.
func (b *Breaker) Count(fn func()) int64 {
	b.Break(math.MaxInt)
	fn()
	b.Mend()
	return b.count.Load()
}

func (b *Breaker) step(ctx context.Context) error {
	at := b.at.Load()
	if at == 0 || !b.concerns(ctx) {
		return nil
	}
	if n := b.count.Add(1); n < at || b.Once && n > at {
		return nil
	}
	return ErrBroken
}

// View implements engine.Engine.
func (b *Breaker) View(ctx context.Context, fn func(engine.Conn) error) error {
	return b.Engine.View(ctx, func(c engine.Conn) error { return fn(&breakable{Conn: c, breaker: b}) })
}

// Update implements engine.Engine. The commit counts as a statement.
func (b *Breaker) Update(ctx context.Context, fn func(engine.Conn) error) error {
	err := b.Engine.Update(ctx, func(c engine.Conn) error {
		breakable := &breakable{Conn: c, breaker: b}
		if err := fn(breakable); err != nil {
			return err
		}
		if breakable.queued {
			b.trips.Add(1)
		}
		b.trips.Add(1)
		return b.step(ctx)
	})
	if err == nil && b.concerns(ctx) {
		b.commits.Add(1)
	}
	return err
}

type breakable struct {
	engine.Conn
	breaker *Breaker
	queued  bool // a statement waits for the next one or for the commit
}

// send is called for a statement that is sent at once.
func (c *breakable) send(ctx context.Context) error {
	if c.breaker.concerns(ctx) {
		c.breaker.trips.Add(1)
	}
	c.queued = false
	return c.breaker.step(ctx)
}

func (c *breakable) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if err := c.send(ctx); err != nil {
		return 0, err
	}
	return c.Conn.Exec(ctx, sql, args...)
}

func (c *breakable) Queue(ctx context.Context, done engine.Done, sql string, args ...any) error {
	if err := c.breaker.step(ctx); err != nil {
		return err
	}
	c.queued = true
	return c.Conn.Queue(ctx, done, sql, args...)
}

func (c *breakable) Each(ctx context.Context, row func(scan func(...any) error) error, sql string, args ...any) error {
	if !strings.Contains(sql, "FROM config_epoch") {
		if err := c.send(ctx); err != nil {
			return err
		}
	}
	return c.Conn.Each(ctx, row, sql, args...)
}

// Stale makes statements that compare a version change no row, as if another
// request had changed the row since it was read.
type Stale struct {
	engine.Engine
	left atomic.Int64
}

// Wrap wraps an engine in the double.
func (s *Stale) Wrap(e engine.Engine) engine.Engine {
	s.Engine = e
	return s
}

// Next makes the next n statements stale.
func (s *Stale) Next(n int) { s.left.Store(int64(n)) }

// Left returns how many of them have not been sent.
func (s *Stale) Left() int { return int(max(0, s.left.Load())) }

// Update implements engine.Engine.
func (s *Stale) Update(ctx context.Context, fn func(engine.Conn) error) error {
	return s.Engine.Update(ctx, func(c engine.Conn) error { return fn(staleConn{c, s}) })
}

type staleConn struct {
	engine.Conn
	stale *Stale
}

func (c staleConn) Queue(ctx context.Context, done engine.Done, sql string, args ...any) error {
	if strings.Contains(sql, "AND version = ") && c.stale.left.Add(-1) >= 0 {
		return done(0, nil)
	}
	return c.Conn.Queue(ctx, done, sql, args...)
}
