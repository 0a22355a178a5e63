package store

import (
	"github.com/lifeguard-auth/lifeguard/internal/store/record"
	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

func credentialOf(poolID, username string) place {
	return place{poolID, "user_credential", username, "sealed"}
}

// Credential returns a user's password verifier, or nil if there is none. In that
// case it opens a decoy, so that the response time does not reveal whether the
// user exists or has a password.
func (tx *Tx) Credential(poolID, username string) (*userpool.Credential, error) {
	var sealed []byte
	found, err := tx.one([]any{&sealed}, `SELECT sealed FROM user_credential WHERE pool_id = $1 AND username = $2`,
		poolID, username)
	if err != nil {
		return nil, err
	}
	at := credentialOf(poolID, username)
	if !found {
		at, sealed = decoyPlace, tx.db.decoy
	}
	plain, err := tx.open(at, sealed)
	if err != nil {
		return nil, err
	}
	c := new(userpool.Credential)
	if err := record.Credential.Decode(plain, c); err != nil || !found {
		return nil, err
	}
	return c, nil
}

var decoyPlace = credentialOf("", "")

// sealDecoy returns the decoy of Credential, as long as a real credential.
func (tx *Tx) sealDecoy() ([]byte, error) {
	plain, err := record.Credential.Encode(
		userpool.Credential{Salt: make([]byte, 16), Verifier: make([]byte, 384), SetAt: tx.Now}, nil)
	if err != nil {
		return nil, err
	}
	return tx.seal(decoyPlace, plain)
}

// PutCredential sets a user's password verifier.
func (tx *Tx) PutCredential(poolID, username string, c *userpool.Credential) error {
	plain, err := record.Credential.Encode(*c, nil)
	if err != nil {
		return err
	}
	sealed, err := tx.seal(credentialOf(poolID, username), plain)
	if err != nil {
		return err
	}
	return tx.queue(`INSERT INTO user_credential (pool_id, username, sealed) VALUES ($1, $2, $3)
		ON CONFLICT (pool_id, username) DO UPDATE SET sealed = excluded.sealed`, poolID, username, sealed)
}

// ReplaceCredential sets the password verifier of a user who has signed in or may
// have, and ends the user's SSO sessions: a browser that signed in with the old
// password must sign in with the new one. See docs/divergences TS-26.
func (tx *Tx) ReplaceCredential(poolID, username string, c *userpool.Credential) error {
	if err := tx.PutCredential(poolID, username, c); err != nil {
		return err
	}
	return tx.deleteSSOSessions(poolID, username)
}

// DeleteCredential removes a user's password verifier.
func (tx *Tx) DeleteCredential(poolID, username string) error {
	return tx.queue(`DELETE FROM user_credential WHERE pool_id = $1 AND username = $2`, poolID, username)
}
