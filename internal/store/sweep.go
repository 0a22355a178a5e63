package store

import (
	"context"
	"fmt"
	"time"
)

// sweepBatch keeps every sweeping transaction short.
const sweepBatch = 500

// expiring are the tables whose rows run out, with the key that names a row.
// A lock-out is forgotten a day after its last failure; a dead message's due
// time is when it was given up.
var expiring = []struct {
	table, key, column string
	after              time.Duration
}{
	{"code", "pool_id, username, purpose", "expires", 0},
	{"spent", "pool_id, kind, handle", "expires", 0},
	{"token_revocation", "pool_id, origin", "expires", 0},
	{"authorization_code", "pool_id, mac", "expires", 0},
	{"attempt", "pool_id, subject, kind", "window_end", 0},
	{"passkey_challenge", "pool_id, username, client_id", "expires", 0},
	{"custom_challenge", "pool_id, handle", "expires", 0},
	{"lockout", "pool_id, subject", "last_attempt", 24 * time.Hour},
	{"refresh_rotation", "pool_id, origin, generation", "expires", 0},
	{"user_session", "pool_id, username, session_id", "expires", 0},
	{"outbox", "pool_id, message_id", "dead = 1 AND due", deadKept},
}

// pooled are the tables that a deleted pool leaves behind.
var pooled = []struct{ table, key string }{
	{"users", "pool_id, username"}, {"user_credential", "pool_id, username"}, {"user_alias", "pool_id, attribute, value"},
	{"user_search", "pool_id, attribute, value, username"}, {"user_count", "pool_id, shard"}, {"code", "pool_id, username, purpose"},
	{"lockout", "pool_id, subject"}, {"attempt", "pool_id, subject, kind"}, {"spent", "pool_id, kind, handle"},
	{"token_revocation", "pool_id, origin"}, {"authorization_code", "pool_id, mac"}, {"app_client", "pool_id, client_id"}, {"outbox", "pool_id, message_id"},
	{"resource", "pool_id, kind, id"}, {"user_group", "pool_id, name"}, {"group_member", "pool_id, group_name, username"},
	{"user_identity", "pool_id, provider, name, value"}, {"software_token", "pool_id, username, state"}, {"signing_key", "pool_id, use_for"}, {"data_key", "pool_id"},
	{"passkey", "pool_id, relying_party, credential_id"}, {"passkey_challenge", "pool_id, username, client_id"}, {"custom_challenge", "pool_id, handle"},
	{"recovery_code", "pool_id, username, mac"},
	{"refresh_rotation", "pool_id, origin, generation"}, {"user_session", "pool_id, username, session_id"}, {"purge_client", "pool_id, client_id"},
}

// Sweep removes rows that have run out and what deleted pools left, in small
// batches. It returns how many rows went.
func (db *DB) Sweep(ctx context.Context) (int, error) {
	total := 0
	for _, e := range expiring {
		n, err := db.sweepTable(ctx, e.table, e.key, e.column+` <= $1`, func(now time.Time) []any { return []any{millis(now.Add(-e.after))} })
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

// sweepTable removes the rows that the condition with these arguments finds.
func (db *DB) sweepTable(ctx context.Context, table, key, where string, args func(now time.Time) []any) (int, error) {
	return db.inBatches(ctx, fmt.Sprintf(`DELETE FROM %s WHERE (%s) IN (SELECT %s FROM %s WHERE %s LIMIT %d)`, table, key, key, table, where, sweepBatch), args)
}

// inBatches repeats a statement that touches up to sweepBatch rows until it
// touches fewer. It returns how many rows it touched.
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

// purgeFor is for how long a deleted pool is swept again and again: Updates that
// read it before it went may still write. None of them takes so long.
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
		db.vault.forget(p)
		for _, t := range pooled {
			n, err := db.sweepTable(ctx, t.table, t.key, `pool_id = $1`, func(time.Time) []any { return []any{p} })
			total += n
			if err != nil {
				return total, err
			}
		}
		if err := db.Update(ctx, func(tx *Tx) error {
			_, err := tx.exec(`DELETE FROM purge WHERE pool_id = $1 AND deleted <= $2`, p, millis(tx.Now.Add(-purgeFor)))
			return err
		}); err != nil {
			return total, err
		}
	}
	return total, err
}

// Reset removes every pool and all that is in them, and the request rates that
// accounts were given. What an operator set stays: access keys and quotas.
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
		return tx.forgetRates()
	})
	if err != nil {
		return err
	}
	_, err = db.purgePools(ctx)
	return err
}

// Stats is what a store tells its operator.
type Stats struct{ Updates, Commits, Retries int64 }

// Stats returns the counters since Open.
func (db *DB) Stats() Stats {
	s := db.engine.Stats()
	return Stats{s.Updates, s.Commits, s.Retries}
}

// OutboxDepth is how many messages wait, and how many were given up.
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
