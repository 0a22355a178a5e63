package store

import (
	"encoding/hex"

	"github.com/lifeguard-auth/lifeguard/internal/userpool"
)

// customPlace binds the state of a challenge to everything that names it.
func customPlace(c *userpool.CustomChallenge) place {
	return place{c.PoolID, "custom_challenge", hex.EncodeToString(c.Handle) + "/" + c.ClientID + "/" + c.Username, "sealed"}
}

// InsertCustomChallenge keeps a challenge until it is answered or runs out.
func (tx *Tx) InsertCustomChallenge(c *userpool.CustomChallenge) error {
	sealed, err := tx.seal(customPlace(c), []byte(c.State.Reveal()))
	if err != nil {
		return err
	}
	_, err = tx.exec(`INSERT INTO custom_challenge (pool_id, handle, client_id, username, expires, sealed) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.PoolID, c.Handle, c.ClientID, c.Username, millis(c.Expires), sealed)
	return err
}

// TakeCustomChallenge fills in the state of the challenge that c names, by one
// statement: of any number of parallel answers one gets it. taken is false when
// there is none, or none any more.
func (tx *Tx) TakeCustomChallenge(c *userpool.CustomChallenge) (taken bool, err error) {
	var expires int64
	var sealed []byte
	taken, err = tx.one([]any{&expires, &sealed}, `DELETE FROM custom_challenge
		WHERE pool_id = $1 AND handle = $2 AND client_id = $3 AND username = $4 AND expires > $5 RETURNING expires, sealed`,
		c.PoolID, c.Handle, c.ClientID, c.Username, millis(tx.Now))
	if err != nil || !taken {
		return false, err
	}
	plain, err := tx.open(customPlace(c), sealed)
	changing(tx, c)
	c.Expires, c.State = fromMillis(expires), userpool.Secret(plain)
	return true, err
}

func (tx *Tx) removeCustomChallenges(poolID, clientID string) error {
	_, err := tx.exec(`DELETE FROM custom_challenge WHERE pool_id = $1 AND client_id = $2`, poolID, clientID)
	return err
}
