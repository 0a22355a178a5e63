package store

import "context"

// On PostgreSQL Updates run in parallel and each statement sees the latest
// commit. These rules preserve the invariants there:
//
//   - An Update that writes data of a user reads the user first, which locks its
//     row: User, UserBySub, LinkedUser. Updates of one user are serialized.
//     Updates of different users never wait for each other.
//   - An Update of a pool's configuration is a Configure, which locks the
//     pool's row.
//   - A key keeps names and aliases unique. One statement consumes what may be
//     used once. Counters are incremented in the database.
//   - A row with a version is written only if its version is the one that was
//     read.
//
// docs/decisions/0007-isolation.md lists every invariant and its mechanism.

// Row locks, named by what they prevent: a change of the row, or its deletion.
const (
	againstChange   = ` FOR NO KEY UPDATE`
	againstDeletion = ` FOR KEY SHARE`
)

// locking returns the suffix for a SELECT that locks its rows until the Update
// ends. It is empty in Views and on engines that serialize Updates.
func (tx *Tx) locking(lock string) string {
	if tx.writes && tx.db.engine.Parallel() {
		return lock
	}
	return ""
}

// Configure is an Update of a pool's configuration. Configures of one pool are
// serialized, and bypass the cache for the pool and its clients. fn must check
// that the pool exists.
func (db *DB) Configure(ctx context.Context, poolID string, fn func(*Tx) error) error {
	return db.Update(ctx, func(tx *Tx) error {
		tx.configures = poolID
		if lock := tx.locking(againstChange); lock != "" {
			if _, err := tx.count(`SELECT 1 FROM user_pool WHERE pool_id = $1`+lock, poolID); err != nil {
				return err
			}
		}
		return fn(tx)
	})
}

// lockAccount serializes Updates that count the resources of an account in a
// region. The row that it locks has no other use.
func (tx *Tx) lockAccount(account, region string) error {
	if tx.locking(againstChange) == "" {
		return nil
	}
	return tx.queue(`INSERT INTO account_limit (account, region, kind, name, value) VALUES ($1, $2, 'lock', '', 0)
		ON CONFLICT (account, region, kind, name) DO UPDATE SET value = account_limit.value`, account, region)
}
