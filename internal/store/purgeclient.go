package store

import (
	"context"
	"time"
)

// scheduleSweep records a deleted client, so that Sweep removes its rows.
func (tx *Tx) scheduleSweep(poolID, clientID string) error {
	return tx.queue(`INSERT INTO purge_client (pool_id, client_id, deleted) VALUES ($1, $2, $3)
		ON CONFLICT (pool_id, client_id) DO UPDATE SET deleted = excluded.deleted`, poolID, clientID, millis(tx.Now))
}

// purgeClients removes the remaining rows of deleted clients.
func (db *DB) purgeClients(ctx context.Context) (total int, err error) {
	type leftover struct {
		pool, client string
		deleted      int64
	}
	var gone []leftover
	err = db.View(ctx, func(tx *Tx) error {
		return tx.each(func(scan func(...any) error) error {
			var l leftover
			err := scan(&l.pool, &l.client, &l.deleted)
			gone = append(gone, l)
			return err
		}, `SELECT pool_id, client_id, deleted FROM purge_client`)
	})
	for _, l := range gone {
		for _, s := range deleting.sweepClient {
			n, err := db.inBatches(ctx, s, func(time.Time) []any { return []any{l.pool, l.client, l.deleted} })
			total += n
			if err != nil {
				return total, err
			}
		}
		if err := db.Update(ctx, func(tx *Tx) error {
			return tx.queue(`DELETE FROM purge_client WHERE pool_id = $1 AND client_id = $2 AND deleted = $3`,
				l.pool, l.client, l.deleted)
		}); err != nil {
			return total, err
		}
	}
	return total, err
}
