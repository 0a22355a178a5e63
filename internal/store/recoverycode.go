package store

// ReplaceRecoveryCodes replaces the user's recovery codes. With no macs it removes
// them all.
func (tx *Tx) ReplaceRecoveryCodes(poolID, username string, macs [][]byte) error {
	if err := tx.queue(`DELETE FROM recovery_code WHERE pool_id = $1 AND username = $2`, poolID, username); err != nil {
		return err
	}
	for _, mac := range macs {
		if err := tx.queue(`INSERT INTO recovery_code (pool_id, username, mac) VALUES ($1, $2, $3)`,
			poolID, username, mac); err != nil {
			return err
		}
	}
	return nil
}

// HasRecoveryCode reports whether the user has this code and it is unused.
func (tx *Tx) HasRecoveryCode(poolID, username string, mac []byte) (bool, error) {
	var one int
	return tx.one([]any{&one}, `SELECT 1 FROM recovery_code WHERE pool_id = $1 AND username = $2 AND mac = $3`,
		poolID, username, mac)
}

// RedeemRecoveryCode redeems a code. Of parallel calls, redeemed is true for one.
func (tx *Tx) RedeemRecoveryCode(poolID, username string, mac []byte) (redeemed bool, err error) {
	n, err := tx.exec(`DELETE FROM recovery_code WHERE pool_id = $1 AND username = $2 AND mac = $3`,
		poolID, username, mac)
	return n == 1, err
}
