package store

import (
	"context"
	"time"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// deadKept is how long dead messages are kept.
const deadKept = 14 * 24 * time.Hour

// DeadMessage is a message that will not be sent again. Since is when the last
// attempt failed.
type DeadMessage struct {
	userpool.Message // only ID, PoolID and Attempts if it cannot be opened
	Since            time.Time
}

// DeadMessages returns up to limit dead messages, in order of pool and id,
// starting after the given one.
func (tx *Tx) DeadMessages(after DeadMessage, limit int) ([]DeadMessage, error) {
	rows, err := tx.sealedMessages(
		`dead = 1 AND (pool_id, message_id) > ($1, $2) ORDER BY pool_id, message_id LIMIT $3`,
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

// RetryMessages makes dead messages due again and resets their attempts: the
// message with this id, or all if id is empty. It skips messages whose codes
// have expired. It returns the number of messages.
func (db *DB) RetryMessages(ctx context.Context, id string) (int, error) {
	return db.inBatches(ctx, `UPDATE outbox SET dead = 0, due = $1, attempts = 0 WHERE (pool_id, message_id) IN (
		SELECT pool_id, message_id FROM outbox
			WHERE dead = 1 AND expires > $1 AND ($2 = '' OR message_id = $2) LIMIT $3)`,
		func(now time.Time) []any { return []any{millis(now), id, int64(sweepBatch)} })
}

// PurgeMessages deletes the dead message with this id, or all if id is empty. It
// returns the number of messages.
func (db *DB) PurgeMessages(ctx context.Context, id string) (int, error) {
	return db.inBatches(ctx, `DELETE FROM outbox WHERE (pool_id, message_id) IN (
		SELECT pool_id, message_id FROM outbox WHERE dead = 1 AND ($1 = '' OR message_id = $1) LIMIT $2)`,
		func(time.Time) []any { return []any{id, int64(sweepBatch)} })
}
