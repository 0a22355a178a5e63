package store

import "time"

// Spend records the use of a single-use handle. first is false if it was used
// before. The record is kept until expires, when the handle itself expires.
func (tx *Tx) Spend(poolID, kind string, handle []byte, expires time.Time) (first bool, err error) {
	n, err := tx.exec(`INSERT INTO spent (pool_id, kind, handle, expires)
		VALUES ($1, $2, $3, $4) ON CONFLICT (pool_id, kind, handle) DO NOTHING`,
		poolID, kind, handle, millis(expires))
	return n == 1, err
}

// Spent reports whether a single-use handle has been used.
func (tx *Tx) Spent(poolID, kind string, handle []byte) (bool, error) {
	var one int64
	return tx.one([]any{&one}, `SELECT 1 FROM spent WHERE pool_id = $1 AND kind = $2 AND handle = $3`,
		poolID, kind, handle)
}

// RevokeOrigin revokes a token family. The row is kept until expires, when every
// token of the family has expired.
func (tx *Tx) RevokeOrigin(poolID, originJTI string, expires time.Time) error {
	return tx.queue(`INSERT INTO token_revocation (pool_id, origin, expires)
		VALUES ($1, $2, $3) ON CONFLICT (pool_id, origin) DO NOTHING`,
		poolID, originJTI, millis(expires))
}

// OriginRevoked reports whether a token family has been revoked.
func (tx *Tx) OriginRevoked(poolID, originJTI string) (bool, error) {
	var one int64
	return tx.one([]any{&one}, `SELECT 1 FROM token_revocation WHERE pool_id = $1 AND origin = $2`, poolID, originJTI)
}
