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
// run, as a conflict on PostgreSQL can: the function may run more than once, so
// it changes nothing that its caller holds.
type Rehearsing struct{ engine.Engine }

// Rehearse puts a Rehearsing in front of an engine.
func Rehearse(e engine.Engine) engine.Engine { return Rehearsing{e} }

var errRehearsed = errors.New("rehearsed")

// Update implements engine.Engine.
func (r Rehearsing) Update(ctx context.Context, fn func(engine.Conn) error) error {
	err := r.Engine.Update(ctx, func(c engine.Conn) error {
		if err := fn(c); err != nil {
			return err
		}
		return errRehearsed
	})
	if !errors.Is(err, errRehearsed) {
		return err
	}
	return r.Engine.Update(ctx, fn)
}

// ErrBroken is the error of a statement that a Breaker fails: one that no
// caller is to blame for.
var ErrBroken = errors.New("the database broke")

// Breaker counts statements and fails the nth, and every one after it. The
// store's own look at the changes of other nodes, which comes at any time, is
// left alone.
type Breaker struct {
	engine.Engine
	// Once fails the nth alone: what comes after it works, as after a
	// connection that was lost.
	Once               bool
	count, at, commits atomic.Int64
	marked             atomic.Bool
}

type brokenKey struct{}

// Request marks the context of a request. From then on only the statements of
// marked requests count.
func (b *Breaker) Request(ctx context.Context) context.Context {
	b.marked.Store(true)
	return context.WithValue(ctx, brokenKey{}, b)
}

func (b *Breaker) concerns(ctx context.Context) bool {
	return !b.marked.Load() || ctx.Value(brokenKey{}) == b
}

// Wrap puts the breaker in front of an engine.
func (b *Breaker) Wrap(e engine.Engine) engine.Engine {
	b.Engine = e
	return b
}

// Break makes the nth statement from now fail, and those that follow, until
// Mend. It begins at one.
func (b *Breaker) Break(nth int) {
	b.count.Store(0)
	b.commits.Store(0)
	b.at.Store(int64(nth))
}

// Commits is how many Updates have succeeded since Break.
func (b *Breaker) Commits() int64 { return b.commits.Load() }

// Mend lets statements through again and reports whether one has failed.
func (b *Breaker) Mend() (failed bool) {
	at := b.at.Swap(0)
	return at > 0 && b.count.Load() >= at
}

// Count runs fn and returns how many statements it took, commits included.
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
	return b.Engine.View(ctx, func(c engine.Conn) error { return fn(breakable{c, b}) })
}

// Update implements engine.Engine. The commit counts as a statement.
func (b *Breaker) Update(ctx context.Context, fn func(engine.Conn) error) error {
	err := b.Engine.Update(ctx, func(c engine.Conn) error {
		if err := fn(breakable{c, b}); err != nil {
			return err
		}
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
}

func (c breakable) Exec(ctx context.Context, sql string, args ...any) (int64, error) {
	if err := c.breaker.step(ctx); err != nil {
		return 0, err
	}
	return c.Conn.Exec(ctx, sql, args...)
}

func (c breakable) Each(ctx context.Context, row func(scan func(...any) error) error, sql string, args ...any) error {
	if !strings.Contains(sql, "FROM config_epoch") {
		if err := c.breaker.step(ctx); err != nil {
			return err
		}
	}
	return c.Conn.Each(ctx, row, sql, args...)
}
