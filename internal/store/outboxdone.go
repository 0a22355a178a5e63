package store

import (
	"context"
	"errors"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/after"
)

// removal groups the calls of Outbox.Done: calls that begin during an Update share
// the next one, so that a burst of messages needs few transactions.
type removal struct {
	running sync.Mutex // held during an Update; guards done and err of the calls
	mu      sync.Mutex // guards waiting
	waiting []*removeCall
}

// errNotRemoved is the result of calls whose Update panics.
var errNotRemoved = errors.New("the messages were not removed")

// removeCall is a call of Outbox.Done and its result.
type removeCall struct {
	m    Message
	done bool // its Update has ended
	err  error
}

// Done removes a delivered message. The Update has the context of one of the calls
// that share it: if that context ends, all of them fail.
func (o Outbox) Done(ctx context.Context, m Message) error {
	r, call := &o.db.removal, &removeCall{m: m}
	r.mu.Lock()
	r.waiting = append(r.waiting, call)
	r.mu.Unlock()
	r.running.Lock()
	defer r.running.Unlock()
	if call.done {
		return call.err
	}
	r.mu.Lock()
	calls := r.waiting
	r.waiting = nil
	r.mu.Unlock()
	o.remove(ctx, calls)
	return call.err
}

// remove deletes the messages of the calls in one Update and sets their results.
func (o Outbox) remove(ctx context.Context, calls []*removeCall) {
	err := errNotRemoved
	defer func() {
		for _, c := range calls {
			c.done = true
			if err != nil {
				c.err = err
			}
		}
	}()
	err = o.db.Update(ctx, func(tx *Tx) error {
		for _, c := range calls {
			c.err = nil
			deleted := func(rows int64, err error) error {
				if err == nil && rows == 0 {
					c.err = after.ErrLost
				}
				return err
			}
			err := tx.queueThen(deleted, `DELETE FROM outbox`+whereHeld, c.m.Item.PoolID, c.m.ID, c.m.Claim)
			if err != nil {
				return err
			}
		}
		return nil
	})
}
