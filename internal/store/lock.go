package store

import "context"

// On PostgreSQL Updates run side by side and each statement sees the latest
// commit. What holds invariants together there:
//
//   - An Update that writes what belongs to a user reads the user first, and
//     has its row locked from then on: User, UserBySub, LinkedUser. Updates of
//     one user line up, those of two users never wait for each other.
//   - An Update of a pool's configuration is a Configure, which locks the
//     pool's row.
//   - What exists once, such as names and aliases, is held by a key. What may
//     be used once is consumed by one statement. Counters are added to.
//   - A row that carries a version is written only where the version is the one
//     that was read.
//
// docs/decisions/0007-isolation.md lists every invariant with what holds it.

// Row locks, by what they keep others from: changing a row, or deleting it.
const (
	againstChange   = ` FOR NO KEY UPDATE`
	againstDeletion = ` FOR KEY SHARE`
)

// locking is the end of a statement that locks the rows which it reads until
// the Update ends. Views lock nothing, nor do Updates that run one by one.
func (tx *Tx) locking(lock string) string {
	if tx.writes && tx.db.engine.Parallel() {
		return lock
	}
	return ""
}

// Configure is an Update of a pool's configuration: those of one pool run one
// after the other, and read the pool and its clients past the cache. That the
// pool is there is for fn to check.
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

// lockAccount makes Updates that count what an account has in a region run one
// after the other. The row that it locks is there for nothing else.
func (tx *Tx) lockAccount(account, region string) error {
	if tx.locking(againstChange) == "" {
		return nil
	}
	_, err := tx.exec(`INSERT INTO account_limit (account, region, kind, name, value) VALUES ($1, $2, 'lock', '', 0)
		ON CONFLICT (account, region, kind, name) DO UPDATE SET value = account_limit.value`, account, region)
	return err
}
