package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// maxGroup bounds how many updates share a commit.
const maxGroup = 256

var (
	errClosed = errors.New("the store is closed")
	// errUnfinished is the outcome of an update that panicked or ended its
	// goroutine.
	errUnfinished = errors.New("the update did not return")
)

// job is one update. Its caller runs fn, when the writer hands it the
// connection: a panic keeps its stack, and runtime.Goexit ends the caller only.
type job struct {
	ctx context.Context
	fn  func(engine.Conn) error
	// turn passes the connection to the caller and back.
	turn chan *conn
	// done is closed when err is the outcome.
	done chan struct{}
	err  error
}

// Update implements engine.Engine: fn runs in the transaction of the writer,
// with whatever else is waiting. Update returns when the shared commit is on
// disk. It gives up at the end of ctx or of the store only before fn has begun.
func (e *Engine) Update(ctx context.Context, fn func(engine.Conn) error) error {
	j := &job{ctx: ctx, fn: fn, turn: make(chan *conn), done: make(chan struct{})}
	select {
	case e.jobs <- j:
	case <-e.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case c := <-j.turn:
		j.run(c)
		<-j.done
		return j.err
	case <-j.done: // there is no transaction
		return j.err
	case <-e.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run hands the connection back even if fn does not return.
func (j *job) run(c *conn) {
	j.err = errUnfinished
	defer func() { j.turn <- c }()
	j.err = j.fn(c)
}

// write is the one writer. A lone update is committed at once; those that
// arrive meanwhile form the next group.
func (e *Engine) write(c *conn) {
	defer e.done.Done()
	for {
		select {
		case j := <-e.jobs:
			e.group(c, e.gather(j))
		case <-e.closed:
			return
		}
	}
}

func (e *Engine) gather(first *job) []*job {
	group := []*job{first}
	for len(group) < maxGroup {
		select {
		case j := <-e.jobs:
			group = append(group, j)
		default:
			return group
		}
	}
	return group
}

// group runs updates in one transaction, each in a savepoint of its own, so
// that one that fails takes nobody with it, unless the transaction is lost.
func (e *Engine) group(c *conn, group []*job) {
	if e.memory != nil {
		e.memory.Lock()
		defer e.memory.Unlock()
	}
	if err := c.begin("BEGIN IMMEDIATE"); err != nil {
		finish(group, err)
		return
	}
	kept := 0
	for _, j := range group {
		if e.one(c, j, len(group) == 1); j.err == nil {
			kept++
		}
		if c.lost != nil {
			_ = c.run("ROLLBACK") // it fails where SQLite has rolled back
			finish(group, c.lost)
			return
		}
	}
	e.updates.Add(int64(kept))
	if kept == 0 {
		finish(group, c.run("ROLLBACK"))
		return
	}
	failpoint("before-commit")
	early := ackEarly(e.commits.Load())
	if early {
		finish(group, nil)
		pretendDurable()
	}
	err := c.run("COMMIT")
	if err != nil {
		err = fmt.Errorf("commit: %w", err)
		_ = c.run("ROLLBACK") // it fails where SQLite has rolled back
	}
	e.commits.Add(1)
	failpoint("after-commit")
	if !early {
		finish(group, err)
	}
	e.wal.bound(c)
}

// one runs one update inside a savepoint; a lone one has the transaction to
// itself, which group rolls back when it fails.
func (e *Engine) one(c *conn, j *job, lone bool) {
	if lone {
		e.handOver(c, j)
		return
	}
	if c.lost = c.run("SAVEPOINT one"); c.lost != nil {
		return
	}
	if e.handOver(c, j); c.lost == nil && j.err != nil {
		c.lost = c.run("ROLLBACK TO one")
	}
	if c.lost == nil {
		c.lost = c.run("RELEASE one")
	}
}

// handOver lets the caller run its update, unless it has given up.
func (e *Engine) handOver(c *conn, j *job) {
	if j.err = j.ctx.Err(); j.err != nil {
		return
	}
	select {
	case j.turn <- c:
		<-j.turn
	case <-j.ctx.Done():
		j.err = j.ctx.Err()
	case <-e.closed:
		j.err = errClosed
	}
}

// finish answers every update; a failed commit fails those that had succeeded.
func finish(group []*job, commit error) {
	for _, j := range group {
		if j.err == nil {
			j.err = commit
		}
		close(j.done)
	}
}
