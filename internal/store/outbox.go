package store

import (
	"cmp"
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
	_, err = tx.exec(`INSERT INTO outbox (pool_id, message_id, dead, due, attempts, created, lane, username, expires, sealed)
		VALUES ($1, $2, 0, $3, 0, $4, $5, $6, $7, $8)`,
		m.PoolID, m.ID, millis(tx.Now), millis(m.Created), m.Lane(), cmp.Or(m.Owner, m.Username), millis(m.Expires()), sealed)
	tx.enqueued = true
	return err
}

// OnEnqueue receives when something was enqueued on this node.
func (db *DB) OnEnqueue() <-chan struct{} { return db.wake }

// ClaimMessages leases messages that are due, those first whose codes expire
// first: until the lease has run out no other worker gets them. It claims up
// to room messages of each lane, less those of the lane that the caller holds
// already. With an error it may also return messages.
func (db *DB) ClaimMessages(ctx context.Context, held map[string]int, room int, lease time.Duration) (claimed []userpool.Message, err error) {
	lanes, err := db.lanes(ctx)
	if err != nil {
		return nil, err
	}
	for _, lane := range lanes {
		free := room - held[lane]
		if free <= 0 {
			continue
		}
		var got []userpool.Message
		err := db.Update(ctx, func(tx *Tx) (err error) {
			got, err = tx.claim(lane, free, lease)
			return err
		})
		if err != nil {
			return claimed, err
		}
		claimed = append(claimed, got...)
	}
	return claimed, nil
}

// lanes are those with messages that wait or are being sent. Each is found by
// one step in the index, however many messages there are.
func (db *DB) lanes(ctx context.Context) (lanes []string, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		last, found := "", true
		for found {
			found = false
			err := tx.each(func(scan func(...any) error) error {
				found = true
				return scan(&last)
			}, `SELECT lane FROM outbox WHERE dead = 0 AND lane > $1 ORDER BY lane LIMIT 1`, last)
			if err != nil {
				return err
			}
			if found {
				lanes = append(lanes, last)
			}
		}
		return nil
	})
	return lanes, err
}

func (tx *Tx) claim(lane string, limit int, lease time.Duration) (claimed []userpool.Message, err error) {
	due, err := tx.dueMessages(lane, limit)
	if err != nil {
		return nil, err
	}
	for _, m := range due {
		// Compare-and-set on the claim: of two workers one wins.
		n, err := tx.exec(`UPDATE outbox SET due = $1, claim = claim + 1 WHERE pool_id = $2 AND message_id = $3 AND claim = $4`,
			millis(tx.Now.Add(lease)), m.PoolID, m.ID, m.Claim)
		if err != nil {
			return nil, err
		}
		if n == 1 {
			m.Claim++
			m.Leased = tx.Now.Add(lease)
			claimed = append(claimed, m)
		}
	}
	return claimed, nil
}

// sealedMessage is a row of the outbox before it is opened.
type sealedMessage struct {
	poolID, id           string
	due, attempts, claim int64
	sealed               []byte
}

// sealedMessages reads rows of the outbox.
func (tx *Tx) sealedMessages(where string, args ...any) (rows []sealedMessage, err error) {
	err = tx.each(func(scan func(...any) error) error {
		var r sealedMessage
		err := scan(&r.poolID, &r.id, &r.due, &r.attempts, &r.claim, &r.sealed)
		rows = append(rows, r)
		return err
	}, `SELECT pool_id, message_id, due, attempts, claim, sealed FROM outbox WHERE `+where, args...)
	return rows, err
}

func (tx *Tx) dueMessages(lane string, limit int) ([]userpool.Message, error) {
	rows, err := tx.sealedMessages(`dead = 0 AND lane = $1 AND due <= $2 ORDER BY expires, due LIMIT $3`, lane, millis(tx.Now), int64(limit))
	if err != nil {
		return nil, err
	}
	messages := make([]userpool.Message, 0, len(rows))
	for _, r := range rows {
		m, err := tx.openMessage(r)
		if err != nil {
			// One row that cannot be read must not hold up all others.
			tx.db.log.Error("a message in the outbox cannot be opened; it is given up", "pool", r.poolID, "message", r.id, "error", err)
			if _, err := tx.exec(`UPDATE outbox SET dead = 1, due = $1 WHERE pool_id = $2 AND message_id = $3`, millis(tx.Now), r.poolID, r.id); err != nil {
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
	m.Attempts, m.Claim = int(r.attempts), r.claim
	return m, err
}

// MessageDelivered removes a message.
func (db *DB) MessageDelivered(ctx context.Context, m userpool.Message) error {
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(`DELETE FROM outbox WHERE pool_id = $1 AND message_id = $2`, m.PoolID, m.ID)
		return err
	})
}

// MessageFailed counts the attempts of a message and makes it due again at
// retryAt; unless somebody else has claimed it since, who then decides.
func (db *DB) MessageFailed(ctx context.Context, m userpool.Message, retryAt time.Time) error {
	return db.unclaim(ctx, m, retryAt, false)
}

// MessageReleased makes a message due again that was claimed and not sent;
// unless somebody else has claimed it since.
func (db *DB) MessageReleased(ctx context.Context, m userpool.Message) error {
	return db.unclaim(ctx, m, db.now(), false)
}

// MessageGivenUp keeps a message that is not to be sent any more, until it is
// retried, purged or swept; unless somebody else has claimed it since.
func (db *DB) MessageGivenUp(ctx context.Context, m userpool.Message) error {
	return db.unclaim(ctx, m, db.now(), true)
}

func (db *DB) unclaim(ctx context.Context, m userpool.Message, due time.Time, dead bool) error {
	return db.Update(ctx, func(tx *Tx) error {
		_, err := tx.exec(`UPDATE outbox SET due = $1, dead = $2, attempts = $3 WHERE pool_id = $4 AND message_id = $5 AND claim = $6`,
			millis(due), boolInt(dead), int64(m.Attempts), m.PoolID, m.ID, m.Claim)
		return err
	})
}
