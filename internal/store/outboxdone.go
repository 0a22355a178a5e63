package store

import (
	"context"
	"sync"

	"github.com/lifeguard-auth/lifeguard/internal/after"
)

// removal removes delivered messages. Calls that begin during an Update share the
// next one, so that a burst of messages does not need a transaction for each.
type removal struct {
	running sync.Mutex // held during an Update; guards the results of removed
	mu      sync.Mutex // guards waiting
	waiting []*removed
}

type removed struct {
	m    Message
	done bool
	err  error
}

// Done removes a message. If ctx ends during the Update, the calls that share it
// fail too.
func (o Outbox) Done(ctx context.Context, m Message) error {
	r, call := &o.db.removal, &removed{m: m}
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

// remove sets the result of each call.
func (o Outbox) remove(ctx context.Context, calls []*removed) {
	err := o.db.Update(ctx, func(tx *Tx) error {
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
	for _, c := range calls {
		c.done = true
		if err != nil {
			c.err = err
		}
	}
}
