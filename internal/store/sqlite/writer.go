package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// maxGroup is the maximum number of updates that share a commit.
const maxGroup = 256

var (
	errClosed = errors.New("the store is closed")
	// errUnfinished is the outcome of an update that panicked or ended its
	// goroutine.
	errUnfinished = errors.New("the update did not return")
)

// job is one update. Its caller runs fn when the writer passes it the connection,
// so that a panic keeps its stack and runtime.Goexit ends only the caller.
type job struct {
	ctx context.Context
	fn  func(engine.Conn) error
	// turn passes the connection to the caller and back.
	turn chan *conn
	// done is closed when err is final.
	done chan struct{}
	err  error
}

// Update implements engine.Engine. fn runs in a transaction of the writer,
// together with other waiting updates. Update returns when the shared commit is
// on disk. The end of ctx and Close interrupt it only before fn has begun.
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
	case <-j.done: // the transaction failed before fn could run
		return j.err
	case <-e.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// run returns the connection to the writer even if fn does not return.
func (j *job) run(c *conn) {
	j.err = errUnfinished
	defer func() { j.turn <- c }()
	j.err = j.fn(c)
}

// write is the only writer. A single update is committed at once. Updates that
// arrive during a commit form the next group.
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

// group runs updates in one transaction, each in its own savepoint, so that a
// failed update does not affect the others, unless the transaction is lost.
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

// one runs one update inside a savepoint. A single update needs none: if it
// fails, group rolls back the transaction.
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

// handOver passes the connection to the caller, which runs its update, unless the
// caller no longer waits.
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

// finish sets the outcome of every update. A failed commit fails the updates that
// had succeeded.
func finish(group []*job, commit error) {
	for _, j := range group {
		if j.err == nil {
			j.err = commit
		}
		close(j.done)
	}
}
