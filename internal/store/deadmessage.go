package store

import (
	"context"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// deadKept is how long messages are kept that were given up.
const deadKept = 14 * 24 * time.Hour

// DeadMessage is a message that was given up.
type DeadMessage struct {
	userpool.Message // only ID, PoolID and Attempts where it cannot be opened
	GivenUp          time.Time
}

// DeadMessages returns messages that were given up by pool and id, those after
// the given one.
func (tx *Tx) DeadMessages(after DeadMessage, limit int) ([]DeadMessage, error) {
	rows, err := tx.sealedMessages(`dead = 1 AND (pool_id, message_id) > ($1, $2) ORDER BY pool_id, message_id LIMIT $3`,
		after.PoolID, after.ID, int64(limit))
	if err != nil {
		return nil, err
	}
	dead := make([]DeadMessage, 0, len(rows))
	for _, r := range rows {
		m, err := tx.openMessage(r)
		if err != nil {
			m = userpool.Message{ID: r.id, PoolID: r.poolID, Attempts: int(r.attempts)}
		}
		dead = append(dead, DeadMessage{m, fromMillis(r.due)})
	}
	return dead, nil
}

// RetryMessages makes messages due again that were given up and whose codes
// have not expired, as if they had never been sent: the one with this id, or
// all when it is empty. It returns how many.
func (db *DB) RetryMessages(ctx context.Context, id string) (int, error) {
	return db.inBatches(ctx, `UPDATE outbox SET dead = 0, due = $1, attempts = 0 WHERE (pool_id, message_id) IN (
		SELECT pool_id, message_id FROM outbox WHERE dead = 1 AND expires > $1 AND ($2 = '' OR message_id = $2) LIMIT $3)`,
		func(now time.Time) []any { return []any{millis(now), id, int64(sweepBatch)} })
}

// PurgeMessages deletes messages that were given up: the one with this id, or
// all when it is empty. It returns how many.
func (db *DB) PurgeMessages(ctx context.Context, id string) (int, error) {
	return db.inBatches(ctx, `DELETE FROM outbox WHERE (pool_id, message_id) IN (
		SELECT pool_id, message_id FROM outbox WHERE dead = 1 AND ($1 = '' OR message_id = $1) LIMIT $2)`,
		func(time.Time) []any { return []any{id, int64(sweepBatch)} })
}
