package store

import (
	"encoding/json"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func credentialOf(poolID, username string) place {
	return place{poolID, "user_credential", username, "sealed"}
}

// Credential returns a user's password proof, or nil when there is none.
func (tx *Tx) Credential(poolID, username string) (*userpool.Credential, error) {
	var sealed []byte
	found, err := tx.one([]any{&sealed}, `SELECT sealed FROM user_credential WHERE pool_id = $1 AND username = $2`, poolID, username)
	if err != nil || !found {
		return nil, err
	}
	plain, err := tx.open(credentialOf(poolID, username), sealed)
	if err != nil {
		return nil, err
	}
	var c userpool.Credential
	return &c, json.Unmarshal(plain, &c)
}

// PutCredential sets a user's password proof.
func (tx *Tx) PutCredential(poolID, username string, c *userpool.Credential) error {
	plain, err := json.Marshal(c)
	if err != nil {
		return err
	}
	sealed, err := tx.seal(credentialOf(poolID, username), plain)
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO user_credential (pool_id, username, sealed) VALUES ($1, $2, $3)
		ON CONFLICT (pool_id, username) DO UPDATE SET sealed = excluded.sealed`, poolID, username, sealed)
	return err
}

// DeleteCredential leaves a user without a password.
func (tx *Tx) DeleteCredential(poolID, username string) error {
	_, err := tx.exec(`DELETE FROM user_credential WHERE pool_id = $1 AND username = $2`, poolID, username)
	return err
}
