package store

import (
	"context"
	"time"
)

// Sweep removes expired rows and the remaining rows of deleted pools and clients,
// in small batches. It returns the number of rows.
func (db *DB) Sweep(ctx context.Context) (int, error) {
	total := 0
	for _, e := range deleting.expired {
		n, err := db.inBatches(ctx, e.statement, func(now time.Time) []any { return []any{millis(now.Add(-e.kept))} })
		total += n
		if err != nil {
			return total, err
		}
	}
	n, err := db.purgeClients(ctx)
	total += n
	if err != nil {
		return total, err
	}
	n, err = db.purgePools(ctx)
	return total + n, err
}

// inBatches repeats a statement that affects up to sweepBatch rows until it
// affects fewer. It returns the total number of rows.
func (db *DB) inBatches(ctx context.Context, statement string, args func(now time.Time) []any) (total int, err error) {
	for {
		var n int64
		err = db.Update(ctx, func(tx *Tx) (err error) {
			n, err = tx.exec(statement, args(tx.Now)...)
			return err
		})
		total += int(n)
		if err != nil || n < sweepBatch {
			return total, err
		}
	}
}

// purgeFor is how long a deleted pool is swept repeatedly: Updates that read the
// pool before its deletion may still write rows. No Update takes longer.
const purgeFor = time.Minute

func (db *DB) purgePools(ctx context.Context) (total int, err error) {
	var pools []string
	err = db.View(ctx, func(tx *Tx) error {
		return tx.each(func(scan func(...any) error) error {
			var p string
			err := scan(&p)
			pools = append(pools, p)
			return err
		}, `SELECT pool_id FROM purge`)
	})
	for _, p := range pools {
		db.vault.evict(p)
		for _, s := range deleting.sweepPool {
			n, err := db.inBatches(ctx, s, func(time.Time) []any { return []any{p} })
			total += n
			if err != nil {
				return total, err
			}
		}
		if err := db.Update(ctx, func(tx *Tx) error {
			return tx.queue(`DELETE FROM purge WHERE pool_id = $1 AND deleted <= $2`, p, millis(tx.Now.Add(-purgeFor)))
		}); err != nil {
			return total, err
		}
	}
	return total, err
}

// Reset removes all pools with their contents, and the provisioned request rates
// of accounts. It keeps the access keys and quotas, which an operator has set.
func (db *DB) Reset(ctx context.Context) error {
	err := db.Update(ctx, func(tx *Tx) error {
		var pools []string
		err := tx.each(func(scan func(...any) error) error {
			var p string
			err := scan(&p)
			pools = append(pools, p)
			return err
		}, `SELECT pool_id FROM user_pool`)
		if err != nil {
			return err
		}
		for _, p := range pools {
			if err := tx.DeletePool(p); err != nil {
				return err
			}
		}
		return tx.deleteProvisionedRates()
	})
	if err != nil {
		return err
	}
	_, err = db.purgePools(ctx)
	return err
}

// Stats are counters of a store.
type Stats struct{ Updates, Commits, Retries int64 }

// Stats returns the counters since Open.
func (db *DB) Stats() Stats {
	s := db.engine.Stats()
	return Stats{s.Updates, s.Commits, s.Retries}
}

// OutboxDepth returns the number of waiting messages and of dead ones.
func (db *DB) OutboxDepth(ctx context.Context) (waiting, dead int64, err error) {
	err = db.View(ctx, func(tx *Tx) error {
		return tx.each(func(scan func(...any) error) error {
			var isDead, n int64
			err := scan(&isDead, &n)
			if isDead != 0 {
				dead = n
			} else {
				waiting = n
			}
			return err
		}, `SELECT dead, COUNT(*) FROM outbox GROUP BY dead`)
	})
	return waiting, dead, err
}
