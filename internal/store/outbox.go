package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func messageOf(poolID, id string) place { return place{poolID, "outbox", id, "sealed"} }

// Enqueue puts a message into the outbox, to be delivered after this Update
// has committed.
func (tx *Tx) Enqueue(m *userpool.Message) error {
	changing(tx, m)
	if m.ID == "" {
		m.ID = tx.db.entropy.UUID()
	}
	if m.Created.IsZero() {
		m.Created = tx.Now
	}
	plain, err := json.Marshal(m)
	if err != nil {
		return err
	}
	sealed, err := tx.seal(messageOf(m.PoolID, m.ID), plain)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO outbox (pool_id, message_id, dead, due, attempts, created, sealed) VALUES ($1, $2, 0, $3, 0, $4, $5)`,
		m.PoolID, m.ID, millis(tx.Now), millis(m.Created), sealed)
	tx.enqueued = true
	return err
}

// OnEnqueue receives when something was enqueued on this node.
func (db *DB) OnEnqueue() <-chan struct{} { return db.wake }

// ClaimMessages leases messages that are due: until the lease has run out no
// other worker gets them. A claim counts as an attempt.
func (db *DB) ClaimMessages(ctx context.Context, limit int, lease time.Duration) (claimed []userpool.Message, err error) {
	err = db.Update(ctx, func(tx *Tx) error {
		claimed = nil
		due, err := tx.dueMessages(limit)
		if err != nil {
			return err
		}
		for _, m := range due {
			// Compare-and-set on the attempts: of two workers one wins.
			n, err := tx.exec(`UPDATE outbox SET due = $1, attempts = attempts + 1 WHERE pool_id = $2 AND message_id = $3 AND attempts = $4`,
				millis(tx.Now.Add(lease)), m.PoolID, m.ID, int64(m.Attempts))
			if err != nil {
				return err
			}
			if n == 1 {
				m.Attempts++
				m.Leased = tx.Now.Add(lease)
				claimed = append(claimed, m)
			}
		}
		return nil
	})
	return claimed, err
}

// sealedMessage is a row of the outbox before it is opened.
type sealedMessage struct {
	poolID, id string
	attempts   int64
	sealed     []byte
}

func (tx *Tx) dueMessages(limit int) ([]userpool.Message, error) {
	var rows []sealedMessage
	err := tx.each(func(scan func(...any) error) error {
		var r sealedMessage
		err := scan(&r.poolID, &r.id, &r.attempts, &r.sealed)
		rows = append(rows, r)
		return err
	}, `SELECT pool_id, message_id, attempts, sealed FROM outbox WHERE dead = 0 AND due <= $1 ORDER BY due LIMIT $2`, millis(tx.Now), int64(limit))
	if err != nil {
		return nil, err
	}
	messages := make([]userpool.Message, 0, len(rows))
	for _, r := range rows {
		m, err := tx.openMessage(r)
		if err != nil {
			// One row that cannot be read must not hold up all others.
			tx.db.log.Error("a message in the outbox cannot be opened; it is given up", "pool", r.poolID, "message", r.id, "error", err)
			if _, err := tx.exec(`UPDATE outbox SET dead = 1 WHERE pool_id = $1 AND message_id = $2`, r.poolID, r.id); err != nil {
				return nil, err
			}
			continue
		}
		messages = append(messages, m)
	}
	return messages, nil
}

func (tx *Tx) openMessage(r sealedMessage) (m userpool.Message, err error) {
	plain, err := tx.open(messageOf(r.poolID, r.id), r.sealed)
	if err != nil {
		return m, err
	}
	err = json.Unmarshal(plain, &m)
	m.Attempts = int(r.attempts)
	return m, err
}

// MessageDelivered removes a message.
func (db *DB) MessageDelivered(ctx context.Context, m userpool.Message) error {
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(`DELETE FROM outbox WHERE pool_id = $1 AND message_id = $2`, m.PoolID, m.ID)
		return err
	})
}

// MessageFailed makes a message due again at retryAt, or gives it up; unless
// somebody else has claimed it since, who then decides.
func (db *DB) MessageFailed(ctx context.Context, m userpool.Message, retryAt time.Time, dead bool) error {
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(`UPDATE outbox SET due = $1, dead = $2 WHERE pool_id = $3 AND message_id = $4 AND attempts = $5`,
			millis(retryAt), boolInt(dead), m.PoolID, m.ID, int64(m.Attempts))
		return err
	})
}
