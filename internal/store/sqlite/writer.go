package sqlite

import (
	"context"
	"errors"
	"fmt"

	"github.com/lifeguard-auth/lifeguard/internal/store/engine"
)

// maxGroup bounds how many updates share a commit.
const maxGroup = 256

var errClosed = errors.New("the store is closed")

// job is one update on its way through the writer.
type job struct {
	ctx      context.Context
	fn       func(engine.Conn) error
	err      error
	panicked any
	done     chan struct{}
}

// Update implements engine.Engine: the writer runs fn, together with whatever
// else is waiting, and returns when the shared commit is on disk.
func (e *Engine) Update(ctx context.Context, fn func(engine.Conn) error) error {
	j := &job{ctx: ctx, fn: fn, done: make(chan struct{})}
	select {
	case <-e.closed:
		return errClosed
	default:
	}
	select {
	case e.jobs <- j:
	case <-e.closed:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	<-j.done // once accepted, the outcome is known and must be told
	if j.panicked != nil {
		panic(j.panicked)
	}
	return j.err
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
			e.refuseWaiting()
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

func (e *Engine) refuseWaiting() {
	for {
		select {
		case j := <-e.jobs:
			j.err = errClosed
			close(j.done)
		default:
			return
		}
	}
}

// group runs updates in one transaction, each in a savepoint of its own, so
// that one that fails takes nobody with it.
func (e *Engine) group(c *conn, group []*job) {
	if e.memory != nil {
		e.memory.Lock()
		defer e.memory.Unlock()
	}
	if err := c.run("BEGIN IMMEDIATE"); err != nil {
		finish(group, err)
		return
	}
	kept := 0
	for _, j := range group {
		if j.run(c, len(group) == 1); j.err == nil && j.panicked == nil {
			kept++
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
		err = errors.Join(fmt.Errorf("commit: %w", err), c.run("ROLLBACK"))
	}
	e.commits.Add(1)
	failpoint("after-commit")
	if !early {
		finish(group, err)
	}
}

// run runs one update inside a savepoint; a lone one has the transaction to
// itself, which group rolls back when it fails.
func (j *job) run(c *conn, lone bool) {
	if j.err = j.ctx.Err(); j.err != nil {
		return
	}
	if lone {
		j.try(c)
		return
	}
	if j.err = c.run("SAVEPOINT one"); j.err != nil {
		return
	}
	j.try(c)
	if j.err != nil || j.panicked != nil {
		j.err = errors.Join(j.err, c.run("ROLLBACK TO one"))
	}
	if err := c.run("RELEASE one"); err != nil {
		j.err = errors.Join(j.err, err)
	}
}

func (j *job) try(c *conn) {
	defer func() { j.panicked = recover() }()
	j.err = j.fn(c)
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
